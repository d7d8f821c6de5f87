"use strict";

// encoding.spec.whatwg.org/#interface-mixin-textdecodercommon: what TextDecoder
// and TextDecoderStream have in common.

const { FinalizationRegistry, FinalizationRegistryPrototypeRegister, RangeError } = primordials;
const {
  op_encoding_decode,
  op_encoding_decoder_close,
  op_encoding_decoder_open,
  op_encoding_for_label,
  op_encoding_utf8_decode,
} = ops;
const { DOMString } = require("webidl/convert");
const { dictionaryObject } = require("webidl/dictionary");

// Bits of what the native functions are told.
const FATAL = 1;
const IGNORE_BOM = 2;
const STREAM = 4;

// What is kept of a stream of UTF-8 that has begun, and of nothing else.
const BEGUN = 4 << 24;

// The streams of decoders of other encodings live outside the heap.
let streams = null;

class Decoding {
  encoding;
  flags;
  // Of UTF-8: what is kept between two pieces of a stream.
  rest = 0;
  // Of other encodings: the number of the stream, once there has been one, and
  // whether it goes on.
  number = 0;
  streaming = false;

  constructor(encoding, flags) {
    this.encoding = encoding;
    this.flags = flags;
  }

  get fatal() {
    return (this.flags & FATAL) !== 0;
  }

  get ignoreBOM() {
    return (this.flags & IGNORE_BOM) !== 0;
  }
}

// encoding.spec.whatwg.org/#dom-textdecoder, which has the steps of the
// constructor of TextDecoderStream as well.
exports.createDecoding = (label, options, name) => {
  const labelString = label === undefined
    ? "utf-8"
    : DOMString(label, `Failed to construct '${name}': parameter 1`);
  let flags = 0;
  if (options !== undefined) {
    const object = dictionaryObject(options, `Failed to construct '${name}': parameter 2`);
    if (object !== null) {
      flags = (object.fatal ? FATAL : 0) | (object.ignoreBOM ? IGNORE_BOM : 0);
    }
  }
  const encoding = labelString === "utf-8" ? labelString : op_encoding_for_label(labelString);
  if (encoding === undefined) {
    throw new RangeError(
      `Failed to construct '${name}': '${labelString}' is not the label of an encoding.`,
    );
  }
  return new Decoding(encoding, flags);
};

// encoding.spec.whatwg.org/#dom-textdecoder-decode. `input` is an ArrayBuffer,
// a SharedArrayBuffer, a view, or undefined, which the native functions check.
// differs: of a piece of a stream in which an error was found the rest is
// dropped, where the spec decodes it next time.
exports.decode = (decoding, input, stream) => {
  const { encoding, flags } = decoding;
  if (encoding !== "utf-8") {
    return decodeOther(decoding, input, stream);
  }
  const { rest } = decoding;
  if (!stream) {
    decoding.rest = 0;
    return op_encoding_utf8_decode(input, flags, rest);
  }
  decoding.rest = BEGUN;
  const result = op_encoding_utf8_decode(input, flags | STREAM, rest);
  if (typeof result === "string") {
    return result;
  }
  decoding.rest = result[1];
  return result[0];
};

function decodeOther(decoding, input, stream) {
  const { encoding, flags, streaming } = decoding;
  if (!stream && !streaming) {
    return op_encoding_decode(input, flags, encoding, 0);
  }
  if (decoding.number === 0) {
    decoding.number = op_encoding_decoder_open();
    streams ??= new FinalizationRegistry((number) => op_encoding_decoder_close(number));
    FinalizationRegistryPrototypeRegister(streams, decoding, decoding.number);
  }
  decoding.streaming = stream;
  return op_encoding_decode(input, stream ? flags | STREAM : flags, encoding, decoding.number);
}
