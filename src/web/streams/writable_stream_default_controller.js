"use strict";

// streams.spec.whatwg.org/#ws-default-controller-class

const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
} = require("webidl/interface");
const { react } = require("streams/promises");
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

// streams.spec.whatwg.org/#close-sentinel
const CLOSE = { __proto__: null };

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
  written = () => writeEnded(this);
  writeFailed = (error) => writeEndedWithError(this, error);
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
      require("events/abort_signal").signalAbort(this.signal, reason);
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
    const { createSignal, signalAbort } = require("events/abort_signal");
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
  writableStreamMarkFirstWriteRequestInFlight(controller.stream);
  react(controller.sink.write(chunk, controller), controller.written, controller.writeFailed);
}

// What follows once the sink has written the chunk.
function writeEnded(controller) {
  const { queue, stream } = controller;
  writableStreamFinishInFlightWrite(stream);
  // streams.spec.whatwg.org/#dequeue-value, unless a queue in error was reset meanwhile.
  queue.shift();
  controller.queueTotalSize -= controller.sized ? queue.shift() : 1;
  if (controller.queueTotalSize < 0) {
    // Rounding errors.
    controller.queueTotalSize = 0;
  }
  if (stream.state === WRITABLE && !closeQueuedOrInFlight(stream)) {
    writableStreamUpdateBackpressure(stream, getBackpressure(controller));
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

// streams.spec.whatwg.org/#set-up-writable-stream-default-controller, up to where the start algorithm is run.
function makeController(stream, sink, highWaterMark, sizeAlgorithm) {
  const controller = new WritableControllerState(stream, sink, highWaterMark, sizeAlgorithm);
  stream.controller = controller;
  writableStreamUpdateBackpressure(stream, getBackpressure(controller));
  return controller;
}

// The steps that follow.
function controllerStarted(controller, answer) {
  react(
    answer,
    () => {
      controller.started = true;
      advanceQueueIfNeeded(controller);
    },
    (error) => {
      controller.started = true;
      writableStreamDealWithRejection(controller.stream, error);
    },
  );
}

function shellOf(controller) {
  return (controller.shell ??= new WritableStreamDefaultController(internal, controller));
}

defineInterface(WritableStreamDefaultController);

exports.WritableStreamDefaultController = WritableStreamDefaultController;
exports.controllerStarted = controllerStarted;
exports.getDesiredSize = getDesiredSize;
exports.makeController = makeController;
exports.shellOf = shellOf;
exports.writableStreamDefaultControllerErrorIfNeeded = writableStreamDefaultControllerErrorIfNeeded;
exports.writableStreamDefaultControllerWrite = writableStreamDefaultControllerWrite;
