"use strict";

// streams.spec.whatwg.org/#byob-reader-class

const {
  ArrayBufferPrototypeGetByteLength,
  ArrayBufferPrototypeGetDetached,
  PromiseReject,
  RangeError,
  TypeError,
} = primordials;
const {
  defineInterface,
  fallBack,
  illegalInvocation,
  internal,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { arrayBufferView, viewBuffer, viewByteLength } = require("webidl/buffer");
const { dictionaryObject } = require("webidl/dictionary");
const { unsignedLongLong } = require("webidl/integer");
const { lazily } = require("lazily");
const { Deferred, rejectReceiver } = require("streams/promises");
const { ReaderState, cancelReader, closedPromise } = require("streams/generic_reader");
const { ERRORED, attachReader, releaseReader } = require("streams/readable_state");
const { readableByteStreamControllerPullInto } = require("streams/byob");
const { kindOf } = require("streams/pull_into");

const streams = lazily("streams/readable_stream");

// The read-into request of a program.
class ReadIntoRequest extends Deferred {
  chunkSteps(chunk) {
    this.resolve({ value: chunk, done: false });
  }

  closeSteps(chunk) {
    this.resolve({ value: chunk, done: true });
  }

  errorSteps(error) {
    this.reject(error);
  }
}

class ReadableStreamBYOBReader {
  #state;

  constructor(stream) {
    if (stream === internal) {
      this.#state = arguments[1];
      return;
    }
    const prefix = "Failed to construct 'ReadableStreamBYOBReader'";
    requireArguments(arguments.length, 1, prefix);
    this.#state = acquireBYOBReader(
      streams().toState(stream, `${prefix}: parameter 1`),
    );
    fallBack(this, new.target, ReadableStreamBYOBReader);
  }

  // streams.spec.whatwg.org/#byob-reader-read
  read(view, options = undefined) {
    if (!isObject(this) || !(#state in this)) {
      return rejectReceiver();
    }
    try {
      requireArguments(arguments.length, 1, readPrefix);
      arrayBufferView(
        view,
        "Failed to execute 'read' on 'ReadableStreamBYOBReader': parameter 1",
      );
      const min = toMin(options);
      checkView(view, min);
      return read(this.#state, view, min);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  // streams.spec.whatwg.org/#byob-reader-release-lock
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
      ? cancelReader(this.#state, reason, "Failed to execute 'cancel' on 'ReadableStreamBYOBReader'")
      : rejectReceiver();
  }
}

const readPrefix = "Failed to execute 'read' on 'ReadableStreamBYOBReader'";

// streams.spec.whatwg.org/#dictdef-readablestreambyobreaderreadoptions
function toMin(options) {
  const object = dictionaryObject(
    options,
    "Failed to execute 'read' on 'ReadableStreamBYOBReader': parameter 2",
  );
  const min = object?.min;
  return min === undefined
    ? 1
    : unsignedLongLong(
        min,
        "Failed to execute 'read' on 'ReadableStreamBYOBReader': member min",
        "enforce",
      );
}

function checkView(view, min) {
  const buffer = viewBuffer(view);
  if (ArrayBufferPrototypeGetDetached(buffer)) {
    throw new TypeError(`${readPrefix}: the view's buffer is detached.`);
  }
  const byteLength = viewByteLength(view);
  if (byteLength === 0 || ArrayBufferPrototypeGetByteLength(buffer) === 0) {
    throw new TypeError(`${readPrefix}: the view is empty.`);
  }
  if (min === 0) {
    throw new TypeError(`${readPrefix}: member min is 0.`);
  }
  if (min * kindOf(view).size > byteLength) {
    throw new RangeError(`${readPrefix}: the view has no room for ${min} elements.`);
  }
}

function read(reader, view, min) {
  if (reader.stream === null) {
    throw new TypeError(`${readPrefix}: the reader was released.`);
  }
  const request = new ReadIntoRequest();
  readableStreamBYOBReaderRead(reader, view, min, request);
  return request.promise;
}

// streams.spec.whatwg.org/#readable-stream-byob-reader-read
function readableStreamBYOBReaderRead(reader, view, min, request) {
  const { stream } = reader;
  stream.disturbed = true;
  if (stream.state === ERRORED) {
    request.errorSteps(stream.storedError);
  } else {
    readableByteStreamControllerPullInto(stream.controller, view, min, request);
  }
}

// streams.spec.whatwg.org/#set-up-readable-stream-byob-reader
function acquireBYOBReader(stream) {
  if (stream.reader !== null) {
    throw new TypeError("The stream is locked to a reader already.");
  }
  if (!(stream.controller.ofBytes)) {
    throw new TypeError("The stream is not one of bytes.");
  }
  const reader = new ReaderState(true);
  attachReader(reader, stream);
  return reader;
}

defineInterface(ReadableStreamBYOBReader);

exports.ReadableStreamBYOBReader = ReadableStreamBYOBReader;
exports.acquireBYOBReader = acquireBYOBReader;
exports.makeReader = (stream) => new ReadableStreamBYOBReader(internal, acquireBYOBReader(stream));
exports.readableStreamBYOBReaderRead = readableStreamBYOBReaderRead;
