"use strict";

// streams.spec.whatwg.org/#ws-class

const { PromiseReject, ReflectApply, TypeError } = primordials;
const { defineInterface, fallBack, illegalInvocation, internal, isObject } =
  require("webidl/interface");
const { lazily } = require("lazily");
const { reactToStart, rejectReceiver } = require("streams/promises");
const { extractHighWaterMark, extractSizeAlgorithm, toStrategy } =
  require("streams/queuing_strategy");
const { WritableState, whyNotClosable, writableStreamAbort, writableStreamClose } =
  require("streams/writable_state");
const { makeController, shellOf: controllerShell } =
  require("streams/writable_stream_default_controller");
const { WRITABLE_STREAM, register: registerTransferable } = require("clone/transferable");

const sinks = lazily("streams/underlying_sink");
const writers = lazily("streams/writable_stream_default_writer");

let isWritableStream;
let peekState;

class WritableStream {
  #state;

  constructor(underlyingSink = undefined, strategy = undefined) {
    if (underlyingSink === internal) {
      this.#state = strategy;
      return;
    }
    const prefix = "Failed to construct 'WritableStream'";
    if (underlyingSink !== undefined && !isObject(underlyingSink)) {
      throw new TypeError(`${prefix}: parameter 1 is not an object.`);
    }
    const given = toStrategy(strategy, "Failed to construct 'WritableStream': parameter 2");
    const sink = sinks().toSink(underlyingSink, "Failed to construct 'WritableStream': parameter 1");
    const state = new WritableState();
    state.shell = this;
    this.#state = state;
    fallBack(this, new.target, WritableStream);
    setUp(state, sink, given);
  }

  static {
    isWritableStream = (value) => isObject(value) && #state in value;
    peekState = (stream) => stream.#state;
  }

  get locked() {
    return stateOf(this).writer !== null;
  }

  // streams.spec.whatwg.org/#ws-abort
  abort(reason = undefined) {
    if (!isWritableStream(this)) {
      return rejectReceiver();
    }
    return this.#state.writer === null
      ? writableStreamAbort(this.#state, reason)
      : rejectLocked("abort");
  }

  // streams.spec.whatwg.org/#ws-close
  close() {
    if (!isWritableStream(this)) {
      return rejectReceiver();
    }
    const state = this.#state;
    if (state.writer !== null) {
      return rejectLocked("close");
    }
    const error = whyNotClosable(state);
    return error === null ? writableStreamClose(state) : PromiseReject(error);
  }

  // streams.spec.whatwg.org/#ws-get-writer
  getWriter() {
    return writers().makeWriter(stateOf(this));
  }
}

function rejectLocked(operation) {
  return PromiseReject(
    new TypeError(
      `Failed to execute '${operation}' on 'WritableStream': the stream is locked to a writer.`,
    ),
  );
}

function stateOf(value) {
  return isWritableStream(value) ? peekState(value) : illegalInvocation();
}

function toState(value, context) {
  if (!isWritableStream(value)) {
    throw new TypeError(`${context} is not of type 'WritableStream'.`);
  }
  return peekState(value);
}

function shellOf(state) {
  return (state.shell ??= new WritableStream(internal, state));
}

// streams.spec.whatwg.org/#set-up-writable-stream-default-controller-from-underlying-sink
function setUp(state, sink, strategy) {
  const size = extractSizeAlgorithm(strategy);
  const highWaterMark = extractHighWaterMark(strategy, 1);
  const controller = makeController(state, sink, highWaterMark, size);
  const { startCallback } = sink;
  const value =
    startCallback === undefined
      ? undefined
      : ReflectApply(startCallback, sink.object, [controllerShell(controller)]);
  reactToStart(controller, value);
}

// streams.spec.whatwg.org/#create-writable-stream
// The sink is as in writable_stream_default_controller.js.
// Its controller is to be started: reactToStart in promises.js.
function createState(sink, highWaterMark, sizeAlgorithm) {
  const state = new WritableState();
  makeController(state, sink, highWaterMark, sizeAlgorithm);
  return state;
}

defineInterface(WritableStream, ["locked"]);

registerTransferable({
  __proto__: null,
  tag: WRITABLE_STREAM,
  isInstance: isWritableStream,
  steps: () => require("streams/transfer").writable,
});

exports.WritableStream = WritableStream;
exports.createState = createState;
exports.peekState = peekState;
exports.shellOf = shellOf;
exports.toState = toState;
