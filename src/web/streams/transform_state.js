"use strict";

// streams.spec.whatwg.org/#ts-abstract-ops
//
// A TransformStream's state is the source of its readable side and the sink of
// its writable side at once. [[backpressureChangePromise]] is two marks: what
// waits for it is at most one pull and one write, and each goes on in a
// microtask of its own when the backpressure changes.

const { Deferred, PENDING, hide, later, react, reactToStart, resolvedWith } =
  require("streams/promises");
const { ERRORED } = require("streams/readable_state");
const readables = require("streams/readable_stream_default_controller");
const writables = require("streams/writable_state");
const {
  writableStreamDefaultControllerErrorIfNeeded,
} = require("streams/writable_stream_default_controller");

class TransformState {
  // States of the two sides, and of the TransformStreamDefaultController.
  readable = null;
  writable = null;
  controller;
  backpressure = true;
  pulls = true;
  // Whether a pull waits for backpressure, and a write for there being none.
  pullWaits = false;
  writeWaits = false;
  chunk = undefined;
  // What follows; one function for all chunks.
  resumeWrite = null;
  transformFailed = null;
  // What a transformer of an internal file does once more output is wanted, or none any more.
  wanted = null;

  constructor(controller) {
    this.controller = controller;
    controller.stream = this;
  }

  // What settles [[startPromise]]. A promise that is resolved with it settles two turns of reactions later, and theirs
  // is the third.
  start(value) {
    const readable = this.readable.controller;
    const writable = this.writable.controller;
    if (value !== undefined) {
      // One's start is resolved with it, which asks it for `then`.
      const started = hide(resolvedWith(value));
      reactToStart(writable, started);
      reactToStart(readable, started);
      return;
    }
    let turns = 0;
    const step = () => {
      if (++turns < 3) {
        later(step);
      } else {
        writable.startSucceeded();
        readable.startSucceeded();
      }
    };
    later(step);
  }

  // streams.spec.whatwg.org/#transform-stream-default-source-pull-algorithm
  pull() {
    this.pullWaits = true;
    setBackpressure(this, false);
    return PENDING;
  }

  // streams.spec.whatwg.org/#transform-stream-default-source-cancel
  cancel(reason) {
    const { controller, writable } = this;
    if (controller.finish !== null) {
      // A flush that waits for the reader would do so for ever.
      resumeWanted(this);
      return controller.finish.promise;
    }
    const finish = new Deferred();
    controller.finish = finish;
    const answer = controller.cancel(reason);
    clearAlgorithms(controller);
    react(
      answer,
      () => {
        if (writable.state === writables.ERRORED) {
          finish.reject(writable.storedError);
          return;
        }
        writableStreamDefaultControllerErrorIfNeeded(writable.controller, reason);
        unblockWrite(this);
        finish.resolve(undefined);
      },
      (error) => {
        writableStreamDefaultControllerErrorIfNeeded(writable.controller, error);
        unblockWrite(this);
        finish.reject(error);
      },
    );
    return finish.promise;
  }

  // streams.spec.whatwg.org/#transform-stream-default-sink-write-algorithm
  write(chunk) {
    if (this.backpressure || isCancelling(this)) {
      this.writeWaits = true;
      this.chunk = chunk;
      return PENDING;
    }
    return this.performTransform(chunk);
  }

  writeAfterBackpressure() {
    const { controller } = this.writable;
    if (this.writable.state === writables.ERRORING) {
      this.chunk = undefined;
      controller.writeFailed(this.writable.storedError);
      return;
    }
    if (isCancelling(this)) {
      this.writeWaits = true;
      return;
    }
    const { chunk } = this;
    this.chunk = undefined;
    if (this.performTransform(chunk) === undefined) {
      controller.written();
    }
  }

