"use strict";

// html.spec.whatwg.org/multipage/webappapis.html#event-handlers
//
// What stands behind attributes such as `onabort`. A target's handlers are a
// linked list in its state.

const { ReflectApply, globalThis } = primordials;
const { isObject } = require("webidl/interface");
const { cancel } = require("events/event");
const { makeState, peekState } = require("events/event_target");
const { Listener, append, remove } = require("events/listeners");

class Handler {
  type;
  value = null;
  listener = null;
  next = null;

  constructor(type) {
    this.type = type;
  }
}

// html.spec.whatwg.org/multipage/webappapis.html#the-event-handler-processing-algorithm
exports.processHandler = (handler, target, event, state) => {
  const callback = handler.value;
  // [LegacyTreatNonObjectAsNull]: any object is accepted, and one that cannot
  // be called does nothing.
  if (typeof callback !== "function") {
    return;
  }
  if (target === globalThis && state.type === "error") {
    const { handlerArguments, isErrorEvent } = require("events/error_event");
    if (isErrorEvent(event)) {
      if (ReflectApply(callback, target, handlerArguments(event)) === true) {
        cancel(state);
      }
      return;
    }
  }
  if (ReflectApply(callback, target, [event]) === false) {
    cancel(state);
  }
};

function findHandler(state, type) {
  let handler = state.handlers;
  while (handler !== null && handler.type !== type) {
    handler = handler.next;
  }
  return handler;
}

// The getter of an event handler IDL attribute:
// html.spec.whatwg.org/multipage/webappapis.html#event-handler-idl-attributes
exports.getHandler = (target, type) => {
  const state = peekState(target);
  return state === null ? null : (findHandler(state, type)?.value ?? null);
};

// The setter. The handler's listener keeps its place while the value changes;
// null takes it away ("deactivate an event handler").
exports.setHandler = (target, type, value) => {
  const callback = isObject(value) ? value : null;
  const state = callback === null ? peekState(target) : makeState(target);
  if (state === null) {
    return;
  }
  let handler = findHandler(state, type);
  if (handler === null) {
    if (callback === null) {
      return;
    }
    handler = new Handler(type);
    handler.next = state.handlers;
    state.handlers = handler;
  }
  handler.value = callback;
  if (callback === null) {
    if (handler.listener !== null) {
      remove(state, type, handler.listener);
      handler.listener = null;
    }
  } else if (handler.listener === null) {
    // No callback of a program's is equal to the handler.
    handler.listener = new Listener(handler, false, false, false);
    handler.listener.handler = handler;
    append(state, type, handler.listener);
  }
};
