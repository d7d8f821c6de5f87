"use strict";

// streams.spec.whatwg.org/#ws-default-controller-class

const { PromisePrototypeThen } = primordials;
const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
} = require("webidl/interface");
const { lazily } = require("lazily");
const { Deferred, react, resolved } = require("streams/promises");
const { ChunkQueue } = require("streams/chunk_queue");
const { checkSize } = require("streams/queuing_strategy");
const {
  ERRORING,
  WRITABLE,
  closeQueuedOrInFlight,
  writableStreamDealWithRejection,
  writableStreamFinishErroring,
  writableStreamFinishInFlightClose,
  writableStreamFinishInFlightCloseWithError,
  writableStreamFinishInFlightWrite,
  writableStreamFinishInFlightWriteWithError,
  writableStreamMarkCloseRequestInFlight,
  writableStreamMarkFirstWriteRequestInFlight,
  writableStreamStartErroring,
  writableStreamUpdateBackpressure,
} = require("streams/writable_state");

const signals = lazily("events/abort_signal");

// streams.spec.whatwg.org/#close-sentinel
const CLOSE = { __proto__: null };

// The write request of a program.
class WriteRequest extends Deferred {
  done() {
    this.resolve(undefined);
  }

  fail(error) {
    this.reject(error);
  }
}

// That of a write whose promise is the reaction that ends it.
const ENDS_ITSELF = {
  __proto__: null,
  done() {},
  fail() {},
};

// A sink has write(chunk, controller), close() and abort(reason), which answer as promises.js says.
class WritableControllerState {
  stream;
  sink;
  // [[queue]], as in readable_stream_default_controller.js.
  queue = new ChunkQueue();
  queueTotalSize = 0;
  sized;
  sizeAlgorithm;
  strategyHWM;
  started = false;
  // [[abortController]]: its signal, made when somebody asks for it, and what it was aborted with before that.
  signal = null;
  aborted = false;
  abortReason = undefined;
  // What is done when a write has ended. One function for all writes.
  written = null;
  writeFailed = null;
  // What a sink of an internal file wants called when the stream is aborted while a write or its close waits.
  aborting = null;
  shell = null;

  constructor(stream, sink, highWaterMark, sizeAlgorithm) {
    this.stream = stream;
    this.sink = sink;
    this.sized = sizeAlgorithm !== null;
    this.sizeAlgorithm = sizeAlgorithm;
    this.strategyHWM = highWaterMark;
  }

  // streams.spec.whatwg.org/#ws-default-controller-private-abort
  abortSteps(reason) {
    const { sink } = this;
    clearAlgorithms(this);
    return sink.abort(reason);
  }

  // streams.spec.whatwg.org/#ws-default-controller-private-error
  errorSteps() {
    this.queue.clear();
    this.queueTotalSize = 0;
  }

  // The end of the set-up: the start algorithm's promise is settled.
  startSucceeded() {
    this.started = true;
    advanceQueueIfNeeded(this);
  }

  startFailed(error) {
    this.started = true;
    writableStreamDealWithRejection(this.stream, error);
  }

  // streams.spec.whatwg.org/#writable-stream-default-controller-close
  close() {
    this.queue.push(CLOSE);
    if (this.sized) {
      this.queue.push(0);
    }
    advanceQueueIfNeeded(this);
  }

  // streams.spec.whatwg.org/#writable-stream-default-controller-get-chunk-size
  chunkSize(chunk) {
    const { sizeAlgorithm } = this;
    if (sizeAlgorithm === null) {
      return 1;
    }
    try {
      return sizeAlgorithm(chunk);
    } catch (error) {
      writableStreamDefaultControllerErrorIfNeeded(this, error);
      return 1;
    }
  }

  signalAbort(reason) {
    if (this.signal !== null) {
      signals().signalAbort(this.signal, reason);
    } else if (!this.aborted) {
      this.aborted = true;
      this.abortReason = reason;
    }
  }
}

let stateOf;

class WritableStreamDefaultController {
  #state;

  constructor(token = undefined, state = undefined) {
    if (token !== internal) {
      illegalConstructor();
    }
    this.#state = state;
  }

