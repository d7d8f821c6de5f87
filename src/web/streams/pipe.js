"use strict";

// streams.spec.whatwg.org/#readable-stream-pipe-to
//
// A pipe reads and writes by states of its own, on which no program can wait,
// so that a chunk costs no promise: the pipe is its own read request and write
// request, for all chunks.

const { PromiseResolve, TypeError } = primordials;
const { isObject } = require("webidl/interface");
const { dictionaryObject } = require("webidl/dictionary");
const { lazily } = require("lazily");
const { Deferred, later, then } = require("streams/promises");
const { CLOSED, ERRORED, READABLE, readableStreamCancel, releaseReader } =
  require("streams/readable_state");
const { acquireReader } = require("streams/readable_stream_default_reader");
const writables = require("streams/writable_state");
const { acquireWriter, releaseWriter, writableStreamDefaultWriterCloseWithErrorPropagation } =
  require("streams/writable_stream_default_writer");
const { getDesiredSize, writableStreamDefaultControllerWrite } =
  require("streams/writable_stream_default_controller");

const signals = lazily("events/abort_signal");
const readableStreams = lazily("streams/readable_stream");
const writableStreams = lazily("streams/writable_stream");

// streams.spec.whatwg.org/#dictdef-streampipeoptions
class PipeOptions {
  preventAbort = false;
  preventCancel = false;
  preventClose = false;
  signal = null;
}

function toPipeOptions(value, context) {
  const options = new PipeOptions();
  const object = dictionaryObject(value, context);
  if (object === null) {
    return options;
  }
  options.preventAbort = !!object.preventAbort;
  options.preventCancel = !!object.preventCancel;
  options.preventClose = !!object.preventClose;
  const { signal } = object;
  if (signal !== undefined) {
    if (!signals().isAbortSignal(signal)) {
      throw new TypeError(`${context}: member signal is not of type 'AbortSignal'.`);
    }
    options.signal = signal;
  }
  return options;
}

// streams.spec.whatwg.org/#dictdef-readablewritablepair
// The shell of the readable side, and the state of the writable one.
function toPair(value, context) {
  if (!isObject(value)) {
    throw new TypeError(`${context} is not an object with a readable and a writable stream.`);
  }
  const { readable } = value;
  readableStreams().toState(readable, `${context}: member readable`);
  const { writable } = value;
  const state = writableStreams().toState(writable, `${context}: member writable`);
  return { __proto__: null, readable, writable: state };
}

class Pipe {
  source;
  destination;
  reader;
  writer;
  options;
  // What takes the pipe off its signal.
  algorithm = null;
  outcome = new Deferred();
  // Whether a read request is among those of the source, and the chunk that it has brought.
  reading = false;
  chunk = undefined;
  // Chunks that are read and not yet written to their end.
  writes = 0;
  shuttingDown = false;
  // What happens once those are written.
  whenWritten = null;
  write = () => this.writeChunk();
  settle = () => this.propagate();

  constructor(source, destination, options) {
    this.source = source;
    this.destination = destination;
    this.options = options;
    this.reader = acquireReader(source);
    this.writer = acquireWriter(destination);
    source.disturbed = true;
    this.reader.watcher = this;
    this.writer.watcher = this;
  }

  start() {
    const { signal } = this.options;
    if (signal !== null) {
      const { abortReason, addAlgorithm, isAborted } = signals();
      if (isAborted(signal)) {
        this.abort(abortReason(signal));
        return;
      }
      this.algorithm = addAlgorithm(signal, (reason) => this.abort(reason));
    }
    this.propagate();
    // Not at once, as a reaction to the writer's readiness.
    later(() => this.pump());
  }

  // Reads and writes while there are chunks and the destination wants them.
  pump() {
    const { destination, source } = this;
    const { controller } = source;
    while (
      !this.shuttingDown &&
      !this.reading &&
      source.state === READABLE &&
      destination.state === writables.WRITABLE &&
      !writables.closeQueuedOrInFlight(destination) &&
      getDesiredSize(destination.controller) > 0
    ) {
      if (!controller.holdsChunk()) {
        this.reading = true;
        controller.pullSteps(this);
        return;
      }
      this.writes++;
      this.pass(controller.takeChunk());
    }
  }

  pass(chunk) {
    const { destination } = this;
    // streams.spec.whatwg.org/#writable-stream-default-writer-write, for a writer that nobody else has.
    const size = destination.controller.chunkSize(chunk);
    if (
      destination.state !== writables.WRITABLE ||
      writables.closeQueuedOrInFlight(destination)
    ) {
      this.written();
      return;
    }
    destination.writeRequests.push(this);
    writableStreamDefaultControllerWrite(destination.controller, chunk, size);
  }

