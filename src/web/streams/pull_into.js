"use strict";

// streams.spec.whatwg.org/#pull-into-descriptor, and what byte streams do with
// buffers (#abstract-ops-miscellaneous).

const {
  ArrayBufferPrototypeGetByteLength,
  ArrayBufferPrototypeTransfer,
  DataView,
  TypedArrayPrototypeSet,
  Uint8Array,
} = primordials;
const { op_typed_array_new } = ops;
const { typedArrayName, viewBuffer, viewByteLength, viewByteOffset } = require("webidl/buffer");

// The classes of views: how long an element is, and the number by which op_typed_array_new knows the class.
const kinds = {
  __proto__: null,
  Int8Array: { __proto__: null, size: 1, code: 0 },
  Uint8Array: { __proto__: null, size: 1, code: 1 },
  Uint8ClampedArray: { __proto__: null, size: 1, code: 2 },
  Int16Array: { __proto__: null, size: 2, code: 3 },
  Uint16Array: { __proto__: null, size: 2, code: 4 },
  Int32Array: { __proto__: null, size: 4, code: 5 },
  Uint32Array: { __proto__: null, size: 4, code: 6 },
  BigInt64Array: { __proto__: null, size: 8, code: 7 },
  BigUint64Array: { __proto__: null, size: 8, code: 8 },
  Float16Array: { __proto__: null, size: 2, code: 9 },
  Float32Array: { __proto__: null, size: 4, code: 10 },
  Float64Array: { __proto__: null, size: 8, code: 11 },
  DataView: { __proto__: null, size: 1, code: -1 },
};

const UINT8 = kinds.Uint8Array;

// Whom the bytes are for. NOBODY: the reader was released meanwhile.
const NOBODY = 0;
const DEFAULT = 1;
const BYOB = 2;

class PullInto {
  buffer;
  bufferByteLength;
  byteOffset;
  byteLength;
  bytesFilled = 0;
  minimumFill;
  kind;
  readerType;

  constructor(buffer, byteOffset, byteLength, minimumFill, kind, readerType) {
    this.buffer = buffer;
    this.bufferByteLength = ArrayBufferPrototypeGetByteLength(buffer);
    this.byteOffset = byteOffset;
    this.byteLength = byteLength;
    this.minimumFill = minimumFill;
    this.kind = kind;
    this.readerType = readerType;
  }
}

const kindOf = (view) => kinds[typedArrayName(view) ?? "DataView"];

function makeView(kind, buffer, byteOffset, length) {
  return kind === UINT8
    ? new Uint8Array(buffer, byteOffset, length)
    : kind.code === -1
      ? new DataView(buffer, byteOffset, length)
      : op_typed_array_new(kind.code, buffer, byteOffset, length);
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-convert-pull-into-descriptor
function filledView(descriptor) {
  const { bytesFilled, kind } = descriptor;
  return makeView(
    kind,
    transferArrayBuffer(descriptor.buffer),
    descriptor.byteOffset,
    bytesFilled / kind.size,
  );
}

// streams.spec.whatwg.org/#transfer-array-buffer
// Throws where the buffer is detached already, is WebAssembly's or is immutable.
const transferArrayBuffer = ArrayBufferPrototypeTransfer;

// streams.spec.whatwg.org/#can-copy-data-block-bytes and
// tc39.es/ecma262/#sec-copydatablockbytes
function copyBytes(target, targetOffset, source, sourceOffset, length) {
  TypedArrayPrototypeSet(
    new Uint8Array(target, targetOffset, length),
    new Uint8Array(source, sourceOffset, length),
  );
}

// streams.spec.whatwg.org/#abstract-opdef-cloneasuint8array and
// tc39.es/ecma262/#sec-clonearraybuffer, of which the buffer's class is not asked.
function cloneBytes(buffer, byteOffset, length) {
  const clone = new Uint8Array(length);
  TypedArrayPrototypeSet(clone, new Uint8Array(buffer, byteOffset, length));
  return clone;
}

const cloneAsUint8Array = (view) =>
  cloneBytes(viewBuffer(view), viewByteOffset(view), viewByteLength(view));

exports.BYOB = BYOB;
exports.DEFAULT = DEFAULT;
exports.NOBODY = NOBODY;
exports.PullInto = PullInto;
exports.UINT8 = UINT8;
exports.cloneAsUint8Array = cloneAsUint8Array;
exports.cloneBytes = cloneBytes;
exports.copyBytes = copyBytes;
exports.filledView = filledView;
exports.kindOf = kindOf;
exports.makeView = makeView;
exports.transferArrayBuffer = transferArrayBuffer;
