"use strict";

// streams.spec.whatwg.org/#generic-reader-mixin and #readable-stream-reader-abstract-ops
//
// The slots that both kinds of readers have. A pipe or a tee reads by such a
// state too, without a reader that a program could see.

const { PromiseReject, PromiseResolve, TypeError } = primordials;
const { lazily } = require("lazily");
const { Deferred, markHandled, rejectedHandled } = require("streams/promises");
const { ChunkQueue } = require("streams/chunk_queue");

const states = lazily("streams/readable_state");

class ReaderState {
  // Null once the reader is released.
  stream = null;
  byob;
  // [[readRequests]] or [[readIntoRequests]]. Such a request has chunkSteps(chunk), closeSteps() and errorSteps(error).
  requests = new ChunkQueue();
  // [[closedPromise]], made when somebody asks for it; and while it is pending, what settles it.
  closedPromise = null;
  closedPending = null;
  // Told that the stream has closed or failed, as a reaction to the promise would be: an object with sourceSettled().
  watcher = null;

  constructor(byob) {
    this.byob = byob;
  }
}

const releasedError = () => new TypeError("The reader was released.");

// streams.spec.whatwg.org/#generic-reader-closed
function closedPromise(reader) {
  return (reader.closedPromise ??= makeClosedPromise(reader));
}

function makeClosedPromise(reader) {
  const { stream } = reader;
  if (stream === null) {
    return rejectedHandled(releasedError());
  }
  // The state as readable_state.js has it: readable, closed, errored.
  if (stream.state === 0) {
    reader.closedPending = new Deferred();
    return reader.closedPending.promise;
  }
  return stream.state === 1 ? PromiseResolve(undefined) : rejectedHandled(stream.storedError);
}

// The stream has closed.
function settleClosed(reader) {
  const { closedPending } = reader;
  if (closedPending !== null) {
    reader.closedPending = null;
    closedPending.resolve(undefined);
  }
  reader.watcher?.sourceSettled();
}

// The stream has failed.
function failClosed(reader, error) {
  rejectPending(reader, error);
  reader.watcher?.sourceSettled();
}

// The part of #readable-stream-reader-generic-release about the promise. A settled one is made anew when it is asked
// for.
function releaseClosed(reader) {
  if (reader.closedPending === null) {
    reader.closedPromise = null;
  } else {
    rejectPending(reader, releasedError());
  }
}

function rejectPending(reader, error) {
  const { closedPending } = reader;
  if (closedPending !== null) {
    reader.closedPending = null;
    markHandled(closedPending.promise);
    closedPending.reject(error);
  }
}

// streams.spec.whatwg.org/#generic-reader-cancel
function cancelReader(reader, reason, prefix) {
  if (reader.stream === null) {
    return PromiseReject(new TypeError(`${prefix}: the reader was released.`));
  }
  return states().readableStreamCancel(reader.stream, reason);
}

exports.ReaderState = ReaderState;
exports.cancelReader = cancelReader;
exports.closedPromise = closedPromise;
exports.failClosed = failClosed;
exports.releaseClosed = releaseClosed;
exports.settleClosed = settleClosed;
