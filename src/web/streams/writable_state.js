"use strict";

// streams.spec.whatwg.org/#ws-abstract-ops
//
// The slots of a WritableStream and what is done to them, as in
// readable_state.js.

const { PromiseResolve, TypeError } = primordials;
const { Deferred, react } = require("streams/promises");
const { ChunkQueue } = require("streams/chunk_queue");

const WRITABLE = 0;
const CLOSED = 1;
const ERRORING = 2;
const ERRORED = 3;

// streams.spec.whatwg.org/#pending-abort-request
class AbortRequest extends Deferred {
  reason;
  wasAlreadyErroring;

  constructor(reason, wasAlreadyErroring) {
    super();
    this.reason = reason;
    this.wasAlreadyErroring = wasAlreadyErroring;
  }
}

class WritableState {
  state = WRITABLE;
  storedError = undefined;
  backpressure = false;
  // A WriterState.
  writer = null;
  controller = null;
  // Write requests have done() and fail(error); a close request is a Deferred.
  writeRequests = new ChunkQueue();
  inFlightWriteRequest = null;
  closeRequest = null;
  inFlightCloseRequest = null;
  pendingAbortRequest = null;
  shell = null;
}

// streams.spec.whatwg.org/#writable-stream-abort
function writableStreamAbort(stream, reason) {
  if (stream.state === CLOSED || stream.state === ERRORED) {
    return PromiseResolve(undefined);
  }
  stream.controller.signalAbort(reason);
  // Listeners of the signal have run.
  const { state } = stream;
  if (state === CLOSED || state === ERRORED) {
    return PromiseResolve(undefined);
  }
  if (stream.pendingAbortRequest !== null) {
    return stream.pendingAbortRequest.promise;
  }
  const wasAlreadyErroring = state === ERRORING;
  const request = new AbortRequest(wasAlreadyErroring ? undefined : reason, wasAlreadyErroring);
  stream.pendingAbortRequest = request;
  if (!wasAlreadyErroring) {
    writableStreamStartErroring(stream, reason);
    stream.controller.aborting?.();
  }
  return request.promise;
}

// streams.spec.whatwg.org/#writable-stream-close, of a stream that can be closed.
function writableStreamClose(stream) {
  const request = new Deferred();
  stream.closeRequest = request;
  const { writer } = stream;
  if (writer !== null && stream.backpressure && stream.state === WRITABLE) {
    writer.settleReady(false);
  }
  stream.controller.close();
  return request.promise;
}

// streams.spec.whatwg.org/#writable-stream-close-queued-or-in-flight
const closeQueuedOrInFlight = (stream) =>
  stream.closeRequest !== null || stream.inFlightCloseRequest !== null;

// streams.spec.whatwg.org/#writable-stream-deal-with-rejection
function writableStreamDealWithRejection(stream, error) {
  if (stream.state === WRITABLE) {
    writableStreamStartErroring(stream, error);
  } else {
    writableStreamFinishErroring(stream);
  }
}

// streams.spec.whatwg.org/#writable-stream-start-erroring
function writableStreamStartErroring(stream, reason) {
  const { controller, writer } = stream;
  stream.state = ERRORING;
  stream.storedError = reason;
  if (writer !== null) {
    writer.failReady(reason);
  }
  if (!hasOperationMarkedInFlight(stream) && controller.started) {
    writableStreamFinishErroring(stream);
  }
}

// streams.spec.whatwg.org/#writable-stream-has-operation-marked-in-flight
const hasOperationMarkedInFlight = (stream) =>
  stream.inFlightWriteRequest !== null || stream.inFlightCloseRequest !== null;

// streams.spec.whatwg.org/#writable-stream-finish-erroring
function writableStreamFinishErroring(stream) {
  stream.state = ERRORED;
  stream.controller.errorSteps();
  const { storedError, writeRequests } = stream;
  while (writeRequests.length > 0) {
    writeRequests.shift().fail(storedError);
  }
  const request = stream.pendingAbortRequest;
  if (request === null) {
    rejectCloseAndClosedPromiseIfNeeded(stream);
    return;
  }
  stream.pendingAbortRequest = null;
  if (request.wasAlreadyErroring) {
    request.reject(storedError);
    rejectCloseAndClosedPromiseIfNeeded(stream);
    return;
  }
  react(
    stream.controller.abortSteps(request.reason),
    () => {
      request.resolve(undefined);
      rejectCloseAndClosedPromiseIfNeeded(stream);
    },
    (error) => {
      request.reject(error);
      rejectCloseAndClosedPromiseIfNeeded(stream);
    },
  );
}

