"use strict";

// encoding.spec.whatwg.org/#interface-textdecoder

const { defineInterface, fallBack, illegalInvocation, isObject } = require("webidl/interface");
const { dictionaryObject } = require("webidl/dictionary");
const { createDecoding, decode } = require("encoding/decoding");

let decodingOf;

class TextDecoder {
  #decoding;

  constructor(label = undefined, options = undefined) {
    this.#decoding = createDecoding(label, options, "TextDecoder");
    fallBack(this, new.target, TextDecoder);
  }

  static {
    decodingOf = (value) =>
      isObject(value) && #decoding in value ? value.#decoding : illegalInvocation();
  }

  // encoding.spec.whatwg.org/#dom-textdecoder-encoding
  get encoding() {
    return decodingOf(this).encoding;
  }

  // encoding.spec.whatwg.org/#dom-textdecoder-fatal
  get fatal() {
    return decodingOf(this).fatal;
  }

  // encoding.spec.whatwg.org/#dom-textdecoder-ignorebom
  get ignoreBOM() {
    return decodingOf(this).ignoreBOM;
  }

  // encoding.spec.whatwg.org/#dom-textdecoder-decode
  decode(input = undefined, options = undefined) {
    const decoding = decodingOf(this);
    if (options === undefined && decoding.rest === 0) {
      // The native function checks the input, too late for what an earlier piece has left.
      return decode(decoding, input, false);
    }
    if (input !== undefined) {
      require("webidl/buffer").bufferSource(
        input,
        "Failed to execute 'decode' on 'TextDecoder': parameter 1",
        shared,
      );
    }
    const context = "Failed to execute 'decode' on 'TextDecoder': parameter 2";
    const object = dictionaryObject(options, context);
    return decode(decoding, input, object !== null && !!object.stream);
  }
}

const shared = { __proto__: null, allowShared: true, allowResizable: false };

defineInterface(TextDecoder, ["encoding", "fatal", "ignoreBOM"]);

exports.TextDecoder = TextDecoder;
