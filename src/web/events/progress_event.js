"use strict";

// xhr.spec.whatwg.org/#interface-progressevent

const {
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { double } = require("webidl/convert");
const { Event } = require("events/event");

let check;

class ProgressEvent extends Event {
  #lengthComputable = false;
  #loaded = 0;
  #total = 0;

  constructor(type, eventInitDict = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'ProgressEvent'");
    super(type, eventInitDict);
    fallBack(this, new.target, ProgressEvent);
    if (eventInitDict === undefined || eventInitDict === null) {
      return;
    }
    const context = "Failed to construct 'ProgressEvent': member";
    this.#lengthComputable = !!eventInitDict.lengthComputable;
    const { loaded } = eventInitDict;
    if (loaded !== undefined) {
      this.#loaded = double(loaded, `${context} loaded`);
    }
    const { total } = eventInitDict;
    if (total !== undefined) {
      this.#total = double(total, `${context} total`);
    }
  }

  static {
    check = (value) => (isObject(value) && #total in value ? value : illegalInvocation());
  }

  get lengthComputable() {
    return check(this).#lengthComputable;
  }

  get loaded() {
    return check(this).#loaded;
  }

  get total() {
    return check(this).#total;
  }
}

defineInterface(ProgressEvent);

exports.ProgressEvent = ProgressEvent;

// xhr.spec.whatwg.org/#concept-event-fire-progress
exports.fireProgress = (target, type, loaded, total) => {
  const { fire, hasListeners } = require("events/event_target");
  if (hasListeners(target, type)) {
    const init = { __proto__: null, lengthComputable: total > 0, loaded, total };
    fire(target, new ProgressEvent(type, init));
  }
};
