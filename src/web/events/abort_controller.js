"use strict";

// dom.spec.whatwg.org/#interface-abortcontroller

const { defineInterface, fallBack, illegalInvocation, isObject } = require("webidl/interface");
const { createSignal, signalAbort } = require("events/abort_signal");

let check;

class AbortController {
  #signal = createSignal();

  constructor() {
    fallBack(this, new.target, AbortController);
  }

  static {
    check = (value) => (isObject(value) && #signal in value ? value : illegalInvocation());
  }

  get signal() {
    return check(this).#signal;
  }

  // dom.spec.whatwg.org/#abortcontroller-signal-abort
  abort(reason = undefined) {
    signalAbort(check(this).#signal, reason);
  }
}

defineInterface(AbortController, ["signal"]);

exports.AbortController = AbortController;
