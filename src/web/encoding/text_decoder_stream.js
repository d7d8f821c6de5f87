"use strict";

// encoding.spec.whatwg.org/#interface-textdecoderstream

const { defineInterface, fallBack, illegalInvocation, isObject } = require("webidl/interface");
const { createDecoding, decode } = require("encoding/decoding");
const { readableOf, setUpTransform, writableOf } = require("streams/transform_stream");
const { bufferSource } = require("webidl/buffer");

const shared = { __proto__: null, allowShared: true, allowResizable: false };

let stateOf;

class State {
  decoding;
  transform;

  constructor(decoding, transform) {
    this.decoding = decoding;
    this.transform = transform;
  }
}

class TextDecoderStream {
  #state;

  // encoding.spec.whatwg.org/#dom-textdecoderstream
  constructor(label = undefined, options = undefined) {
    const decoding = createDecoding(label, options, "TextDecoderStream");
    const transform = setUpTransform({
      __proto__: null,
      // encoding.spec.whatwg.org/#decode-and-enqueue-a-chunk
      transform(chunk, controller) {
        bufferSource(chunk, "A chunk of a TextDecoderStream", shared);
        const text = decode(decoding, chunk, true);
        if (text !== "") {
          controller.enqueue(text);
        }
      },
      // encoding.spec.whatwg.org/#flush-and-enqueue
      flush(controller) {
        const text = decode(decoding, undefined, false);
        if (text !== "") {
          controller.enqueue(text);
        }
      },
    });
    this.#state = new State(decoding, transform);
    fallBack(this, new.target, TextDecoderStream);
  }

  static {
    stateOf = (value) =>
      isObject(value) && #state in value ? value.#state : illegalInvocation();
  }

  // encoding.spec.whatwg.org/#dom-textdecoder-encoding
  get encoding() {
    return stateOf(this).decoding.encoding;
  }

  // encoding.spec.whatwg.org/#dom-textdecoder-fatal
  get fatal() {
    return stateOf(this).decoding.fatal;
  }

  // encoding.spec.whatwg.org/#dom-textdecoder-ignorebom
  get ignoreBOM() {
    return stateOf(this).decoding.ignoreBOM;
  }

  // streams.spec.whatwg.org/#dom-generictransformstream-readable
  get readable() {
    return readableOf(stateOf(this).transform);
  }

  // streams.spec.whatwg.org/#dom-generictransformstream-writable
  get writable() {
    return writableOf(stateOf(this).transform);
  }
}

defineInterface(TextDecoderStream, ["encoding", "fatal", "ignoreBOM", "readable", "writable"]);

exports.TextDecoderStream = TextDecoderStream;
