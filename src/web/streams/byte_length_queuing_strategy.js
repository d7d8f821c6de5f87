"use strict";

// streams.spec.whatwg.org/#blqs-class

const {
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { byteLengthSize, toInit } = require("streams/queuing_strategy");

class ByteLengthQueuingStrategy {
  #highWaterMark;

  constructor(init) {
    const prefix = "Failed to construct 'ByteLengthQueuingStrategy'";
    requireArguments(arguments.length, 1, prefix);
    this.#highWaterMark = toInit(init, prefix);
    fallBack(this, new.target, ByteLengthQueuingStrategy);
  }

  get highWaterMark() {
    return isObject(this) && #highWaterMark in this ? this.#highWaterMark : illegalInvocation();
  }

  get size() {
    return isObject(this) && #highWaterMark in this ? byteLengthSize : illegalInvocation();
  }
}

defineInterface(ByteLengthQueuingStrategy, ["highWaterMark"]);

exports.ByteLengthQueuingStrategy = ByteLengthQueuingStrategy;
