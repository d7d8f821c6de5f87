"use strict";

// streams.spec.whatwg.org/#rbs-controller-abstract-ops

const {
  ArrayBuffer,
  ArrayBufferPrototypeGetDetached,
  TypeError,
  TypedArrayPrototypeGetBuffer,
  Uint8Array,
} = primordials;
const { viewBuffer, viewByteLength, viewByteOffset } = require("webidl/buffer");
const { lazily } = require("lazily");
const { ChunkQueue } = require("streams/chunk_queue");
const { callPullIfNeeded, getDesiredSize, resetQueue } = require("streams/pulling");
const { READABLE, readableStreamClose, readableStreamError } = require("streams/readable_state");
const {
  DEFAULT,
  NOBODY,
  PullInto,
  UINT8,
  cloneBytes,
  commitAll,
  processPullIntos,
  transferArrayBuffer,
} = require("streams/pull_into");

const byob = lazily("streams/byob");

// streams.spec.whatwg.org/#readable-byte-stream-queue-entry
class Bytes {
  buffer;
  byteOffset;
  byteLength;

  constructor(buffer, byteOffset, byteLength) {
    this.buffer = buffer;
    this.byteOffset = byteOffset;
    this.byteLength = byteLength;
  }
}

// A source as that of a default controller.
class ByteControllerState {
  ofBytes = true;
  stream;
  source;
  pulls;
  queue = new ChunkQueue();
  queueTotalSize = 0;
  strategyHWM;
  // 0 where there is none.
  autoAllocateChunkSize;
  pendingPullIntos = new ChunkQueue();
  // The state of a ReadableStreamBYOBRequest.
  byobRequest = null;
  started = false;
  closeRequested = false;
  pulling = false;
  pullAgain = false;
  pulled = null;
  pullFailed = null;
  shell = null;

  constructor(stream, source, highWaterMark, autoAllocateChunkSize) {
    this.stream = stream;
    this.source = source;
    this.pulls = source.pulls;
    this.strategyHWM = highWaterMark;
    this.autoAllocateChunkSize = autoAllocateChunkSize;
  }

  // streams.spec.whatwg.org/#rbs-controller-private-cancel
  cancelSteps(reason) {
    clearPendingPullIntos(this);
    resetQueue(this);
    const { source } = this;
    clearAlgorithms(this);
    return source.cancel(reason);
  }

  // streams.spec.whatwg.org/#rbs-controller-private-pull
  pullSteps(request) {
    if (this.queueTotalSize > 0) {
      request.chunkSteps(this.takeChunk());
      return;
    }
    const size = this.autoAllocateChunkSize;
    if (size > 0) {
      let buffer;
      try {
        buffer = new ArrayBuffer(size);
      } catch (error) {
        request.errorSteps(error);
        return;
      }
      this.pendingPullIntos.push(new PullInto(buffer, 0, size, 1, UINT8, DEFAULT));
    }
    this.stream.reader.requests.push(request);
    callPullIfNeeded(this);
  }

  // streams.spec.whatwg.org/#abstract-opdef-readablebytestreamcontroller-releasesteps
  releaseSteps() {
    const { pendingPullIntos } = this;
    if (pendingPullIntos.length > 0) {
      const first = pendingPullIntos.peek();
      first.readerType = NOBODY;
      pendingPullIntos.clear();
      pendingPullIntos.push(first);
    }
  }

  // The end of the set-up: the start algorithm's promise is settled.
  startSucceeded() {
    this.started = true;
    callPullIfNeeded(this);
  }

  startFailed(error) {
    readableByteStreamControllerError(this, error);
  }

  // For sources of internal files. The chunk is a Uint8Array of whose buffer nobody else knows.
  enqueue(chunk) {
    enqueueOwned(
      this,
      TypedArrayPrototypeGetBuffer(chunk),
      viewByteOffset(chunk),
      viewByteLength(chunk),
    );
  }

  // streams.spec.whatwg.org/#readablestream-close
  close() {
    readableByteStreamControllerClose(this);
    if (this.pendingPullIntos.length > 0) {
      byob().readableByteStreamControllerRespond(this, 0);
    }
  }

  error(reason) {
    readableByteStreamControllerError(this, reason);
  }

  desiredSize() {
    return getDesiredSize(this);
  }

  // Whether pullSteps would give a chunk at once.
  holdsChunk() {
    return this.queueTotalSize > 0;
  }

