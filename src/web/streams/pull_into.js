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
const { CLOSED } = require("streams/readable_state");

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

// streams.spec.whatwg.org/#readable-byte-stream-controller-commit-pull-into-descriptor
function commit(stream, descriptor) {
  const done = stream.state === CLOSED;
  const view = filledView(descriptor);
  // streams.spec.whatwg.org/#readable-stream-fulfill-read-request and
  // #readable-stream-fulfill-read-into-request
  const request = stream.reader.requests.shift();
  if (!done) {
    request.chunkSteps(view);
  } else if (descriptor.readerType === DEFAULT) {
    request.closeSteps();
  } else {
    request.closeSteps(view);
  }
}

function commitAll(stream, descriptors) {
  for (let i = 0; i < descriptors.length; i++) {
    commit(stream, descriptors[i]);
  }
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-fill-pull-into-descriptor-from-queue
// Whether the descriptor has what it asks for at least.
function fillFromQueue(controller, descriptor) {
  const { queue } = controller;
  const { kind, minimumFill } = descriptor;
  const space = descriptor.byteLength - descriptor.bytesFilled;
  let remaining = controller.queueTotalSize < space ? controller.queueTotalSize : space;
  const maxBytesFilled = descriptor.bytesFilled + remaining;
  const maxAlignedBytes = maxBytesFilled - (maxBytesFilled % kind.size);
  const ready = maxAlignedBytes >= minimumFill;
  if (ready) {
    remaining = maxAlignedBytes - descriptor.bytesFilled;
  }
  while (remaining > 0) {
    const head = queue.peek();
    const length = remaining < head.byteLength ? remaining : head.byteLength;
    const start = descriptor.byteOffset + descriptor.bytesFilled;
    copyBytes(descriptor.buffer, start, head.buffer, head.byteOffset, length);
    if (head.byteLength === length) {
      queue.shift();
    } else {
      head.byteOffset += length;
      head.byteLength -= length;
    }
    controller.queueTotalSize -= length;
    descriptor.bytesFilled += length;
    remaining -= length;
  }
  return ready;
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-process-pull-into-descriptors-using-queue
function processPullIntos(controller) {
  const { pendingPullIntos } = controller;
  const filled = { __proto__: null, length: 0 };
  while (pendingPullIntos.length > 0 && controller.queueTotalSize > 0) {
    const descriptor = pendingPullIntos.peek();
    if (fillFromQueue(controller, descriptor)) {
      pendingPullIntos.shift();
      filled[filled.length++] = descriptor;
    }
  }
  return filled;
}

exports.BYOB = BYOB;
exports.DEFAULT = DEFAULT;
exports.NOBODY = NOBODY;
exports.PullInto = PullInto;
exports.UINT8 = UINT8;
exports.commit = commit;
exports.commitAll = commitAll;
exports.cloneAsUint8Array = cloneAsUint8Array;
exports.cloneBytes = cloneBytes;
exports.fillFromQueue = fillFromQueue;
exports.filledView = filledView;
exports.kindOf = kindOf;
exports.makeView = makeView;
exports.processPullIntos = processPullIntos;
exports.transferArrayBuffer = transferArrayBuffer;
