"use strict";

// streams.spec.whatwg.org/#rbs-controller-abstract-ops, those about views of a
// program that are read into.

const { ArrayBufferPrototypeGetByteLength, RangeError, TypeError } = primordials;
const { viewBuffer, viewByteLength, viewByteOffset } = require("webidl/buffer");
const { CLOSED } = require("streams/readable_state");
const { callPullIfNeeded } = require("streams/pulling");
const {
  enqueueClone,
  enqueueDetachedPullInto,
  handleQueueDrain,
  invalidateBYOBRequest,
  readableByteStreamControllerError,
} = require("streams/byte_controller");
const {
  BYOB,
  NOBODY,
  PullInto,
  commit,
  commitAll,
  fillFromQueue,
  filledView,
  kindOf,
  makeView,
  processPullIntos,
  transferArrayBuffer,
} = require("streams/pull_into");

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

exports.readableByteStreamControllerPullInto = readableByteStreamControllerPullInto;
exports.readableByteStreamControllerRespond = readableByteStreamControllerRespond;
exports.readableByteStreamControllerRespondWithNewView =
  readableByteStreamControllerRespondWithNewView;