  // That chunk: streams.spec.whatwg.org/#abstract-opdef-readablebytestreamcontrollerfillreadrequestfromqueue
  // up to the read request.
  takeChunk() {
    const entry = this.queue.shift();
    this.queueTotalSize -= entry.byteLength;
    handleQueueDrain(this);
    return new Uint8Array(entry.buffer, entry.byteOffset, entry.byteLength);
  }
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-clear-algorithms
function clearAlgorithms(controller) {
  controller.source = null;
  controller.pulls = false;
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-clear-pending-pull-intos
function clearPendingPullIntos(controller) {
  invalidateBYOBRequest(controller);
  controller.pendingPullIntos.clear();
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-close
function readableByteStreamControllerClose(controller) {
  const { stream, pendingPullIntos } = controller;
  if (controller.closeRequested || stream.state !== READABLE) {
    return;
  }
  if (controller.queueTotalSize > 0) {
    controller.closeRequested = true;
    return;
  }
  if (pendingPullIntos.length > 0) {
    const first = pendingPullIntos.peek();
    if (first.bytesFilled % first.kind.size !== 0) {
      const error = new TypeError("The stream closes within an element of the view that is read into.");
      readableByteStreamControllerError(controller, error);
      throw error;
    }
  }
  clearAlgorithms(controller);
  readableStreamClose(stream);
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-enqueue
function readableByteStreamControllerEnqueue(controller, chunk) {
  if (controller.closeRequested || controller.stream.state !== READABLE) {
    return;
  }
  const byteOffset = viewByteOffset(chunk);
  const byteLength = viewByteLength(chunk);
  const buffer = transferArrayBuffer(viewBuffer(chunk));
  enqueueOwned(controller, buffer, byteOffset, byteLength);
}

// The steps that follow the transfer.
function enqueueOwned(controller, buffer, byteOffset, byteLength) {
  const { stream, pendingPullIntos } = controller;
  if (controller.closeRequested || stream.state !== READABLE) {
    return;
  }
  if (pendingPullIntos.length > 0) {
    const first = pendingPullIntos.peek();
    if (ArrayBufferPrototypeGetDetached(first.buffer)) {
      throw new TypeError("The buffer of the BYOB request is detached.");
    }
    invalidateBYOBRequest(controller);
    first.buffer = transferArrayBuffer(first.buffer);
    if (first.readerType === NOBODY) {
      enqueueDetachedPullInto(controller, first);
    }
  }
  const { reader } = stream;
  if (reader === null) {
    enqueueBytes(controller, buffer, byteOffset, byteLength);
  } else if (reader.byob) {
    enqueueBytes(controller, buffer, byteOffset, byteLength);
    commitAll(stream, processPullIntos(controller));
  } else {
    processReadRequests(controller, reader);
    if (reader.requests.length === 0) {
      enqueueBytes(controller, buffer, byteOffset, byteLength);
    } else {
      if (pendingPullIntos.length > 0) {
        pendingPullIntos.shift();
      }
      reader.requests.shift().chunkSteps(new Uint8Array(buffer, byteOffset, byteLength));
    }
  }
  callPullIfNeeded(controller);
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-enqueue-chunk-to-queue
function enqueueBytes(controller, buffer, byteOffset, byteLength) {
  controller.queue.push(new Bytes(buffer, byteOffset, byteLength));
  controller.queueTotalSize += byteLength;
}

// streams.spec.whatwg.org/#abstract-opdef-readablebytestreamcontrollerenqueueclonedchunktoqueue
function enqueueClone(controller, buffer, byteOffset, byteLength) {
  let clone;
  try {
    clone = cloneBytes(buffer, byteOffset, byteLength);
  } catch (error) {
    readableByteStreamControllerError(controller, error);
    throw error;
  }
  enqueueBytes(controller, TypedArrayPrototypeGetBuffer(clone), 0, byteLength);
}

// streams.spec.whatwg.org/#abstract-opdef-readablebytestreamcontrollerenqueuedetachedpullintotoqueue
function enqueueDetachedPullInto(controller, descriptor) {
  if (descriptor.bytesFilled > 0) {
    enqueueClone(controller, descriptor.buffer, descriptor.byteOffset, descriptor.bytesFilled);
  }
  controller.pendingPullIntos.shift();
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-error
function readableByteStreamControllerError(controller, error) {
  const { stream } = controller;
  if (stream.state !== READABLE) {
    return;
  }
  clearPendingPullIntos(controller);
  resetQueue(controller);
  clearAlgorithms(controller);
  readableStreamError(stream, error);
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-handle-queue-drain
function handleQueueDrain(controller) {
  if (controller.queueTotalSize === 0 && controller.closeRequested) {
    clearAlgorithms(controller);
    readableStreamClose(controller.stream);
  } else {
    callPullIfNeeded(controller);
  }
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-invalidate-byob-request
function invalidateBYOBRequest(controller) {
  const { byobRequest } = controller;
  if (byobRequest !== null) {
    byobRequest.controller = null;
    byobRequest.view = null;
    controller.byobRequest = null;
  }
}

// streams.spec.whatwg.org/#abstract-opdef-readablebytestreamcontrollerprocessreadrequestsusingqueue
function processReadRequests(controller, reader) {
  const { requests } = reader;
  while (requests.length > 0 && controller.queueTotalSize > 0) {
    requests.shift().chunkSteps(controller.takeChunk());
  }
}

// streams.spec.whatwg.org/#set-up-readable-byte-stream-controller, as in readable_stream_default_controller.js.
function makeController(stream, source, highWaterMark, autoAllocateChunkSize) {
  const controller = new ByteControllerState(stream, source, highWaterMark, autoAllocateChunkSize);
  stream.controller = controller;
  return controller;
}

exports.enqueueClone = enqueueClone;
exports.enqueueDetachedPullInto = enqueueDetachedPullInto;
exports.handleQueueDrain = handleQueueDrain;
exports.invalidateBYOBRequest = invalidateBYOBRequest;
exports.makeController = makeController;
exports.readableByteStreamControllerClose = readableByteStreamControllerClose;
exports.readableByteStreamControllerEnqueue = readableByteStreamControllerEnqueue;
exports.readableByteStreamControllerError = readableByteStreamControllerError;
