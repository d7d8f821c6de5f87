"use strict";

// streams.spec.whatwg.org/#rs-default-controller-class

const { TypeError } = primordials;
const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
} = require("webidl/interface");
const { lazily } = require("lazily");
const { later } = require("streams/promises");
const { ChunkQueue } = require("streams/chunk_queue");
const { callPullIfNeeded, getDesiredSize, resetQueue, shouldCallPull } =
  require("streams/pulling");
const { checkSize } = require("streams/queuing_strategy");
const {
  CLOSED,
  ERRORED,
  READABLE,
  readableStreamClose,
  readableStreamError,
} = require("streams/readable_state");

const ownings = lazily("streams/owning");

// A source has pull(controller) and cancel(reason), which answer as promises.js
// says, and `pulls`, whether there is anything to pull.
class DefaultControllerState {
  ofBytes = false;
  // Whether the stream's type is that of owning.js.
  owning = false;
  stream;
  source;
  pulls;
  // [[queue]]. Where it is sized, each chunk is followed by its size; otherwise every size is 1.
  queue = new ChunkQueue();
  queueTotalSize = 0;
  sized;
  sizeAlgorithm;
  strategyHWM;
  started = false;
  closeRequested = false;
  pulling = false;
  pullAgain = false;
  // What is done when a pull has ended. One function for all pulls.
  pulled = null;
  pullFailed = null;
  shell = null;

  constructor(stream, source, highWaterMark, sizeAlgorithm) {
    this.stream = stream;
    this.source = source;
    this.pulls = source.pulls;
    this.strategyHWM = highWaterMark;
    this.sized = sizeAlgorithm !== null;
    this.sizeAlgorithm = sizeAlgorithm;
  }

  // streams.spec.whatwg.org/#rs-default-controller-private-cancel
  cancelSteps(reason) {
    resetQueue(this);
    const { source } = this;
    clearAlgorithms(this);
    return source.cancel(reason);
  }

  // streams.spec.whatwg.org/#rs-default-controller-private-pull
  pullSteps(request) {
    if (this.queue.length > 0) {
      request.chunkSteps(this.takeChunk());
    } else {
      this.stream.reader.requests.push(request);
      callPullIfNeeded(this);
    }
  }

  // streams.spec.whatwg.org/#abstract-opdef-readablestreamdefaultcontroller-releasesteps
  releaseSteps() {}

  // The end of the set-up: the start algorithm's promise is settled.
  startSucceeded() {
    this.started = true;
    callPullIfNeeded(this);
  }

  startFailed(error) {
    readableStreamDefaultControllerError(this, error);
  }

  // For sources of internal files.
  enqueue(chunk) {
    readableStreamDefaultControllerEnqueue(this, chunk);
  }

  close() {
    readableStreamDefaultControllerClose(this);
  }

  error(reason) {
    readableStreamDefaultControllerError(this, reason);
  }

  desiredSize() {
    return getDesiredSize(this);
  }

  // Whether pullSteps would give a chunk at once.
  holdsChunk() {
    return this.queue.length > 0;
  }

  // That chunk: the part of pullSteps that needs no read request.
  takeChunk() {
    const { queue } = this;
    const chunk = queue.shift();
    // streams.spec.whatwg.org/#dequeue-value
    this.queueTotalSize -= this.sized ? queue.shift() : 1;
    if (this.queueTotalSize < 0) {
      // Rounding errors.
      this.queueTotalSize = 0;
    }
    if (this.closeRequested && queue.length === 0) {
      clearAlgorithms(this);
      readableStreamClose(this.stream);
    } else {
      callPullIfNeeded(this);
    }
    return chunk;
  }
}

let stateOf;

class ReadableStreamDefaultController {
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

  // streams.spec.whatwg.org/#rs-default-controller-desired-size
  get desiredSize() {
    return getDesiredSize(stateOf(this));
  }

  // streams.spec.whatwg.org/#rs-default-controller-close
  close() {
    const state = stateOf(this);
    if (!canCloseOrEnqueue(state)) {
      throw new TypeError(
        "Failed to execute 'close' on 'ReadableStreamDefaultController': " + whyNot(state),
      );
    }
    readableStreamDefaultControllerClose(state);
  }

