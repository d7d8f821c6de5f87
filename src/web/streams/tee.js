"use strict";

// streams.spec.whatwg.org/#abstract-opdef-readablestreamdefaulttee

const { op_structured_clone } = ops;
const { lazily } = require("lazily");
const { descend } = require("streams/depth");
const { Deferred, hide, later, reactToStart } = require("streams/promises");
const { ERRORED, readableStreamCancel } = require("streams/readable_state");
const { acquireReader, readableStreamDefaultReaderRead } =
  require("streams/readable_stream_default_reader");
const {
  readableStreamDefaultControllerClose,
  readableStreamDefaultControllerEnqueue,
  readableStreamDefaultControllerError,
} = require("streams/readable_stream_default_controller");

const streams = lazily("streams/readable_stream");

// A branch is a source, whose pull is that of both.
class Branch {
  pulls = true;
  tee;
  stream = null;
  cancelled = false;
  reason = undefined;

  constructor(tee) {
    this.tee = tee;
  }

  pull() {
    this.tee.pull();
  }

  cancel(reason) {
    this.cancelled = true;
    this.reason = reason;
    return this.tee.cancelled();
  }
}

const read = (tee) => readableStreamDefaultReaderRead(tee.reader, tee);

class Tee {
  stream;
  reader;
  cloneForBranch2;
  first = new Branch(this);
  second = new Branch(this);
  reading = false;
  readAgain = false;
  cancelling = new Deferred();
  // The chunk that a read has brought.
  chunk = undefined;
  pass = () => this.passChunk();

  constructor(stream, cloneForBranch2) {
    this.stream = stream;
    this.cloneForBranch2 = cloneForBranch2;
    this.reader = acquireReader(stream);
    this.reader.watcher = this;
  }

  pull() {
    if (this.reading) {
      this.readAgain = true;
      return;
    }
    this.reading = true;
    descend(read, this);
  }

  // As a read request.
  chunkSteps(chunk) {
    this.chunk = chunk;
    // Not at once: errors of the stream have to come first.
    later(this.pass);
  }

  closeSteps() {
    this.reading = false;
    const { first, second } = this;
    if (!first.cancelled) {
      readableStreamDefaultControllerClose(first.stream.controller);
    }
    if (!second.cancelled) {
      readableStreamDefaultControllerClose(second.stream.controller);
    }
    if (!first.cancelled || !second.cancelled) {
      this.cancelling.resolve(undefined);
    }
  }

  errorSteps() {
    this.reading = false;
  }

  passChunk() {
    const { chunk, first, second } = this;
    this.chunk = undefined;
    this.readAgain = false;
    let chunk2 = chunk;
    if (this.cloneForBranch2 && !second.cancelled) {
      try {
        chunk2 = op_structured_clone(chunk);
      } catch (error) {
        readableStreamDefaultControllerError(first.stream.controller, error);
        readableStreamDefaultControllerError(second.stream.controller, error);
        this.cancelling.resolve(hide(readableStreamCancel(this.stream, error)));
        return;
      }
    }
    if (!first.cancelled) {
      readableStreamDefaultControllerEnqueue(first.stream.controller, chunk);
    }
    if (!second.cancelled) {
      readableStreamDefaultControllerEnqueue(second.stream.controller, chunk2);
    }
    this.reading = false;
    if (this.readAgain) {
      this.pull();
    }
  }

  cancelled() {
    const { first, second } = this;
    if (first.cancelled && second.cancelled) {
      const reasons = [first.reason, second.reason];
      this.cancelling.resolve(hide(readableStreamCancel(this.stream, reasons)));
    }
    return this.cancelling.promise;
  }

  // The stream has closed, of which a read tells as well, or failed.
  sourceSettled() {
    if (this.stream.state === ERRORED) {
      later(() => this.fail());
    }
  }

  fail() {
    const { first, second } = this;
    const { storedError } = this.stream;
    readableStreamDefaultControllerError(first.stream.controller, storedError);
    readableStreamDefaultControllerError(second.stream.controller, storedError);
    if (!first.cancelled || !second.cancelled) {
      this.cancelling.resolve(undefined);
    }
  }
}

exports.readableStreamDefaultTee = (stream, cloneForBranch2) => {
  const { createState } = streams();
  const tee = new Tee(stream, cloneForBranch2);
  const { first, second } = tee;
  first.stream = createState(first, 1, null);
  second.stream = createState(second, 1, null);
  first.stream.controller.owning = stream.controller.owning;
  second.stream.controller.owning = stream.controller.owning;
  reactToStart(first.stream.controller, undefined);
  reactToStart(second.stream.controller, undefined);
  if (stream.state === ERRORED) {
    tee.sourceSettled();
  }
  return { __proto__: null, first: first.stream, second: second.stream };
};
