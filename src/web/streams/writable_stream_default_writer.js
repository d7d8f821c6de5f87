"use strict";

// streams.spec.whatwg.org/#default-writer-class

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
const { Deferred, later, markHandled, rejectReceiver, rejectedHandled } = require("streams/promises");
const {
  CLOSED,
  ERRORED,
  ERRORING,
  WRITABLE,
  closeQueuedOrInFlight,
  whyNotClosable,
  writableStreamAbort,
  writableStreamClose,
} = require("streams/writable_state");
const { getDesiredSize, writeForProgram } =
  require("streams/writable_stream_default_controller");

const streams = lazily("streams/writable_stream");

class WriterState {
  // Null once the writer is released.
  stream;
  // [[readyPromise]] and [[closedPromise]], made when somebody asks for them; and while they are pending, what settles
  // them.
  readyPromise = null;
  readyPending = null;
  closedPromise = null;
  closedPending = null;
  // A pipe: it is told by destinationReady() and destinationSettled() what the promises would say.
  watcher = null;
  releasedErrorMade = null;

  constructor(stream) {
    this.stream = stream;
  }

  // One for both promises.
  releasedError() {
    return (this.releasedErrorMade ??= new TypeError("The writer was released."));
  }

  // streams.spec.whatwg.org/#default-writer-ready
  ready() {
    return (this.readyPromise ??= this.makeReady());
  }

  makeReady() {
    const { stream } = this;
    if (stream === null) {
      return rejectedHandled(this.releasedError());
    }
    const { state } = stream;
    if (state === ERRORING || state === ERRORED) {
      return rejectedHandled(stream.storedError);
    }
    if (state === WRITABLE && stream.backpressure && !closeQueuedOrInFlight(stream)) {
      this.readyPending = new Deferred();
      return this.readyPending.promise;
    }
    return PromiseResolve(undefined);
  }

  // streams.spec.whatwg.org/#default-writer-closed
  closed() {
    return (this.closedPromise ??= this.makeClosed());
  }

  makeClosed() {
    const { stream } = this;
    if (stream === null) {
      return rejectedHandled(this.releasedError());
    }
    switch (stream.state) {
      case CLOSED:
        return PromiseResolve(undefined);
      case ERRORED:
        return rejectedHandled(stream.storedError);
      default:
        this.closedPending = new Deferred();
        return this.closedPending.promise;
    }
  }

  // There is backpressure anew.
  resetReady() {
    this.readyPromise = null;
  }

  settleReady(late) {
    const { readyPending } = this;
    if (readyPending !== null) {
      this.readyPending = null;
      if (late) {
        later(() => readyPending.resolve(undefined));
      } else {
        readyPending.resolve(undefined);
      }
    }
    this.watcher?.destinationReady();
  }

  // streams.spec.whatwg.org/#writable-stream-default-writer-ensure-ready-promise-rejected
  failReady(error) {
    const { readyPending } = this;
    if (readyPending === null) {
      this.readyPromise = rejectedHandled(error);
      return;
    }
    this.readyPending = null;
    markHandled(readyPending.promise);
    readyPending.reject(error);
  }

  settleClosed() {
    const { closedPending } = this;
    if (closedPending !== null) {
      this.closedPending = null;
      closedPending.resolve(undefined);
    }
    this.watcher?.destinationSettled();
  }

  failClosed(error) {
    this.ensureClosedPromiseRejected(error);
    this.watcher?.destinationSettled();
  }

  // streams.spec.whatwg.org/#writable-stream-default-writer-ensure-closed-promise-rejected
  // Without a pending one, it is made when somebody asks for it.
  ensureClosedPromiseRejected(error) {
    const { closedPending } = this;
    if (closedPending === null) {
      this.closedPromise = null;
      return;
    }
    this.closedPending = null;
    markHandled(closedPending.promise);
    closedPending.reject(error);
  }
}

let isWriter;
let peekState;

class WritableStreamDefaultWriter {
  #state;

