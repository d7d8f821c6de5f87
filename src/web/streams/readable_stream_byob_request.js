"use strict";

// streams.spec.whatwg.org/#rs-byob-request-class

const { ArrayBufferPrototypeGetDetached, TypeError } = primordials;
const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { arrayBufferView, viewBuffer } = require("webidl/buffer");
const { unsignedLongLong } = require("webidl/integer");
const {
  readableByteStreamControllerRespond,
  readableByteStreamControllerRespondWithNewView,
} = require("streams/byob");

class RequestState {
  // Both null once the request is invalidated.
  controller;
  view;
  shell = null;

  constructor(controller, view) {
    this.controller = controller;
    this.view = view;
  }
}

let stateOf;

class ReadableStreamBYOBRequest {
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

  get view() {
    return stateOf(this).view;
  }

  // streams.spec.whatwg.org/#rs-byob-request-respond
  respond(bytesWritten) {
    const state = stateOf(this);
    const prefix = "Failed to execute 'respond' on 'ReadableStreamBYOBRequest'";
    requireArguments(arguments.length, 1, prefix);
    const number = unsignedLongLong(
      bytesWritten,
      "Failed to execute 'respond' on 'ReadableStreamBYOBRequest': parameter 1",
      "enforce",
    );
    checkValid(state, prefix);
    if (ArrayBufferPrototypeGetDetached(viewBuffer(state.view))) {
      throw new TypeError(`${prefix}: the request's buffer is detached.`);
    }
    readableByteStreamControllerRespond(state.controller, number);
  }

  // streams.spec.whatwg.org/#rs-byob-request-respond-with-new-view
  respondWithNewView(view) {
    const state = stateOf(this);
    const prefix = "Failed to execute 'respondWithNewView' on 'ReadableStreamBYOBRequest'";
    requireArguments(arguments.length, 1, prefix);
    arrayBufferView(
      view,
      "Failed to execute 'respondWithNewView' on 'ReadableStreamBYOBRequest': parameter 1",
    );
    checkValid(state, prefix);
    if (ArrayBufferPrototypeGetDetached(viewBuffer(view))) {
      throw new TypeError(`${prefix}: the view's buffer is detached.`);
    }
    readableByteStreamControllerRespondWithNewView(state.controller, view);
  }
}

function checkValid(state, prefix) {
  if (state.controller === null) {
    throw new TypeError(`${prefix}: the request was answered already, or its bytes came otherwise.`);
  }
}

defineInterface(ReadableStreamBYOBRequest);

exports.ReadableStreamBYOBRequest = ReadableStreamBYOBRequest;
exports.makeRequest = (controller, view) => new RequestState(controller, view);
exports.shellOf = (state) => (state.shell ??= new ReadableStreamBYOBRequest(internal, state));
