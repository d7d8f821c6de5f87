"use strict";

// streams.spec.whatwg.org/#rbs-controller-abstract-ops

const {
  ArrayBuffer,
  ArrayBufferPrototypeGetByteLength,
  ArrayBufferPrototypeGetDetached,
  RangeError,
  TypeError,
  TypedArrayPrototypeGetBuffer,
  Uint8Array,
} = primordials;
const { viewBuffer, viewByteLength, viewByteOffset } = require("webidl/buffer");
const { react } = require("streams/promises");
const { ChunkQueue } = require("streams/chunk_queue");
const { CLOSED, ERRORED, READABLE, readableStreamClose, readableStreamError } =
  require("streams/readable_state");
const {
  BYOB,
  DEFAULT,
  NOBODY,
  PullInto,
  UINT8,
  cloneBytes,
  copyBytes,
  filledView,
  kindOf,
  makeView,
  transferArrayBuffer,
} = require("streams/pull_into");

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

  // For sources of internal files. The chunk is a Uint8Array, whose buffer is taken.
  enqueue(chunk) {
    readableByteStreamControllerEnqueue(this, chunk);
  }

  // streams.spec.whatwg.org/#readablestream-close
  close() {
    readableByteStreamControllerClose(this);
    if (this.pendingPullIntos.length > 0) {
      readableByteStreamControllerRespond(this, 0);
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

// streams.spec.whatwg.org/#readable-byte-stream-controller-call-pull-if-needed
function callPullIfNeeded(controller) {
  if (!controller.pulls || !shouldCallPull(controller)) {
    return;
  }
  if (controller.pulling) {
    controller.pullAgain = true;
    return;
  }
  controller.pulling = true;
  if (controller.pulled === null) {
    controller.pulled = () => pullEnded(controller);
    controller.pullFailed = (error) => readableByteStreamControllerError(controller, error);
  }
  react(controller.source.pull(controller), controller.pulled, controller.pullFailed);
}

function pullEnded(controller) {
  controller.pulling = false;
  if (controller.pullAgain) {
    controller.pullAgain = false;
    callPullIfNeeded(controller);
  }
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-should-call-pull
function shouldCallPull(controller) {
  const { stream } = controller;
  if (stream.state !== READABLE || controller.closeRequested || !controller.started) {
    return false;
  }
  const { reader } = stream;
  return (
    (reader !== null && reader.requests.length > 0) ||
    controller.strategyHWM - controller.queueTotalSize > 0
  );
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

// streams.spec.whatwg.org/#reset-queue
function resetQueue(controller) {
  controller.queue.clear();
  controller.queueTotalSize = 0;
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

// streams.spec.whatwg.org/#readable-byte-stream-controller-enqueue
function readableByteStreamControllerEnqueue(controller, chunk) {
  const { stream, pendingPullIntos } = controller;
  if (controller.closeRequested || stream.state !== READABLE) {
    return;
  }
  const byteOffset = viewByteOffset(chunk);
  const byteLength = viewByteLength(chunk);
  const buffer = transferArrayBuffer(viewBuffer(chunk));
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

// streams.spec.whatwg.org/#readable-byte-stream-controller-get-desired-size
function getDesiredSize(controller) {
  const { state } = controller.stream;
  if (state === ERRORED) {
    return null;
  }
  return state === CLOSED ? 0 : controller.strategyHWM - controller.queueTotalSize;
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

// streams.spec.whatwg.org/#abstract-opdef-readablebytestreamcontrollerprocessreadrequestsusingqueue
function processReadRequests(controller, reader) {
  const { requests } = reader;
  while (requests.length > 0 && controller.queueTotalSize > 0) {
    requests.shift().chunkSteps(controller.takeChunk());
  }
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-pull-into
function readableByteStreamControllerPullInto(controller, view, min, request) {
  const { pendingPullIntos, stream } = controller;
  const kind = kindOf(view);
  const byteOffset = viewByteOffset(view);
  const byteLength = viewByteLength(view);
  let buffer;
  try {
    buffer = transferArrayBuffer(viewBuffer(view));
  } catch (error) {
    request.errorSteps(error);
    return;
  }
  const descriptor = new PullInto(buffer, byteOffset, byteLength, min * kind.size, kind, BYOB);
  if (pendingPullIntos.length > 0) {
    pendingPullIntos.push(descriptor);
    stream.reader.requests.push(request);
    return;
  }
  if (stream.state === CLOSED) {
    request.closeSteps(makeView(kind, buffer, byteOffset, 0));
    return;
  }
  if (controller.queueTotalSize > 0) {
    if (fillFromQueue(controller, descriptor)) {
      const filled = filledView(descriptor);
      handleQueueDrain(controller);
      request.chunkSteps(filled);
      return;
    }
    if (controller.closeRequested) {
      const error = new TypeError("The stream closes before the view that is read into is filled.");
      readableByteStreamControllerError(controller, error);
      request.errorSteps(error);
      return;
    }
  }
  pendingPullIntos.push(descriptor);
  stream.reader.requests.push(request);
  callPullIfNeeded(controller);
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-respond
function readableByteStreamControllerRespond(controller, bytesWritten) {
  const first = controller.pendingPullIntos.peek();
  checkResponse(controller, bytesWritten);
  if (first.bytesFilled + bytesWritten > first.byteLength) {
    throw new RangeError(`${bytesWritten} bytes are more than the view has room for.`);
  }
  first.buffer = transferArrayBuffer(first.buffer);
  respondInternal(controller, first, bytesWritten);
}

function checkResponse(controller, bytesWritten) {
  if ((controller.stream.state === CLOSED) !== (bytesWritten === 0)) {
    throw new TypeError(
      bytesWritten === 0
        ? "No bytes are no answer unless the stream is closed."
        : "The stream is closed and takes no bytes.",
    );
  }
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-respond-with-new-view
function readableByteStreamControllerRespondWithNewView(controller, view) {
  const first = controller.pendingPullIntos.peek();
  const byteLength = viewByteLength(view);
  const buffer = viewBuffer(view);
  checkResponse(controller, byteLength);
  if (first.byteOffset + first.bytesFilled !== viewByteOffset(view)) {
    throw new RangeError("The view does not begin where the request's does.");
  }
  if (first.bufferByteLength !== ArrayBufferPrototypeGetByteLength(buffer)) {
    throw new RangeError("The view's buffer is not as long as the request's.");
  }
  if (first.bytesFilled + byteLength > first.byteLength) {
    throw new RangeError("The view is longer than the request's.");
  }
  first.buffer = transferArrayBuffer(buffer);
  respondInternal(controller, first, byteLength);
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-respond-internal
function respondInternal(controller, first, bytesWritten) {
  invalidateBYOBRequest(controller);
  if (controller.stream.state === CLOSED) {
    respondInClosedState(controller, first);
  } else {
    respondInReadableState(controller, first, bytesWritten);
  }
  callPullIfNeeded(controller);
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-respond-in-closed-state
function respondInClosedState(controller, first) {
  const { pendingPullIntos, stream } = controller;
  if (first.readerType === NOBODY) {
    pendingPullIntos.shift();
  }
  const { reader } = stream;
  if (reader !== null && reader.byob) {
    const filled = { __proto__: null, length: 0 };
    while (filled.length < reader.requests.length) {
      filled[filled.length++] = pendingPullIntos.shift();
    }
    commitAll(stream, filled);
  }
}

// streams.spec.whatwg.org/#readable-byte-stream-controller-respond-in-readable-state
function respondInReadableState(controller, descriptor, bytesWritten) {
  const { stream } = controller;
  descriptor.bytesFilled += bytesWritten;
  if (descriptor.readerType === NOBODY) {
    enqueueDetachedPullInto(controller, descriptor);
    commitAll(stream, processPullIntos(controller));
    return;
  }
  if (descriptor.bytesFilled < descriptor.minimumFill) {
    return;
  }
  controller.pendingPullIntos.shift();
  const remainder = descriptor.bytesFilled % descriptor.kind.size;
  if (remainder > 0) {
    const end = descriptor.byteOffset + descriptor.bytesFilled;
    enqueueClone(controller, descriptor.buffer, end - remainder, remainder);
  }
  descriptor.bytesFilled -= remainder;
  const filled = processPullIntos(controller);
  commit(stream, descriptor);
  commitAll(stream, filled);
}

// streams.spec.whatwg.org/#set-up-readable-byte-stream-controller, as in readable_stream_default_controller.js.
function makeController(stream, source, highWaterMark, autoAllocateChunkSize) {
  const controller = new ByteControllerState(stream, source, highWaterMark, autoAllocateChunkSize);
  stream.controller = controller;
  return controller;
}

exports.getDesiredSize = getDesiredSize;
exports.makeController = makeController;
exports.readableByteStreamControllerClose = readableByteStreamControllerClose;
exports.readableByteStreamControllerEnqueue = readableByteStreamControllerEnqueue;
exports.readableByteStreamControllerError = readableByteStreamControllerError;
exports.readableByteStreamControllerPullInto = readableByteStreamControllerPullInto;
exports.readableByteStreamControllerRespond = readableByteStreamControllerRespond;
exports.readableByteStreamControllerRespondWithNewView =
  readableByteStreamControllerRespondWithNewView;
