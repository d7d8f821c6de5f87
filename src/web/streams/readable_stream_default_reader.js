"use strict";

// streams.spec.whatwg.org/#default-reader-class

const { PromiseReject, PromiseResolve, TypeError } = primordials;
const {
  defineInterface,
  fallBack,
  illegalInvocation,
  internal,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { lazily } = require("lazily");
const { Deferred, rejectReceiver } = require("streams/promises");
const { ReaderState, cancelReader, closedPromise } = require("streams/generic_reader");
const { CLOSED, ERRORED, attachReader, releaseReader } = require("streams/readable_state");

const streams = lazily("streams/readable_stream");

// The read request of a program.
class ReadRequest extends Deferred {
  chunkSteps(chunk) {
    this.resolve({ value: chunk, done: false });
  }

  closeSteps() {
    this.resolve({ value: undefined, done: true });
  }

  errorSteps(error) {
    this.reject(error);
  }
}

class ReadableStreamDefaultReader {
  #state;

  constructor(stream) {
    if (stream === internal) {
      this.#state = arguments[1];
      return;
    }
    const prefix = "Failed to construct 'ReadableStreamDefaultReader'";
    requireArguments(arguments.length, 1, prefix);
    this.#state = acquireReader(
      streams().toState(stream, `${prefix}: parameter 1`),
    );
    fallBack(this, new.target, ReadableStreamDefaultReader);
  }

  // streams.spec.whatwg.org/#default-reader-read
  read() {
    if (!isObject(this) || !(#state in this)) {
      return rejectReceiver();
    }
    return read(this.#state);
  }

  // streams.spec.whatwg.org/#default-reader-release-lock
  releaseLock() {
    const state = isObject(this) && #state in this ? this.#state : illegalInvocation();
    if (state.stream !== null) {
      releaseReader(state);
    }
  }

  get closed() {
    return isObject(this) && #state in this ? closedPromise(this.#state) : rejectReceiver();
  }

  cancel(reason = undefined) {
    return isObject(this) && #state in this
      ? cancelReader(this.#state, reason, "Failed to execute 'cancel' on 'ReadableStreamDefaultReader'")
      : rejectReceiver();
  }
}

function read(reader) {
  const { stream } = reader;
  if (stream === null) {
    return PromiseReject(
      new TypeError(
        "Failed to execute 'read' on 'ReadableStreamDefaultReader': the reader was released.",
      ),
    );
  }
  stream.disturbed = true;
  const { controller, state } = stream;
  if (state === CLOSED) {
    return PromiseResolve({ value: undefined, done: true });
  }
  if (state === ERRORED) {
    return PromiseReject(stream.storedError);
  }
  if (controller.holdsChunk()) {
    return PromiseResolve({ value: controller.takeChunk(), done: false });
  }
  const request = new ReadRequest();
  controller.pullSteps(request);
  return request.promise;
}

// streams.spec.whatwg.org/#readable-stream-default-reader-read
function readableStreamDefaultReaderRead(reader, request) {
  const { stream } = reader;
  stream.disturbed = true;
  if (stream.state === CLOSED) {
    request.closeSteps();
  } else if (stream.state === ERRORED) {
    request.errorSteps(stream.storedError);
  } else {
    stream.controller.pullSteps(request);
  }
}

// streams.spec.whatwg.org/#acquire-readable-stream-reader, without the shell.
function acquireReader(stream) {
  const reader = new ReaderState(false);
  attachReader(reader, stream);
  return reader;
}

defineInterface(ReadableStreamDefaultReader);

exports.ReadableStreamDefaultReader = ReadableStreamDefaultReader;
exports.acquireReader = acquireReader;
exports.makeReader = (stream) => new ReadableStreamDefaultReader(internal, acquireReader(stream));
exports.readableStreamDefaultReaderRead = readableStreamDefaultReaderRead;
