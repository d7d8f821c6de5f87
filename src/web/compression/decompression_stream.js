"use strict";

// compression.spec.whatwg.org/#decompressionstream

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

class DecompressionStream {
  #transform;

  // compression.spec.whatwg.org/#dom-decompressionstream-decompressionstream
  constructor(format) {
    requireArguments(arguments.length, 1, "Failed to construct 'DecompressionStream'");
    const name = toFormat(format, "Failed to construct 'DecompressionStream': parameter 1");
    this.#transform = createTransform(name, true, "A chunk of a DecompressionStream");
    fallBack(this, new.target, DecompressionStream);
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

defineInterface(DecompressionStream, ["readable", "writable"]);

exports.DecompressionStream = DecompressionStream;
