"use strict";

// encoding.spec.whatwg.org/#interface-textencoderstream

const { StringPrototypeCharCodeAt, StringPrototypeSlice } = primordials;
const { defineInterface, fallBack, illegalInvocation, isObject } = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { encode } = require("encoding/text_encoder");
const { readableOf, setUpTransform, writableOf } = require("streams/transform_stream");

let transformOf;

class TextEncoderStream {
  #transform;

  // encoding.spec.whatwg.org/#dom-textencoderstream
  constructor() {
    // encoding.spec.whatwg.org/#textencoderstream-pending-high-surrogate, or
    // the empty string.
    let pending = "";
    this.#transform = setUpTransform({
      __proto__: null,
      // encoding.spec.whatwg.org/#encode-and-enqueue-a-chunk
      transform(chunk, controller) {
        let string = pending + DOMString(chunk, "A chunk of a TextEncoderStream");
        pending = "";
        const last = string.length - 1;
        if (last >= 0 && isHighSurrogate(StringPrototypeCharCodeAt(string, last))) {
          pending = string[last];
          string = StringPrototypeSlice(string, 0, last);
        }
        if (string !== "") {
          controller.enqueue(encode(string));
        }
      },
      // encoding.spec.whatwg.org/#encode-and-flush
      flush(controller) {
        if (pending !== "") {
          controller.enqueue(encode(pending));
        }
      },
    });
    fallBack(this, new.target, TextEncoderStream);
  }

  static {
    transformOf = (value) =>
      isObject(value) && #transform in value ? value.#transform : illegalInvocation();
  }

  // encoding.spec.whatwg.org/#dom-textencoder-encoding
  get encoding() {
    transformOf(this);
    return "utf-8";
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

function isHighSurrogate(code) {
  return code >= 0xd800 && code <= 0xdbff;
}

defineInterface(TextEncoderStream, ["encoding", "readable", "writable"]);

exports.TextEncoderStream = TextEncoderStream;