  // streams.spec.whatwg.org/#transform-stream-default-controller-perform-transform
  // What has to be done in case of an error is done along with the failing of the write.
  performTransform(chunk) {
    const answer = this.controller.transform(chunk);
    if (answer === undefined) {
      return undefined;
    }
    this.transformFailed ??= (error) => {
      transformStreamError(this, error);
      this.writable.controller.writeFailed(error);
    };
    react(answer, this.writable.controller.written, this.transformFailed);
    return PENDING;
  }

  // streams.spec.whatwg.org/#transform-stream-default-sink-abort-algorithm
  abort(reason) {
    const { controller, readable } = this;
    if (controller.finish !== null) {
      return controller.finish.promise;
    }
    const finish = new Deferred();
    controller.finish = finish;
    const answer = controller.cancel(reason);
    clearAlgorithms(controller);
    react(
      answer,
      () => {
        if (readable.state === ERRORED) {
          finish.reject(readable.storedError);
          return;
        }
        readables.readableStreamDefaultControllerError(readable.controller, reason);
        finish.resolve(undefined);
      },
      (error) => {
        readables.readableStreamDefaultControllerError(readable.controller, error);
        finish.reject(error);
      },
    );
    return finish.promise;
  }

  // streams.spec.whatwg.org/#transform-stream-default-sink-close-algorithm
  close() {
    const { controller, readable } = this;
    if (controller.finish !== null) {
      return controller.finish.promise;
    }
    const finish = new Deferred();
    controller.finish = finish;
    const answer = controller.flush();
    clearAlgorithms(controller);
    react(
      answer,
      () => {
        if (readable.state === ERRORED) {
          finish.reject(readable.storedError);
          return;
        }
        readables.readableStreamDefaultControllerClose(readable.controller);
        finish.resolve(undefined);
      },
      (error) => {
        readables.readableStreamDefaultControllerError(readable.controller, error);
        finish.reject(error);
      },
    );
    return finish.promise;
  }
}

// differs: what is written while the stream is being cancelled, the standard gives to an algorithm that it has cleared.
// Here the write fails with the stream, as one that waits for the reader does.
function isCancelling(stream) {
  return stream.controller.transformer === null;
}

// streams.spec.whatwg.org/#transform-stream-default-controller-clear-algorithms
function clearAlgorithms(controller) {
  controller.transformer = null;
}

// streams.spec.whatwg.org/#transform-stream-error
function transformStreamError(stream, error) {
  readables.readableStreamDefaultControllerError(stream.readable.controller, error);
  transformStreamErrorWritableAndUnblockWrite(stream, error);
}

// streams.spec.whatwg.org/#transform-stream-error-writable-and-unblock-write
function transformStreamErrorWritableAndUnblockWrite(stream, error) {
  clearAlgorithms(stream.controller);
  writableStreamDefaultControllerErrorIfNeeded(stream.writable.controller, error);
  unblockWrite(stream);
}

// streams.spec.whatwg.org/#transform-stream-unblock-write
function unblockWrite(stream) {
  if (stream.backpressure || stream.writeWaits) {
    setBackpressure(stream, false);
  }
}

// streams.spec.whatwg.org/#transform-stream-set-backpressure
function setBackpressure(stream, backpressure) {
  stream.backpressure = backpressure;
  if (backpressure) {
    if (stream.pullWaits) {
      stream.pullWaits = false;
      readables.pullEndsLater(stream.readable.controller);
    }
    return;
  }
  if (stream.writeWaits) {
    stream.writeWaits = false;
    later((stream.resumeWrite ??= () => stream.writeAfterBackpressure()));
  }
  resumeWanted(stream);
}

function resumeWanted(stream) {
  if (stream.wanted !== null) {
    const { wanted } = stream;
    stream.wanted = null;
    later(wanted);
  }
}

exports.TransformState = TransformState;
exports.resumeWanted = resumeWanted;
exports.setBackpressure = setBackpressure;
exports.transformStreamError = transformStreamError;
exports.transformStreamErrorWritableAndUnblockWrite = transformStreamErrorWritableAndUnblockWrite;
