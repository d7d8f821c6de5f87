"use strict";

// streams.spec.whatwg.org/#rbs-controller-class

const { ArrayBufferPrototypeGetByteLength, TypeError, Uint8Array } = primordials;
const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { arrayBufferView, viewBuffer, viewByteLength } = require("webidl/buffer");
const { READABLE } = require("streams/readable_state");
const { getDesiredSize } = require("streams/pulling");
const {
  readableByteStreamControllerClose,
  readableByteStreamControllerEnqueue,
  readableByteStreamControllerError,
} = require("streams/byte_controller");
const byobRequests = require("streams/readable_stream_byob_request");

let stateOf;

class ReadableByteStreamController {
  #state;

  constructor(token = undefined, state = undefined) {
    if (token !== internal) {
      illegalConstructor();
    }
    this.#state = state;
  }

  static {
    stateOf = (value) => (isObject(value) && #state in value ? value.#state : illegalInvocation());
  }

  // streams.spec.whatwg.org/#rbs-controller-byob-request
  get byobRequest() {
    const request = getBYOBRequest(stateOf(this));
    return request === null ? null : byobRequests.shellOf(request);
  }

  // streams.spec.whatwg.org/#rbs-controller-desired-size
  get desiredSize() {
    return getDesiredSize(stateOf(this));
  }

  // streams.spec.whatwg.org/#rbs-controller-close
  close() {
    const state = stateOf(this);
    checkOpen(state, "Failed to execute 'close' on 'ReadableByteStreamController'");
    readableByteStreamControllerClose(state);
  }

  // streams.spec.whatwg.org/#rbs-controller-enqueue
  enqueue(chunk) {
    const state = stateOf(this);
    const prefix = "Failed to execute 'enqueue' on 'ReadableByteStreamController'";
    requireArguments(arguments.length, 1, prefix);
    arrayBufferView(
      chunk,
      "Failed to execute 'enqueue' on 'ReadableByteStreamController': parameter 1",
    );
    if (ArrayBufferPrototypeGetByteLength(viewBuffer(chunk)) === 0) {
      throw new TypeError(`${prefix}: the chunk's buffer is empty or detached.`);
    }
    if (viewByteLength(chunk) === 0) {
      throw new TypeError(`${prefix}: the chunk is empty.`);
    }
    checkOpen(state, prefix);
    readableByteStreamControllerEnqueue(state, chunk);
  }

  // streams.spec.whatwg.org/#rbs-controller-error
  error(e = undefined) {
    readableByteStreamControllerError(stateOf(this), e);
  }
}

function checkOpen(controller, prefix) {
  if (controller.closeRequested) {
    throw new TypeError(`${prefix}: the stream is to be closed.`);
  }
  if (controller.stream.state !== READABLE) {
    throw new TypeError(`${prefix}: the stream is closed or has failed.`);
  }
}

// streams.spec.whatwg.org/#abstract-opdef-readablebytestreamcontrollergetbyobrequest
function getBYOBRequest(controller) {
  const { pendingPullIntos } = controller;
  if (controller.byobRequest === null && pendingPullIntos.length > 0) {
    const first = pendingPullIntos.peek();
    const { bytesFilled } = first;
    const view = new Uint8Array(
      first.buffer,
      first.byteOffset + bytesFilled,
      first.byteLength - bytesFilled,
    );
    controller.byobRequest = byobRequests.makeRequest(controller, view);
  }
  return controller.byobRequest;
}

function shellOf(controller) {
  return (controller.shell ??= new ReadableByteStreamController(internal, controller));
}

defineInterface(ReadableByteStreamController);

exports.ReadableByteStreamController = ReadableByteStreamController;
exports.getBYOBRequest = getBYOBRequest;
exports.shellOf = shellOf;
