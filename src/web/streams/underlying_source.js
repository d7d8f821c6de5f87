"use strict";

// streams.spec.whatwg.org/#underlying-source-api

const { TypeError } = primordials;
const { DOMString } = require("webidl/convert");
const { unsignedLongLong } = require("webidl/integer");
const { callbackMember } = require("webidl/callback");
const { invoke, invokeForChunk } = require("streams/promises");

// The source that a program gives, as a controller's source. Members that are absent are undefined.
class UnderlyingSource {
  object;
  pulls;
  ofBytes = false;
  owning = false;
  autoAllocateChunkSize = undefined;
  cancelCallback = undefined;
  pullCallback = undefined;
  startCallback = undefined;
  // What gives a controller's state the object that the program sees.
  shellOf = null;

  constructor(object) {
    this.object = object;
  }

  pull(controller) {
    return invokeForChunk(this.pullCallback, this.object, [this.shellOf(controller)]);
  }

  cancel(reason) {
    return this.cancelCallback === undefined
      ? undefined
      : invoke(this.cancelCallback, this.object, [reason]);
  }
}

// streams.spec.whatwg.org/#dictdef-underlyingsource
// `object` is an object, or undefined where there is none.
exports.toSource = (object, context) => {
  const source = new UnderlyingSource(object);
  if (object !== undefined) {
    const { autoAllocateChunkSize } = object;
    if (autoAllocateChunkSize !== undefined) {
      source.autoAllocateChunkSize = unsignedLongLong(
        autoAllocateChunkSize,
        `${context}: member autoAllocateChunkSize`,
        "enforce",
      );
    }
    source.cancelCallback = callbackMember(object, "cancel", context);
    source.pullCallback = callbackMember(object, "pull", context);
    source.startCallback = callbackMember(object, "start", context);
    const { type } = object;
    if (type !== undefined) {
      const string = toType(type, context);
      source.ofBytes = string === "bytes";
      source.owning = string === "owning";
    }
  }
  source.pulls = source.pullCallback !== undefined;
  return source;
};

// streams.spec.whatwg.org/#enumdef-readablestreamtype
function toType(type, context) {
  const string = DOMString(type, `${context}: member type`);
  if (string !== "bytes" && string !== "owning") {
    throw new TypeError(
      `${context}: member type: '${string}' is not a valid value of enum ReadableStreamType.`,
    );
  }
  return string;
}
