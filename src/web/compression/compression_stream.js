"use strict";

// compression.spec.whatwg.org/#compressionstream

const {
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { createTransform, toFormat } = require("compression/codec");
const { readableOf, writableOf } = require("streams/transform_stream");

let transformOf;

class CompressionStream {
  #transform;

  // compression.spec.whatwg.org/#dom-compressionstream-compressionstream
  constructor(format) {
    requireArguments(arguments.length, 1, "Failed to construct 'CompressionStream'");
    const name = toFormat(format, "Failed to construct 'CompressionStream': parameter 1");
    this.#transform = createTransform(name, false, "A chunk of a CompressionStream");
    fallBack(this, new.target, CompressionStream);
  }

  static {
    transformOf = (value) =>
      isObject(value) && #transform in value ? value.#transform : illegalInvocation();
  }

  // streams.spec.whatwg.org/#dom-generictransformstream-readable
  get readable() {
    return readableOf(transformOf(this));
  }

  // streams.spec.whatwg.org/#dom-generictransformstream-writable
  get writable() {
    return writableOf(transformOf(this));
  }
}

defineInterface(CompressionStream, ["readable", "writable"]);

exports.CompressionStream = CompressionStream;