  // streams.spec.whatwg.org/#rs-default-controller-enqueue
  enqueue(chunk = undefined, options = undefined) {
    const state = stateOf(this);
    if (options !== undefined || state.owning) {
      chunk = ownings().toChunk(state, chunk, options);
    }
    if (!canCloseOrEnqueue(state)) {
      throw new TypeError(
        "Failed to execute 'enqueue' on 'ReadableStreamDefaultController': " + whyNot(state),
      );
    }
    readableStreamDefaultControllerEnqueue(state, chunk);
  }

  // streams.spec.whatwg.org/#rs-default-controller-error
  error(e = undefined) {
    readableStreamDefaultControllerError(stateOf(this), e);
  }
}

function whyNot(controller) {
  const { state } = controller.stream;
  return state === CLOSED
    ? "the stream is closed."
    : state === ERRORED
      ? "the stream has failed."
      : "the stream is to be closed.";
}

// streams.spec.whatwg.org/#readable-stream-default-controller-clear-algorithms
function clearAlgorithms(controller) {
  controller.source = null;
  controller.pulls = false;
  controller.sizeAlgorithm = null;
}

// streams.spec.whatwg.org/#readable-stream-default-controller-close
function readableStreamDefaultControllerClose(controller) {
  if (!canCloseOrEnqueue(controller)) {
    return;
  }
  controller.closeRequested = true;
  if (controller.queue.length === 0) {
    clearAlgorithms(controller);
    readableStreamClose(controller.stream);
  }
}

// streams.spec.whatwg.org/#readable-stream-default-controller-enqueue
function readableStreamDefaultControllerEnqueue(controller, chunk) {
  const { stream } = controller;
  if (stream.state !== READABLE || controller.closeRequested) {
    return;
  }
  const { reader } = stream;
  if (reader !== null && reader.requests.length > 0) {
    // streams.spec.whatwg.org/#readable-stream-fulfill-read-request
    reader.requests.shift().chunkSteps(chunk);
  } else if (!controller.sized) {
    controller.queue.push(chunk);
    controller.queueTotalSize++;
  } else {
    enqueueWithSize(controller, chunk);
  }
  callPullIfNeeded(controller);
}

function enqueueWithSize(controller, chunk) {
  let size;
  try {
    // The size function may have cleared the algorithms; then the chunk has come nevertheless.
    size = controller.sizeAlgorithm(chunk);
    checkSize(size);
  } catch (error) {
    readableStreamDefaultControllerError(controller, error);
    throw error;
  }
  controller.queue.push(chunk);
  controller.queue.push(size);
  controller.queueTotalSize += size;
}

// streams.spec.whatwg.org/#readable-stream-default-controller-error
function readableStreamDefaultControllerError(controller, error) {
  const { stream } = controller;
  if (stream.state !== READABLE) {
    return;
  }
  resetQueue(controller);
  clearAlgorithms(controller);
  readableStreamError(stream, error);
}

// streams.spec.whatwg.org/#rs-default-controller-has-backpressure
const hasBackpressure = (controller) => !shouldCallPull(controller);

// streams.spec.whatwg.org/#readable-stream-default-controller-can-close-or-enqueue
const canCloseOrEnqueue = (controller) =>
  controller.stream.state === READABLE && !controller.closeRequested;

// streams.spec.whatwg.org/#set-up-readable-stream-default-controller, up to where the start algorithm is run; what it
// answers goes to reactToStart.
function makeController(stream, source, highWaterMark, sizeAlgorithm) {
  const controller = new DefaultControllerState(stream, source, highWaterMark, sizeAlgorithm);
  stream.controller = controller;
  return controller;
}

function shellOf(controller) {
  return (controller.shell ??= new ReadableStreamDefaultController(internal, controller));
}

defineInterface(ReadableStreamDefaultController);

exports.ReadableStreamDefaultController = ReadableStreamDefaultController;
exports.canCloseOrEnqueue = canCloseOrEnqueue;
exports.hasBackpressure = hasBackpressure;
exports.makeController = makeController;
exports.pullEndsLater = (controller) => {
  if (controller.pulled !== null) {
    later(controller.pulled);
  }
};
exports.readableStreamDefaultControllerClose = readableStreamDefaultControllerClose;
exports.readableStreamDefaultControllerEnqueue = readableStreamDefaultControllerEnqueue;
exports.readableStreamDefaultControllerError = readableStreamDefaultControllerError;
exports.shellOf = shellOf;
