"use strict";

// streams.spec.whatwg.org/#transformer-api

const { RangeError, PromiseReject } = primordials;
const { callbackMember } = require("webidl/callback");
const { invoke, invokeForChunk } = require("streams/promises");
const { shellOf } = require("streams/transform_stream_default_controller");

// The transformer that a program gives, as a controller's transformer. Members that are absent are undefined.
class Transformer {
  object;
  cancelCallback = undefined;
  flushCallback = undefined;
  startCallback = undefined;
  transformCallback = undefined;

  constructor(object) {
    this.object = object;
  }

  // streams.spec.whatwg.org/#set-up-transform-stream-default-controller-from-transformer
  transform(chunk, controller) {
    if (this.transformCallback !== undefined) {
      return invokeForChunk(this.transformCallback, this.object, [chunk, shellOf(controller)]);
    }
    try {
      controller.enqueue(chunk);
      return undefined;
    } catch (error) {
      return PromiseReject(error);
    }
  }

  flush(controller) {
    return this.flushCallback === undefined
      ? undefined
      : invoke(this.flushCallback, this.object, [shellOf(controller)]);
  }

  cancel(reason) {
    return this.cancelCallback === undefined
      ? undefined
      : invoke(this.cancelCallback, this.object, [reason]);
  }
}

// streams.spec.whatwg.org/#dictdef-transformer
// `object` is an object, or undefined where there is none.
exports.toTransformer = (object, context) => {
  const transformer = new Transformer(object);
  if (object !== undefined) {
    transformer.cancelCallback = callbackMember(object, "cancel", context);
    transformer.flushCallback = callbackMember(object, "flush", context);
    const { readableType } = object;
    transformer.startCallback = callbackMember(object, "start", context);
    transformer.transformCallback = callbackMember(object, "transform", context);
    const { writableType } = object;
    if (readableType !== undefined) {
      throw new RangeError(`${context}: member readableType has no valid value yet.`);
    }
    if (writableType !== undefined) {
      throw new RangeError(`${context}: member writableType has no valid value yet.`);
    }
  }
  return transformer;
};
