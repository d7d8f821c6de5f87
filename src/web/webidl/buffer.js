"use strict";

// webidl.spec.whatwg.org/#js-buffer-source-types
//
// `options` may have `allowShared` and `allowResizable` ([AllowShared],
// [AllowResizable]); both default to false, as in WebIDL.

const {
  ArrayBufferIsView,
  ArrayBufferPrototypeGetByteLength,
  ArrayBufferPrototypeGetResizable,
  DataViewPrototypeGetBuffer,
  DataViewPrototypeGetByteLength,
  DataViewPrototypeGetByteOffset,
  TypeError,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetSymbolToStringTag,
} = primordials;
// V8 adds SharedArrayBuffer to the global after the snapshot: its getters can't be captured there.
const { op_shared_buffer_length, op_shared_buffer_growable, op_value_kind } = ops;

// What op_value_kind answers.
const ARRAY_BUFFER = 13;
const SHARED_ARRAY_BUFFER = 14;
const ARRAY_BUFFER_VIEW = 15;

const none = { __proto__: null, allowShared: false, allowResizable: false };

function checkBuffer(buffer, shared, options, context) {
  if (shared && !options.allowShared) {
    throw new TypeError(`${context} is backed by a SharedArrayBuffer.`);
  }
  if (
    !options.allowResizable &&
    (shared
      ? op_shared_buffer_growable(buffer)
      : ArrayBufferPrototypeGetResizable(buffer))
  ) {
    throw new TypeError(`${context} is backed by a resizable buffer.`);
  }
}

// The common case without a call into native code: an ArrayBuffer that is not resizable.
function isPlain(buffer) {
  try {
    return !ArrayBufferPrototypeGetResizable(buffer);
  } catch {
    return false;
  }
}

// The name of a typed array's class, undefined for a DataView.
exports.typedArrayName = TypedArrayPrototypeGetSymbolToStringTag;

const isTyped = (view) => TypedArrayPrototypeGetSymbolToStringTag(view) !== undefined;

exports.viewBuffer = (view) =>
  isTyped(view) ? TypedArrayPrototypeGetBuffer(view) : DataViewPrototypeGetBuffer(view);

// 0 for a typed array that is out of bounds or detached; a DataView throws.
exports.viewByteOffset = (view) =>
  isTyped(view) ? TypedArrayPrototypeGetByteOffset(view) : DataViewPrototypeGetByteOffset(view);

exports.viewByteLength = (view) =>
  isTyped(view) ? TypedArrayPrototypeGetByteLength(view) : DataViewPrototypeGetByteLength(view);

exports.bufferByteLength = (buffer) =>
  op_value_kind(buffer) === SHARED_ARRAY_BUFFER
    ? op_shared_buffer_length(buffer)
    : ArrayBufferPrototypeGetByteLength(buffer);

exports.isArrayBuffer = (value) => op_value_kind(value) === ARRAY_BUFFER;
exports.isSharedArrayBuffer = (value) => op_value_kind(value) === SHARED_ARRAY_BUFFER;
exports.isArrayBufferView = ArrayBufferIsView;

// Whether it is a BufferSource, as far as its memory is not shared.
exports.isBufferSource = (value) =>
  ArrayBufferIsView(value) || op_value_kind(value) === ARRAY_BUFFER;

exports.arrayBuffer = (value, context, options = none) => {
  const kind = op_value_kind(value);
  if (kind !== ARRAY_BUFFER && !(kind === SHARED_ARRAY_BUFFER && options.allowShared)) {
    throw new TypeError(`${context} is not of type 'ArrayBuffer'.`);
  }
  checkBuffer(value, kind === SHARED_ARRAY_BUFFER, options, context);
  return value;
};

function arrayBufferView(value, context, options = none) {
  if (!ArrayBufferIsView(value)) {
    throw new TypeError(`${context} is not of type 'ArrayBufferView'.`);
  }
  const buffer = exports.viewBuffer(value);
  if (isPlain(buffer)) {
    return value;
  }
  const shared = op_value_kind(buffer) === SHARED_ARRAY_BUFFER;
  checkBuffer(buffer, shared, options, context);
  return value;
}
exports.arrayBufferView = arrayBufferView;

exports.bufferSource = (value, context, options = none) => {
  const kind = op_value_kind(value);
  if (kind === ARRAY_BUFFER_VIEW) {
    return arrayBufferView(value, context, options);
  }
  if (kind !== ARRAY_BUFFER && !(kind === SHARED_ARRAY_BUFFER && options.allowShared)) {
    throw new TypeError(`${context} is not of type '(ArrayBuffer or ArrayBufferView)'.`);
  }
  checkBuffer(value, kind === SHARED_ARRAY_BUFFER, options, context);
  return value;
};
