"use strict";

// streams.spec.whatwg.org/#underlying-sink-api

const { RangeError } = primordials;
const { callbackMember } = require("webidl/callback");
const { invoke, invokeForChunk } = require("streams/promises");
const { shellOf } = require("streams/writable_stream_default_controller");

// The sink that a program gives, as a controller's sink. Members that are absent are undefined.
class UnderlyingSink {
  object;
  abortCallback = undefined;
  closeCallback = undefined;
  startCallback = undefined;
  writeCallback = undefined;

  constructor(object) {
    this.object = object;
  }

  write(chunk, controller) {
    return this.writeCallback === undefined
      ? undefined
      : invokeForChunk(this.writeCallback, this.object, [chunk, shellOf(controller)]);
  }

  close() {
    return this.closeCallback === undefined
      ? undefined
      : invoke(this.closeCallback, this.object, []);
  }

  abort(reason) {
    return this.abortCallback === undefined
      ? undefined
      : invoke(this.abortCallback, this.object, [reason]);
  }
}

// streams.spec.whatwg.org/#dictdef-underlyingsink
// `object` is an object, or undefined where there is none.
exports.toSink = (object, context) => {
  const sink = new UnderlyingSink(object);
  if (object !== undefined) {
    sink.abortCallback = callbackMember(object, "abort", context);
    sink.closeCallback = callbackMember(object, "close", context);
    sink.startCallback = callbackMember(object, "start", context);
    const { type } = object;
    sink.writeCallback = callbackMember(object, "write", context);
    if (type !== undefined) {
      throw new RangeError(`${context}: member type has no valid value yet.`);
    }
  }
  return sink;
};
