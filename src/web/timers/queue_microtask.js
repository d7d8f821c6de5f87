"use strict";

// html.spec.whatwg.org/multipage/timers-and-user-prompts.html#dom-queuemicrotask

const { op_queue_microtask, op_run_microtask } = ops;
const { checkGlobalReceiver, requireArguments } = require("webidl/interface");
const { callbackFunction } = require("webidl/callback");

const operations = {
  queueMicrotask(callback) {
    checkGlobalReceiver(this);
    requireArguments(arguments.length, 1, "Failed to execute 'queueMicrotask'");
    callbackFunction(callback, "Failed to execute 'queueMicrotask': parameter 1");
    op_queue_microtask(() => op_run_microtask(callback));
  },
};

exports.queueMicrotask = operations.queueMicrotask;