  constructor(stream) {
    if (stream === internal) {
      this.#state = arguments[1];
      return;
    }
    const prefix = "Failed to construct 'WritableStreamDefaultWriter'";
    requireArguments(arguments.length, 1, prefix);
    this.#state = acquireWriter(
      streams().toState(stream, `${prefix}: parameter 1`),
    );
    fallBack(this, new.target, WritableStreamDefaultWriter);
  }

  static {
    isWriter = (value) => isObject(value) && #state in value;
    peekState = (writer) => writer.#state;
  }

  get closed() {
    return isWriter(this) ? this.#state.closed() : rejectReceiver();
  }

  // streams.spec.whatwg.org/#default-writer-desired-size
  get desiredSize() {
    const { stream } = stateOf(this);
    if (stream === null) {
      throw new TypeError(
        "Failed to read 'desiredSize' of 'WritableStreamDefaultWriter': the writer was released.",
      );
    }
    return writableStreamDefaultWriterGetDesiredSize(stream);
  }

  get ready() {
    return isWriter(this) ? this.#state.ready() : rejectReceiver();
  }

  // streams.spec.whatwg.org/#default-writer-abort
  abort(reason = undefined) {
    if (!isWriter(this)) {
      return rejectReceiver();
    }
    const { stream } = this.#state;
    return stream === null ? rejectReleased("abort") : writableStreamAbort(stream, reason);
  }

  // streams.spec.whatwg.org/#default-writer-close
  close() {
    if (!isWriter(this)) {
      return rejectReceiver();
    }
    const { stream } = this.#state;
    return stream === null ? rejectReleased("close") : writableStreamDefaultWriterClose(stream);
  }

  // streams.spec.whatwg.org/#default-writer-release-lock
  releaseLock() {
    const state = stateOf(this);
    if (state.stream !== null) {
      releaseWriter(state);
    }
  }

  // streams.spec.whatwg.org/#default-writer-write
  write(chunk = undefined) {
    if (!isWriter(this)) {
      return rejectReceiver();
    }
    const state = this.#state;
    return state.stream === null
      ? rejectReleased("write")
      : writableStreamDefaultWriterWrite(state, chunk);
  }
}

const stateOf = (value) => (isWriter(value) ? peekState(value) : illegalInvocation());

function rejectReleased(operation) {
  return PromiseReject(
    new TypeError(
      `Failed to execute '${operation}' on 'WritableStreamDefaultWriter': the writer was released.`,
    ),
  );
}

// streams.spec.whatwg.org/#writable-stream-default-writer-close
function writableStreamDefaultWriterClose(stream) {
  const error = whyNotClosable(stream);
  return error === null ? writableStreamClose(stream) : PromiseReject(error);
}

// streams.spec.whatwg.org/#writable-stream-default-writer-close-with-error-propagation
function writableStreamDefaultWriterCloseWithErrorPropagation(writer) {
  const { stream } = writer;
  if (closeQueuedOrInFlight(stream) || stream.state === CLOSED) {
    return PromiseResolve(undefined);
  }
  return stream.state === ERRORED
    ? PromiseReject(stream.storedError)
    : writableStreamDefaultWriterClose(stream);
}

// streams.spec.whatwg.org/#writable-stream-default-writer-get-desired-size
function writableStreamDefaultWriterGetDesiredSize(stream) {
  const { state } = stream;
  if (state === ERRORED || state === ERRORING) {
    return null;
  }
  return state === CLOSED ? 0 : getDesiredSize(stream.controller);
}

// streams.spec.whatwg.org/#writable-stream-default-writer-write
function writableStreamDefaultWriterWrite(writer, chunk) {
  const { stream } = writer;
  const { controller } = stream;
  const size = controller.chunkSize(chunk);
  // The size function may have done anything.
  if (stream !== writer.stream) {
    return rejectReleased("write");
  }
  const { state } = stream;
  if (state === ERRORED) {
    return PromiseReject(stream.storedError);
  }
  if (closeQueuedOrInFlight(stream) || state === CLOSED) {
    return PromiseReject(
      new TypeError(
        "Failed to execute 'write' on 'WritableStreamDefaultWriter': the stream is closed or is being closed.",
      ),
    );
  }
  if (state === ERRORING) {
    return PromiseReject(stream.storedError);
  }
  return writeForProgram(controller, chunk, size);
}

// streams.spec.whatwg.org/#writable-stream-default-writer-release
function releaseWriter(writer) {
  const { stream } = writer;
  // What nobody has asked for is made when somebody does: an error costs more than the rest of a writer.
  if (writer.readyPending === null) {
    writer.readyPromise = null;
  } else {
    writer.failReady(writer.releasedError());
  }
  if (writer.closedPending === null) {
    writer.closedPromise = null;
  } else {
    writer.ensureClosedPromiseRejected(writer.releasedError());
  }
  stream.writer = null;
  writer.stream = null;
}

// streams.spec.whatwg.org/#set-up-writable-stream-default-writer
function acquireWriter(stream) {
  if (stream.writer !== null) {
    throw new TypeError("The stream is locked to a writer already.");
  }
  const writer = new WriterState(stream);
  stream.writer = writer;
  return writer;
}

defineInterface(WritableStreamDefaultWriter);

exports.WritableStreamDefaultWriter = WritableStreamDefaultWriter;
exports.acquireWriter = acquireWriter;
exports.makeWriter = (stream) => new WritableStreamDefaultWriter(internal, acquireWriter(stream));
exports.releaseWriter = releaseWriter;
exports.writableStreamDefaultWriterCloseWithErrorPropagation =
  writableStreamDefaultWriterCloseWithErrorPropagation;