// streams.spec.whatwg.org/#writable-stream-finish-in-flight-write
function writableStreamFinishInFlightWrite(stream) {
  const request = stream.inFlightWriteRequest;
  stream.inFlightWriteRequest = null;
  request.done();
}

// streams.spec.whatwg.org/#writable-stream-finish-in-flight-write-with-error
function writableStreamFinishInFlightWriteWithError(stream, error) {
  const request = stream.inFlightWriteRequest;
  stream.inFlightWriteRequest = null;
  request.fail(error);
  writableStreamDealWithRejection(stream, error);
}

// streams.spec.whatwg.org/#writable-stream-finish-in-flight-close
function writableStreamFinishInFlightClose(stream) {
  stream.inFlightCloseRequest.resolve(undefined);
  stream.inFlightCloseRequest = null;
  if (stream.state === ERRORING) {
    stream.storedError = undefined;
    if (stream.pendingAbortRequest !== null) {
      stream.pendingAbortRequest.resolve(undefined);
      stream.pendingAbortRequest = null;
    }
  }
  stream.state = CLOSED;
  stream.writer?.settleClosed();
}

// streams.spec.whatwg.org/#writable-stream-finish-in-flight-close-with-error
function writableStreamFinishInFlightCloseWithError(stream, error) {
  stream.inFlightCloseRequest.reject(error);
  stream.inFlightCloseRequest = null;
  if (stream.pendingAbortRequest !== null) {
    stream.pendingAbortRequest.reject(error);
    stream.pendingAbortRequest = null;
  }
  writableStreamDealWithRejection(stream, error);
}

// streams.spec.whatwg.org/#writable-stream-mark-first-write-request-in-flight
function writableStreamMarkFirstWriteRequestInFlight(stream) {
  stream.inFlightWriteRequest = stream.writeRequests.shift();
}

// streams.spec.whatwg.org/#writable-stream-mark-close-request-in-flight
function writableStreamMarkCloseRequestInFlight(stream) {
  stream.inFlightCloseRequest = stream.closeRequest;
  stream.closeRequest = null;
}

// streams.spec.whatwg.org/#writable-stream-reject-close-and-closed-promise-if-needed
function rejectCloseAndClosedPromiseIfNeeded(stream) {
  const { closeRequest, storedError } = stream;
  if (closeRequest !== null) {
    closeRequest.reject(storedError);
    stream.closeRequest = null;
  }
  stream.writer?.failClosed(storedError);
}

// streams.spec.whatwg.org/#writable-stream-update-backpressure
// `late`: readiness is told a turn of reactions later, behind the write that made room.
function writableStreamUpdateBackpressure(stream, backpressure, late = false) {
  if (stream.backpressure === backpressure) {
    return;
  }
  stream.backpressure = backpressure;
  const { writer } = stream;
  if (writer !== null) {
    if (backpressure) {
      writer.resetReady();
    } else {
      writer.settleReady(late);
    }
  }
}

// streams.spec.whatwg.org/#ws-close and #writable-stream-default-writer-close: why it can't be closed, or null.
function whyNotClosable(stream) {
  if (closeQueuedOrInFlight(stream)) {
    return new TypeError("The stream is being closed already.");
  }
  return stream.state === CLOSED || stream.state === ERRORED
    ? new TypeError("The stream is closed or has failed.")
    : null;
}

exports.CLOSED = CLOSED;
exports.ERRORED = ERRORED;
exports.ERRORING = ERRORING;
exports.WRITABLE = WRITABLE;
exports.WritableState = WritableState;
exports.closeQueuedOrInFlight = closeQueuedOrInFlight;
exports.whyNotClosable = whyNotClosable;
exports.writableStreamAbort = writableStreamAbort;
exports.writableStreamClose = writableStreamClose;
exports.writableStreamDealWithRejection = writableStreamDealWithRejection;
exports.writableStreamFinishErroring = writableStreamFinishErroring;
exports.writableStreamFinishInFlightClose = writableStreamFinishInFlightClose;
exports.writableStreamFinishInFlightCloseWithError = writableStreamFinishInFlightCloseWithError;
exports.writableStreamFinishInFlightWrite = writableStreamFinishInFlightWrite;
exports.writableStreamFinishInFlightWriteWithError = writableStreamFinishInFlightWriteWithError;
exports.writableStreamMarkCloseRequestInFlight = writableStreamMarkCloseRequestInFlight;
exports.writableStreamMarkFirstWriteRequestInFlight = writableStreamMarkFirstWriteRequestInFlight;
exports.writableStreamStartErroring = writableStreamStartErroring;
exports.writableStreamUpdateBackpressure = writableStreamUpdateBackpressure;
