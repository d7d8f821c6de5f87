"use strict";

// The streams of bodies: made of bytes, collected, copied.

const {
  ArrayBufferPrototypeTransfer,
  MathMax,
  MathMin,
  TypeError,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeSet,
  Uint8Array,
} = primordials;
const { op_body_check } = ops;
