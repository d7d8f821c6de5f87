"use strict";

// streams.spec.whatwg.org/#abstract-opdef-readablebytestreamtee

const { lazily } = require("lazily");
const { descend } = require("streams/depth");
const { Deferred, hide, later, reactToStart } = require("streams/promises");
const { ERRORED, readableStreamCancel, releaseReader } = require("streams/readable_state");
const { acquireReader, readableStreamDefaultReaderRead } =
  require("streams/readable_stream_default_reader");
const { acquireBYOBReader, readableStreamBYOBReaderRead } =
  require("streams/readable_stream_byob_reader");
const { getBYOBRequest } = require("streams/readable_byte_stream_controller");
const {
  readableByteStreamControllerClose,
  readableByteStreamControllerEnqueue,
  readableByteStreamControllerError,
} = require("streams/byte_controller");
const {
  readableByteStreamControllerRespond,
  readableByteStreamControllerRespondWithNewView,
} = require("streams/byob");
const { cloneAsUint8Array } = require("streams/pull_into");

const streams = lazily("streams/readable_stream");

class Branch {
  pulls = true;
  tee;
  stream = null;
  cancelled = false;
  reason = undefined;
  readAgain = false;

  constructor(tee) {
    this.tee = tee;
  }

  pull() {
    this.tee.pull(this);
  }

  cancel(reason) {
    this.cancelled = true;
    this.reason = reason;
    return this.tee.cancelled();
  }

  close() {
    if (!this.cancelled) {
      readableByteStreamControllerClose(this.stream.controller);
    }
  }

  error(error) {
    readableByteStreamControllerError(this.stream.controller, error);
  }

  // Answers a view that waits with no bytes.
  respondEmpty() {
    const { controller } = this.stream;
    if (controller.pendingPullIntos.length > 0) {
      readableByteStreamControllerRespond(controller, 0);
    }
  }
}

// The read request of #abstract-opdef-readablebytestreamtee's pullWithDefaultReader.
class DefaultRead {
  tee;

  constructor(tee) {
    this.tee = tee;
  }

  chunkSteps(chunk) {
    // Not at once: errors of the stream have to come first.
    later(() => this.pass(chunk));
  }

  pass(chunk) {
    const { tee } = this;
    const { first, second } = tee;
    first.readAgain = false;
    second.readAgain = false;
    let chunk2 = chunk;
    if (!first.cancelled && !second.cancelled) {
      try {
        chunk2 = cloneAsUint8Array(chunk);
      } catch (error) {
        tee.failBoth(error);
        return;
      }
    }
    if (!first.cancelled) {
      readableByteStreamControllerEnqueue(first.stream.controller, chunk);
    }
    if (!second.cancelled) {
      readableByteStreamControllerEnqueue(second.stream.controller, chunk2);
    }
    tee.readEnded();
  }

  closeSteps() {
    const { tee } = this;
    const { first, second } = tee;
    tee.reading = false;
    first.close();
    second.close();
    first.respondEmpty();
    second.respondEmpty();
    tee.settleCancelling();
  }

  errorSteps() {
    this.tee.reading = false;
  }
}

// The read-into request of its pullWithBYOBReader.
class BYOBRead {
  tee;
  branch;
  other;

  constructor(tee, branch) {
    this.tee = tee;
    this.branch = branch;
    this.other = branch === tee.first ? tee.second : tee.first;
  }

  chunkSteps(chunk) {
    later(() => this.pass(chunk));
  }

  pass(chunk) {
    const { branch, other, tee } = this;
    branch.readAgain = false;
    other.readAgain = false;
    let clone = null;
    if (!other.cancelled) {
      try {
        clone = cloneAsUint8Array(chunk);
      } catch (error) {
        tee.failBoth(error);
        return;
      }
    }
    // differs: the source may have failed since, and with it what the standard would answer here.
    if (!branch.cancelled && branch.stream.state !== ERRORED) {
      readableByteStreamControllerRespondWithNewView(branch.stream.controller, chunk);
    }
    if (clone !== null) {
      readableByteStreamControllerEnqueue(other.stream.controller, clone);
    }
    tee.readEnded();
  }

  closeSteps(chunk) {
    const { branch, other, tee } = this;
    tee.reading = false;
    branch.close();
    other.close();
    if (chunk !== undefined) {
      if (!branch.cancelled) {
        readableByteStreamControllerRespondWithNewView(branch.stream.controller, chunk);
      }
      if (!other.cancelled) {
        other.respondEmpty();
      }
    }
    tee.settleCancelling();
  }

  errorSteps() {
    this.tee.reading = false;
  }
}

const read = (tee, branch) => tee.read(branch);

class Tee {
  stream;
  reader = null;
  first = new Branch(this);
  second = new Branch(this);
  reading = false;
  cancelling = new Deferred();

  constructor(stream) {
    this.stream = stream;
    this.useReader(acquireReader(stream));
  }

  // Also forwardReaderError.
  useReader(reader) {
    this.reader = reader;
    reader.watcher = this;
    this.sourceSettled();
  }

  sourceSettled() {
    const { reader, stream } = this;
    if (stream.state === ERRORED) {
      later(() => {
        if (reader === this.reader) {
          this.first.error(stream.storedError);
          this.second.error(stream.storedError);
          this.settleCancelling();
        }
      });
    }
  }

  settleCancelling() {
    if (!this.first.cancelled || !this.second.cancelled) {
      this.cancelling.resolve(undefined);
    }
  }

  failBoth(error) {
    this.first.error(error);
    this.second.error(error);
    this.cancelling.resolve(hide(readableStreamCancel(this.stream, error)));
  }

  readEnded() {
    this.reading = false;
    if (this.first.readAgain) {
      this.pull(this.first);
    } else if (this.second.readAgain) {
      this.pull(this.second);
    }
  }

  pull(branch) {
    if (this.reading) {
      branch.readAgain = true;
      return;
    }
    this.reading = true;
    descend(read, this, branch);
  }

  read(branch) {
    const request = getBYOBRequest(branch.stream.controller);
    if (request === null) {
      this.pullWithDefaultReader();
    } else {
      this.pullWithBYOBReader(request.view, branch);
    }
  }

  pullWithDefaultReader() {
    if (this.reader.byob) {
      releaseReader(this.reader);
      this.useReader(acquireReader(this.stream));
    }
    readableStreamDefaultReaderRead(this.reader, new DefaultRead(this));
  }

  pullWithBYOBReader(view, branch) {
    if (!this.reader.byob) {
      releaseReader(this.reader);
      this.useReader(acquireBYOBReader(this.stream));
    }
    readableStreamBYOBReaderRead(this.reader, view, 1, new BYOBRead(this, branch));
  }

  cancelled() {
    const { first, second } = this;
    if (first.cancelled && second.cancelled) {
      const reasons = [first.reason, second.reason];
      this.cancelling.resolve(hide(readableStreamCancel(this.stream, reasons)));
    }
    return this.cancelling.promise;
  }
}

exports.readableByteStreamTee = (stream) => {
  const { createByteState } = streams();
  const tee = new Tee(stream);
  const { first, second } = tee;
  first.stream = createByteState(first);
  second.stream = createByteState(second);
  reactToStart(first.stream.controller, undefined);
  reactToStart(second.stream.controller, undefined);
  return { __proto__: null, first: first.stream, second: second.stream };
};
