"use strict";

// w3c.github.io/webcrypto/#crypto-interface

const { TypeError, TypedArrayPrototypeGetSymbolToStringTag } = primordials;
const { op_internal_fast, op_random_fill, op_random_uuid } = ops;
const fill = op_internal_fast("op_random_fill");
const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { arrayBufferView, viewByteLength } = require("webidl/buffer");
const { readonlyAttribute } = require("webidl/global_attribute");

const GET_RANDOM_VALUES = "Failed to execute 'getRandomValues' on 'Crypto'";

// w3c.github.io/webcrypto/#dfn-Crypto-method-getRandomValues, step 2. The op knows
// it too.
const QUOTA = 65536;

// Step 1.
const isOfIntegers = {
  __proto__: null,
  Int8Array: true,
  Uint8Array: true,
  Uint8ClampedArray: true,
  Int16Array: true,
  Uint16Array: true,
  Int32Array: true,
  Uint32Array: true,
  BigInt64Array: true,
  BigUint64Array: true,
};

let check;

class Crypto {
  // Only the brand.
  #brand;

  constructor(token = undefined) {
    if (token !== internal) {
      illegalConstructor();
    }
  }

  static {
    check = (value) => {
      if (!isObject(value) || !(#brand in value)) {
        illegalInvocation();
      }
    };
  }

  // w3c.github.io/webcrypto/#dfn-Crypto-method-getRandomValues
  getRandomValues(array) {
    check(this);
    requireArguments(arguments.length, 1, GET_RANDOM_VALUES);
    const ofIntegers = isOfIntegers[TypedArrayPrototypeGetSymbolToStringTag(array)] === true;
    // The op leaves alone what may not be filled: why, is found out here.
    if (ofIntegers && fill(array) === 0) {
      return array;
    }
    arrayBufferView(array, `${GET_RANDOM_VALUES}: parameter 1`);
    if (!ofIntegers) {
      throw require("dom/dom_exception").create(
        `${GET_RANDOM_VALUES}: the view is not of integers.`,
        "TypeMismatchError",
      );
    }
    const length = viewByteLength(array);
    if (length > QUOTA) {
      throw require("dom/quota_exceeded_error").create(
        `${GET_RANDOM_VALUES}: ${length} bytes are more than the ${QUOTA} of one call.`,
        QUOTA,
        length,
      );
    }
    if (op_random_fill(array) !== 0) {
      throw new TypeError(`${GET_RANDOM_VALUES}: parameter 1 is backed by an immutable buffer.`);
    }
    return array;
  }

  // w3c.github.io/webcrypto/#dfn-Crypto-method-randomUUID
  randomUUID() {
    check(this);
    return op_random_uuid();
  }
}

defineInterface(Crypto);

exports.Crypto = Crypto;
exports.crypto = readonlyAttribute("crypto", new Crypto(internal));
