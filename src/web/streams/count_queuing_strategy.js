"use strict";

// streams.spec.whatwg.org/#cqs-class

const {
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { countSize, toInit } = require("streams/queuing_strategy");

class CountQueuingStrategy {
  #highWaterMark;

  constructor(init) {
    const prefix = "Failed to construct 'CountQueuingStrategy'";
    requireArguments(arguments.length, 1, prefix);
    this.#highWaterMark = toInit(init, prefix);
    fallBack(this, new.target, CountQueuingStrategy);
  }

  get highWaterMark() {
    return isObject(this) && #highWaterMark in this ? this.#highWaterMark : illegalInvocation();
  }

  get size() {
    return isObject(this) && #highWaterMark in this ? countSize : illegalInvocation();
  }
}

defineInterface(CountQueuingStrategy, ["highWaterMark"]);

exports.CountQueuingStrategy = CountQueuingStrategy;
