"use strict";

// html.spec.whatwg.org/multipage/timers-and-user-prompts.html#dom-queuemicrotask

const { ReflectApply } = primordials;
const { op_note_context, op_queue_microtask, op_report_exception } = ops;
const { checkGlobalReceiver, requireArguments } = require("webidl/interface");
const { callbackFunction } = require("webidl/callback");

const operations = {
  queueMicrotask(callback) {
    checkGlobalReceiver(this);
    requireArguments(arguments.length, 1, "Failed to execute 'queueMicrotask'");
    callbackFunction(callback, "Failed to execute 'queueMicrotask': parameter 1");
    op_queue_microtask(() => {
      // V8 tells of reactions alone.
      op_note_context();
      try {
        ReflectApply(callback, undefined, []);
      } catch (error) {
        op_report_exception(error);
      }
    });
  },
};

exports.queueMicrotask = operations.queueMicrotask;
