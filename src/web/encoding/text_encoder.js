"use strict";

// encoding.spec.whatwg.org/#interface-textencoder

const { MathFloor, StringPrototypeCharCodeAt, Uint8Array } = primordials;
const { op_encoding_utf8_encode, op_encoding_utf8_encode_into, op_internal_fast } = ops;
const encodeInto = op_internal_fast("op_encoding_utf8_encode_into");
const {
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString } = require("webidl/convert");

// Up to so many characters are copied faster here than by a native function.
const SHORT = 32;

// The length of a read or written part, below which the native function packs
// both into one number.
const PACKED = 67108864;

let check;

class TextEncoder {
  // Only the brand: it has no state.
  #brand;

  constructor() {
    fallBack(this, new.target, TextEncoder);
  }

  static {
    check = (value) => {
      if (!isObject(value) || !(#brand in value)) {
        illegalInvocation();
      }
    };
  }

  // encoding.spec.whatwg.org/#dom-textencoder-encoding
  get encoding() {
    check(this);
    return "utf-8";
  }

  // encoding.spec.whatwg.org/#dom-textencoder-encode
  encode(input = "") {
    check(this);
    const string = typeof input === "string"
      ? input
      : DOMString(input, "Failed to execute 'encode' on 'TextEncoder': parameter 1");
    return encode(string);
  }

  // encoding.spec.whatwg.org/#dom-textencoder-encodeinto
  encodeInto(source, destination) {
    check(this);
    requireArguments(arguments.length, 2, "Failed to execute 'encodeInto' on 'TextEncoder'");
    const string = typeof source === "string"
      ? source
      : DOMString(source, "Failed to execute 'encodeInto' on 'TextEncoder': parameter 1");
    let done = encodeInto(string, destination);
    if (done === -1) {
      done = op_encoding_utf8_encode_into(string, destination);
    }
    if (typeof done === "number") {
      const written = MathFloor(done / PACKED);
      return { read: done - written * PACKED, written };
    }
    return { read: done[0], written: done[1] };
  }
}

function encode(string) {
  const { length } = string;
  if (length > SHORT) {
    return op_encoding_utf8_encode(string);
  }
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const code = StringPrototypeCharCodeAt(string, i);
    if (code > 0x7f) {
      return op_encoding_utf8_encode(string);
    }
    bytes[i] = code;
  }
  return bytes;
}

defineInterface(TextEncoder, ["encoding"]);

exports.TextEncoder = TextEncoder;
// encoding.spec.whatwg.org/#utf-8-encode, of a string whose lone surrogates
// become U+FFFD.
exports.encode = encode;
