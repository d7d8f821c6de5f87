"use strict";

// streams.spec.whatwg.org/#qs-api and #qs-abstract-ops

const { RangeError, ReflectApply, TypeError } = primordials;
const { isObject } = require("webidl/interface");
const { callbackMember } = require("webidl/callback");
const { unrestrictedDouble } = require("webidl/convert");
const { dictionaryObject } = require("webidl/dictionary");

// streams.spec.whatwg.org/#dictdef-queuingstrategy
// highWaterMark is undefined and size null where they are absent.
class Strategy {
  highWaterMark = undefined;
  size = null;
}

const none = new Strategy();

exports.toStrategy = (value, context) => {
  const object = dictionaryObject(value, context);
  if (object === null) {
    return none;
  }
  const strategy = new Strategy();
  const { highWaterMark } = object;
  if (highWaterMark !== undefined) {
    strategy.highWaterMark = unrestrictedDouble(highWaterMark, `${context}: member highWaterMark`);
  }
  strategy.size = callbackMember(object, "size", context) ?? null;
  return strategy;
};

// streams.spec.whatwg.org/#validate-and-normalize-high-water-mark
exports.extractHighWaterMark = (strategy, fallback) => {
  const { highWaterMark } = strategy;
  if (highWaterMark === undefined) {
    return fallback;
  }
  if (!(highWaterMark >= 0)) {
    throw new RangeError(`The strategy's highWaterMark is ${highWaterMark}, which is no size.`);
  }
  return highWaterMark;
};

// streams.spec.whatwg.org/#byte-length-queuing-strategy-size-function
const byteLengthSize = { size: (chunk) => chunk.byteLength }.size;
exports.byteLengthSize = byteLengthSize;

// streams.spec.whatwg.org/#count-queuing-strategy-size-function
const countSize = { size: () => 1 }.size;
exports.countSize = countSize;

// streams.spec.whatwg.org/#make-size-algorithm-from-size-function
// Null where every chunk has the size 1, so that it need not be called.
exports.extractSizeAlgorithm = (strategy) => {
  const { size } = strategy;
  if (size === null || size === countSize) {
    return null;
  }
  return size === byteLengthSize
    ? (chunk) => unrestrictedDouble(byteLengthSize(chunk), "The chunk's size")
    : (chunk) => unrestrictedDouble(ReflectApply(size, undefined, [chunk]), "The chunk's size");
};

// The check of streams.spec.whatwg.org/#enqueue-value-with-size
exports.checkSize = (size) => {
  if (!(size >= 0) || size === Infinity) {
    throw new RangeError(`The chunk's size is ${size}, which is no finite size.`);
  }
};

// streams.spec.whatwg.org/#dictdef-queuingstrategyinit
exports.toInit = (value, prefix) => {
  const context = `${prefix}: parameter 1`;
  if (!isObject(value) && value !== undefined && value !== null) {
    throw new TypeError(`${context} is not an object.`);
  }
  const highWaterMark = value?.highWaterMark;
  if (highWaterMark === undefined) {
    throw new TypeError(`${context}: required member highWaterMark is undefined.`);
  }
  return unrestrictedDouble(highWaterMark, `${context}: member highWaterMark`);
};
