"use strict";

// dom.spec.whatwg.org/#interface-customevent

const {
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { Event, initialize, stateOf } = require("events/event");

let check;

class CustomEvent extends Event {
  #detail = null;

  constructor(type, eventInitDict = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'CustomEvent'");
    super(type, eventInitDict);
    fallBack(this, new.target, CustomEvent);
    if (eventInitDict !== undefined && eventInitDict !== null) {
      const { detail } = eventInitDict;
      if (detail !== undefined) {
        this.#detail = detail;
      }
    }
  }

  static {
    check = (value) => (isObject(value) && #detail in value ? value : illegalInvocation());
  }

  get detail() {
    return check(this).#detail;
  }

  // dom.spec.whatwg.org/#dom-customevent-initcustomevent
  initCustomEvent(type, bubbles = false, cancelable = false, detail = null) {
    const state = stateOf(check(this));
    const prefix = "Failed to execute 'initCustomEvent' on 'CustomEvent'";
    requireArguments(arguments.length, 1, prefix);
    const typeString = DOMString(
      type,
      "Failed to execute 'initCustomEvent' on 'CustomEvent': parameter 1",
    );
    if (!state.dispatching) {
      initialize(state, typeString, !!bubbles, !!cancelable);
      this.#detail = detail;
    }
  }
}

defineInterface(CustomEvent);

exports.CustomEvent = CustomEvent;
