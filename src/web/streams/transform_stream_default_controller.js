"use strict";

// streams.spec.whatwg.org/#ts-default-controller-class

const { TypeError } = primordials;
const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
} = require("webidl/interface");
const { CLOSED, ERRORED, READABLE } = require("streams/readable_state");
const { getDesiredSize } = require("streams/pulling");
const {
  canCloseOrEnqueue,
  hasBackpressure,
  readableStreamDefaultControllerClose,
  readableStreamDefaultControllerEnqueue,
} = require("streams/readable_stream_default_controller");
const writables = require("streams/writable_state");
const {
  resumeWanted,
  setBackpressure,
  transformStreamError,
  transformStreamErrorWritableAndUnblockWrite,
} = require("streams/transform_state");

// A transformer has transform(chunk, controller), flush(controller) and cancel(reason), which answer as promises.js
// says, but never PENDING.
class TransformControllerState {
  stream = null;
  transformer;
  // [[finishPromise]], a Deferred.
  finish = null;
  shell = null;

  constructor(transformer) {
    this.transformer = transformer;
  }

  transform(chunk) {
    return this.transformer.transform(chunk, this);
  }

  flush() {
    return this.transformer.flush(this);
  }

  // differs: where the stream has failed or was terminated, the standard performs an algorithm that it has cleared.
  cancel(reason) {
    return this.transformer === null ? undefined : this.transformer.cancel(reason);
  }

  // streams.spec.whatwg.org/#transform-stream-default-controller-enqueue
  enqueue(chunk) {
    const { stream } = this;
    const { controller } = stream.readable;
    if (!canCloseOrEnqueue(controller)) {
      const { state } = stream.readable;
      throw new TypeError(
        state === ERRORED
          ? "The readable side of the TransformStream has failed."
          : state === CLOSED
            ? "The readable side of the TransformStream is closed."
            : "The readable side of the TransformStream is to be closed.",
      );
    }
    try {
      readableStreamDefaultControllerEnqueue(controller, chunk);
    } catch (error) {
      transformStreamErrorWritableAndUnblockWrite(stream, error);
      throw stream.readable.storedError;
    }
    const backpressure = hasBackpressure(controller);
    if (backpressure !== stream.backpressure) {
      setBackpressure(stream, true);
    }
  }

  // Whether the readable side has room for another chunk, or is at its end. Internal files that have more than one
  // chunk to enqueue ask for it.
  isWanted() {
    return !this.stream.backpressure;
  }

  // Calls `goOn` in a microtask once that is so, or the stream is given up. One at a time may wait.
  whenWanted(goOn) {
    const { stream } = this;
    stream.wanted = goOn;
    stream.writable.controller.aborting ??= () => resumeWanted(stream);
  }

  // Whether the writable side was aborted, or has failed.
  isAborted() {
    const { state } = this.stream.writable;
    return state === writables.ERRORING || state === writables.ERRORED;
  }

  abortReason() {
    return this.stream.writable.storedError;
  }

  // Whether nobody is to have what comes.
  isGivenUp() {
    return this.stream.readable.state !== READABLE || this.isAborted();
  }

  // streams.spec.whatwg.org/#transform-stream-default-controller-error
  error(error) {
    transformStreamError(this.stream, error);
  }

  // streams.spec.whatwg.org/#transform-stream-default-controller-terminate
  terminate() {
    const { stream } = this;
    readableStreamDefaultControllerClose(stream.readable.controller);
    const error = new TypeError("The TransformStream was terminated.");
    transformStreamErrorWritableAndUnblockWrite(stream, error);
  }
}

let stateOf;

class TransformStreamDefaultController {
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

  // streams.spec.whatwg.org/#ts-default-controller-desired-size
  get desiredSize() {
    return getDesiredSize(stateOf(this).stream.readable.controller);
  }

  // streams.spec.whatwg.org/#ts-default-controller-enqueue
  enqueue(chunk = undefined) {
    stateOf(this).enqueue(chunk);
  }

  // streams.spec.whatwg.org/#ts-default-controller-error
  error(reason = undefined) {
    stateOf(this).error(reason);
  }

  // streams.spec.whatwg.org/#ts-default-controller-terminate
  terminate() {
    stateOf(this).terminate();
  }
}

function shellOf(controller) {
  return (controller.shell ??= new TransformStreamDefaultController(internal, controller));
}

defineInterface(TransformStreamDefaultController);

exports.TransformControllerState = TransformControllerState;
exports.TransformStreamDefaultController = TransformStreamDefaultController;
exports.shellOf = shellOf;
