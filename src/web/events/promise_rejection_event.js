"use strict";

// html.spec.whatwg.org/multipage/webappapis.html#the-promiserejectionevent-interface

const { TypeError } = primordials;
const {
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { object } = require("webidl/convert");
const { Event } = require("events/event");

let check;

class PromiseRejectionEvent extends Event {
  #promise;
  #reason;

  constructor(type, eventInitDict) {
    const prefix = "Failed to construct 'PromiseRejectionEvent'";
    requireArguments(arguments.length, 2, prefix);
    super(type, eventInitDict);
    fallBack(this, new.target, PromiseRejectionEvent);
    const promise = isObject(eventInitDict) ? eventInitDict.promise : undefined;
    if (promise === undefined) {
      throw new TypeError(`${prefix}: required member promise is undefined.`);
    }
    this.#promise = object(promise, "Failed to construct 'PromiseRejectionEvent': member promise");
    this.#reason = eventInitDict.reason;
  }

  static {
    check = (value) => (isObject(value) && #promise in value ? value : illegalInvocation());
  }

  get promise() {
    return check(this).#promise;
  }

  get reason() {
    return check(this).#reason;
  }
}

defineInterface(PromiseRejectionEvent);

exports.PromiseRejectionEvent = PromiseRejectionEvent;
