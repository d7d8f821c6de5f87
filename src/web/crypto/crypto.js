"use strict";

// w3c.github.io/webcrypto/#crypto-interface

const {
  Uint8Array,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeGetSymbolToStringTag,
} = primordials;
const { op_random_fill, op_random_uuid, op_view_is_on_heap } = ops;
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

// w3c.github.io/webcrypto/#dfn-Crypto-method-getRandomValues, step 2.
const QUOTA = 65536;

// The bytes of an element.
const elementBytes = {
  __proto__: null,
  Int8Array: 1,
  Uint8Array: 1,
  Uint8ClampedArray: 1,
  Int16Array: 2,
  Uint16Array: 2,
  Int32Array: 4,
  Uint32Array: 4,
  BigInt64Array: 8,
  BigUint64Array: 8,
};

// Bytes fetched ahead for small arrays. None is given out twice.
const AHEAD = 512;
const pool = new Uint8Array(AHEAD);
let used = AHEAD;

function take(bytes) {
  let value = 0;
  for (let i = 0; i < bytes; i++) {
    value = (value << 8) | pool[used];
    pool[used++] = 0;
  }
  return value;
}

// For arrays of up to 64 bytes that have no buffer yet: asking for one, as
// native code has to, costs more than the rest.
function fillSmall(array, length, bytes) {
  if (AHEAD - used < length * bytes) {
    op_random_fill(pool);
    used = 0;
  }
  for (let i = 0; i < length; i++) {
    array[i] = take(bytes);
  }
}

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
    const bytes = elementBytes[TypedArrayPrototypeGetSymbolToStringTag(array)];
    if (bytes <= 4 && op_view_is_on_heap(array)) {
      fillSmall(array, TypedArrayPrototypeGetLength(array), bytes);
      return array;
    }
    arrayBufferView(array, `${GET_RANDOM_VALUES}: parameter 1`);
    if (bytes === undefined) {
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
    op_random_fill(array);
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
