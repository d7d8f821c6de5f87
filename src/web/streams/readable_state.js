"use strict";

// streams.spec.whatwg.org/#rs-abstract-ops
//
// The slots of a ReadableStream and what is done to them. Everything inside
// works on this state; a ReadableStream is a shell around it, made when a
// program is to see one.

const { PromiseReject, PromiseResolve, TypeError } = primordials;
const { descend, enter, fromTop, isDeep, leave } = require("streams/depth");
const { Deferred, promiseOf, react } = require("streams/promises");
const { failClosed, releaseClosed, settleClosed } = require("streams/generic_reader");

const READABLE = 0;
const CLOSED = 1;
const ERRORED = 2;

class ReadableState {
  state = READABLE;
  storedError = undefined;
  disturbed = false;
  // A ReaderState. The stream is locked (#is-readable-stream-locked) while there is one.
  reader = null;
  controller = null;
  shell = null;
}

// streams.spec.whatwg.org/#readable-stream-cancel
function readableStreamCancel(stream, reason) {
  stream.disturbed = true;
  if (stream.state === CLOSED) {
    return PromiseResolve(undefined);
  }
  if (stream.state === ERRORED) {
    return PromiseReject(stream.storedError);
  }
  readableStreamClose(stream);
  const { reader } = stream;
  if (reader !== null && reader.byob) {
    const { requests } = reader;
    while (requests.length > 0) {
      requests.shift().closeSteps(undefined);
    }
  }
  if (!isDeep()) {
    return promiseOf(cancelSteps(stream.controller, reason));
  }
  const { promise, reject, resolve } = new Deferred();
  fromTop(() => {
    react(cancelSteps(stream.controller, reason), () => resolve(undefined), reject);
  });
  return promise;
}

function cancelSteps(controller, reason) {
  enter();
  const answer = controller.cancelSteps(reason);
  leave();
  return answer;
}

// streams.spec.whatwg.org/#readable-stream-close
function readableStreamClose(stream) {
  stream.state = CLOSED;
  const { reader } = stream;
  if (reader === null) {
    return;
  }
  settleClosed(reader);
  if (!reader.byob && reader.requests.length > 0) {
    descend(closeRequests, reader);
  }
}

function closeRequests({ requests }) {
  while (requests.length > 0) {
    requests.shift().closeSteps();
  }
}

// streams.spec.whatwg.org/#readable-stream-error
function readableStreamError(stream, error) {
  stream.state = ERRORED;
  stream.storedError = error;
  const { reader } = stream;
  if (reader === null) {
    return;
  }
  failClosed(reader, error);
  errorRequests(reader, error);
}

// streams.spec.whatwg.org/#abstract-opdef-readablestreamdefaultreadererrorreadrequests and
// #abstract-opdef-readablestreambyobreadererrorreadintorequests
function errorRequests(reader, error) {
  const { requests } = reader;
  // Those that come meanwhile are not among them.
  for (let left = requests.length; left > 0 && requests.length > 0; left--) {
    requests.shift().errorSteps(error);
  }
}

// streams.spec.whatwg.org/#readable-stream-reader-generic-initialize
function attachReader(reader, stream) {
  if (stream.reader !== null) {
    throw new TypeError("The stream is locked to a reader already.");
  }
  reader.stream = stream;
  stream.reader = reader;
}

// streams.spec.whatwg.org/#readable-stream-reader-generic-release, with the read requests failed as
// #abstract-opdef-readablestreamdefaultreaderrelease and #abstract-opdef-readablestreambyobreaderrelease say.
function releaseReader(reader) {
  const { stream } = reader;
  releaseClosed(reader);
  stream.controller.releaseSteps();
  stream.reader = null;
  reader.stream = null;
  if (reader.requests.length > 0) {
    errorRequests(reader, new TypeError("The reader was released."));
  }
}

exports.CLOSED = CLOSED;
exports.ERRORED = ERRORED;
exports.READABLE = READABLE;
exports.ReadableState = ReadableState;
exports.attachReader = attachReader;
exports.readableStreamCancel = readableStreamCancel;
exports.readableStreamClose = readableStreamClose;
exports.readableStreamError = readableStreamError;
exports.releaseReader = releaseReader;