  // As a read request.
  chunkSteps(chunk) {
    this.chunk = chunk;
    this.writes++;
    // Not at once: whoever enqueues a chunk is not to find himself within the sink.
    later(this.write);
  }

  closeSteps() {
    this.reading = false;
  }

  errorSteps() {
    this.reading = false;
  }

  writeChunk() {
    const { chunk } = this;
    this.reading = false;
    this.chunk = undefined;
    this.pass(chunk);
    this.pump();
  }

  // As a write request.
  done() {
    this.written();
  }

  fail() {
    this.written();
  }

  written() {
    if (--this.writes === 0 && this.whenWritten !== null) {
      later(this.whenWritten);
      this.whenWritten = null;
    }
  }

  // The destination wants chunks again.
  destinationReady() {
    this.pump();
  }

  sourceSettled() {
    later(this.settle);
  }

  destinationSettled() {
    later(this.settle);
  }

  // The four conditions under which errors and closing are propagated.
  propagate() {
    const { destination, options, source } = this;
    if (this.shuttingDown) {
      return;
    }
    if (source.state === ERRORED) {
      const error = source.storedError;
      this.shutDown(
        options.preventAbort ? null : () => writables.writableStreamAbort(destination, error),
        true,
        error,
      );
    } else if (destination.state === writables.ERRORED) {
      this.cancelSource(destination.storedError);
    } else if (source.state === CLOSED) {
      this.shutDown(
        options.preventClose
          ? null
          : () => writableStreamDefaultWriterCloseWithErrorPropagation(this.writer),
        false,
        undefined,
      );
    } else if (
      writables.closeQueuedOrInFlight(destination) ||
      destination.state === writables.CLOSED
    ) {
      this.cancelSource(new TypeError("The destination of the pipe is closed."));
    }
  }

  cancelSource(error) {
    const { source } = this;
    this.shutDown(
      this.options.preventCancel ? null : () => readableStreamCancel(source, error),
      true,
      error,
    );
  }

  // The abort algorithm of the signal.
  abort(error) {
    const { destination, options, source } = this;
    const action = () => {
      const aborted =
        !options.preventAbort && destination.state === writables.WRITABLE
          ? writables.writableStreamAbort(destination, error)
          : PromiseResolve(undefined);
      const cancelled =
        !options.preventCancel && source.state === READABLE
          ? readableStreamCancel(source, error)
          : PromiseResolve(undefined);
      return both(aborted, cancelled);
    };
    this.shutDown(action, true, error);
  }

  // streams.spec.whatwg.org/#rs-pipeTo-shutdown-with-action and, where action is null, #rs-pipeTo-shutdown
  shutDown(action, failed, error) {
    if (this.shuttingDown) {
      return;
    }
    this.shuttingDown = true;
    const { destination } = this;
    const step = () => this.act(action, failed, error);
    if (
      destination.state !== writables.WRITABLE ||
      writables.closeQueuedOrInFlight(destination)
    ) {
      step();
    } else if (this.writes > 0) {
      this.whenWritten = step;
    } else {
      later(step);
    }
  }

  act(action, failed, error) {
    if (action === null) {
      this.finish(failed, error);
    } else {
      then(
        action(),
        () => this.finish(failed, error),
        (newError) => this.finish(true, newError),
      );
    }
  }

  // streams.spec.whatwg.org/#rs-pipeTo-finalize
  finish(failed, error) {
    this.writer.watcher = null;
    this.reader.watcher = null;
    releaseWriter(this.writer);
    releaseReader(this.reader);
    if (this.algorithm !== null) {
      signals().removeAlgorithm(this.options.signal, this.algorithm);
    }
    if (failed) {
      this.outcome.reject(error);
    } else {
      this.outcome.resolve(undefined);
    }
  }
}

// webidl.spec.whatwg.org/#waiting-for-all-promise, for two promises without values.
function both(first, second) {
  const { promise, reject, resolve } = new Deferred();
  let left = 2;
  const fulfilled = () => {
    if (--left === 0) {
      resolve(undefined);
    }
  };
  then(first, fulfilled, reject);
  then(second, fulfilled, reject);
  return promise;
}

// Neither stream is locked.
function pipe(source, destination, options) {
  const made = new Pipe(source, destination, options);
  made.start();
  return made.outcome.promise;
}

exports.PipeOptions = PipeOptions;
exports.pipe = pipe;
exports.toPair = toPair;
exports.toPipeOptions = toPipeOptions;