  static {
    stateOf = (value) => (isObject(value) && #state in value ? value.#state : illegalInvocation());
  }

  get signal() {
    return signalOf(stateOf(this));
  }

  // streams.spec.whatwg.org/#ws-default-controller-error
  error(e = undefined) {
    const state = stateOf(this);
    if (state.stream.state === WRITABLE) {
      writableStreamDefaultControllerError(state, e);
    }
  }
}

function signalOf(controller) {
  if (controller.signal === null) {
    const { createSignal, signalAbort } = signals();
    controller.signal = createSignal();
    if (controller.aborted) {
      signalAbort(controller.signal, controller.abortReason);
      controller.abortReason = undefined;
    }
  }
  return controller.signal;
}

// streams.spec.whatwg.org/#writable-stream-default-controller-advance-queue-if-needed
function advanceQueueIfNeeded(controller) {
  const { queue, stream } = controller;
  if (!controller.started || stream.inFlightWriteRequest !== null) {
    return;
  }
  if (stream.state === ERRORING) {
    writableStreamFinishErroring(stream);
    return;
  }
  if (queue.length === 0) {
    return;
  }
  const value = queue.peek();
  if (value === CLOSE) {
    processClose(controller);
  } else {
    processWrite(controller, value);
  }
}

// streams.spec.whatwg.org/#writable-stream-default-controller-clear-algorithms
function clearAlgorithms(controller) {
  controller.sink = null;
  controller.sizeAlgorithm = null;
}

// streams.spec.whatwg.org/#writable-stream-default-controller-error
function writableStreamDefaultControllerError(controller, error) {
  clearAlgorithms(controller);
  writableStreamStartErroring(controller.stream, error);
}

// streams.spec.whatwg.org/#writable-stream-default-controller-error-if-needed
function writableStreamDefaultControllerErrorIfNeeded(controller, error) {
  if (controller.stream.state === WRITABLE) {
    writableStreamDefaultControllerError(controller, error);
  }
}

// streams.spec.whatwg.org/#writable-stream-default-controller-get-backpressure
const getBackpressure = (controller) => getDesiredSize(controller) <= 0;

// streams.spec.whatwg.org/#writable-stream-default-controller-get-desired-size
const getDesiredSize = (controller) => controller.strategyHWM - controller.queueTotalSize;

// streams.spec.whatwg.org/#writable-stream-default-controller-process-close
function processClose(controller) {
  const { sink, stream } = controller;
  writableStreamMarkCloseRequestInFlight(stream);
  controller.queue.clear();
  const answer = sink.close();
  clearAlgorithms(controller);
  react(
    answer,
    () => writableStreamFinishInFlightClose(stream),
    (error) => writableStreamFinishInFlightCloseWithError(stream, error),
  );
}

// streams.spec.whatwg.org/#writable-stream-default-controller-process-write
function processWrite(controller, chunk) {
  bindWrites(controller);
  writableStreamMarkFirstWriteRequestInFlight(controller.stream);
  react(controller.sink.write(chunk, controller), controller.written, controller.writeFailed);
}

function bindWrites(controller) {
  if (controller.written === null) {
    controller.written = () => writeEnded(controller);
    controller.writeFailed = (error) => writeEndedWithError(controller, error);
  }
}

// What follows once the sink has written the chunk.
function writeEnded(controller) {
  const { queue, stream } = controller;
  const endsItself = stream.inFlightWriteRequest === ENDS_ITSELF;
  writableStreamFinishInFlightWrite(stream);
  // streams.spec.whatwg.org/#dequeue-value, unless a queue in error was reset meanwhile.
  queue.shift();
  controller.queueTotalSize -= controller.sized ? queue.shift() : 1;
  if (controller.queueTotalSize < 0) {
    // Rounding errors.
    controller.queueTotalSize = 0;
  }
  if (stream.state === WRITABLE && !closeQueuedOrInFlight(stream)) {
    writableStreamUpdateBackpressure(stream, getBackpressure(controller), endsItself);
  }
  advanceQueueIfNeeded(controller);
}

function writeEndedWithError(controller, error) {
  const { stream } = controller;
  if (stream.state === WRITABLE) {
    clearAlgorithms(controller);
  }
  writableStreamFinishInFlightWriteWithError(stream, error);
}

// streams.spec.whatwg.org/#writable-stream-default-controller-write
function writableStreamDefaultControllerWrite(controller, chunk, size) {
  const { queue, stream } = controller;
  if (controller.sized) {
    try {
      checkSize(size);
    } catch (error) {
      writableStreamDefaultControllerErrorIfNeeded(controller, error);
      return;
    }
    queue.push(chunk);
    queue.push(size);
  } else {
    queue.push(chunk);
  }
  controller.queueTotalSize += size;
  if (stream.state === WRITABLE && !closeQueuedOrInFlight(stream)) {
    writableStreamUpdateBackpressure(stream, getBackpressure(controller));
  }
  advanceQueueIfNeeded(controller);
}

// A program's write to a stream that is writable: the promise of it. Where nothing else is to be written first and the
// sink writes at once, the promise is that of the reaction in which the write ends, so that it costs no other.
function writeForProgram(controller, chunk, size) {
  const { queue, stream } = controller;
  if (!controller.started || controller.sized || queue.length > 0) {
    // streams.spec.whatwg.org/#writable-stream-add-write-request
    const request = new WriteRequest();
    stream.writeRequests.push(request);
    writableStreamDefaultControllerWrite(controller, chunk, size);
    return request.promise;
  }
  queue.push(chunk);
  controller.queueTotalSize = size;
  writableStreamUpdateBackpressure(stream, getBackpressure(controller));
  bindWrites(controller);
  stream.inFlightWriteRequest = ENDS_ITSELF;
  const answer = controller.sink.write(chunk, controller);
  if (answer === undefined) {
    return PromisePrototypeThen(resolved, controller.written);
  }
  const request = new WriteRequest();
  stream.inFlightWriteRequest = request;
  react(answer, controller.written, controller.writeFailed);
  return request.promise;
}

// streams.spec.whatwg.org/#set-up-writable-stream-default-controller, up to where the start algorithm is run; what it
// answers goes to reactToStart.
function makeController(stream, sink, highWaterMark, sizeAlgorithm) {
  const controller = new WritableControllerState(stream, sink, highWaterMark, sizeAlgorithm);
  stream.controller = controller;
  writableStreamUpdateBackpressure(stream, getBackpressure(controller));
  return controller;
}

function shellOf(controller) {
  return (controller.shell ??= new WritableStreamDefaultController(internal, controller));
}

defineInterface(WritableStreamDefaultController);

exports.WritableStreamDefaultController = WritableStreamDefaultController;
exports.getDesiredSize = getDesiredSize;
exports.makeController = makeController;
exports.shellOf = shellOf;
exports.writableStreamDefaultControllerErrorIfNeeded = writableStreamDefaultControllerErrorIfNeeded;
exports.writeForProgram = writeForProgram;
exports.writableStreamDefaultControllerWrite = writableStreamDefaultControllerWrite;
