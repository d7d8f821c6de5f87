"use strict";

// dom.spec.whatwg.org/#interface-eventtarget

const { TypeError, globalThis } = primordials;
const { op_report_exception } = ops;
const {
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { callOperation } = require("webidl/callback");
const { AT_TARGET, NONE, isEvent, stateOf } = require("events/event");
const { Listener, TargetState, append, find, first, newest, remove } = require("events/listeners");

// The global object is an EventTarget that no constructor of ours has made.
let globalState = null;

let isEventTarget;
let peekState;
let makeState;

class EventTarget {
  #state = null;

  constructor() {
    fallBack(this, new.target, EventTarget);
  }

  static {
    isEventTarget = (value) => isObject(value) && (#state in value || value === globalThis);
    peekState = (target) => (target === globalThis ? globalState : target.#state);
    makeState = (target) =>
      target === globalThis
        ? (globalState ??= new TargetState())
        : (target.#state ??= new TargetState());
  }

  // dom.spec.whatwg.org/#dom-eventtarget-addeventlistener
  addEventListener(type, callback, options = undefined) {
    const target = receiver(this);
    const prefix = "Failed to execute 'addEventListener' on 'EventTarget'";
    requireArguments(arguments.length, 2, prefix);
    const typeString = DOMString(
      type,
      "Failed to execute 'addEventListener' on 'EventTarget': parameter 1",
    );
    const listener = toListener(callback, prefix);
    let capture = false;
    let passive = false;
    let once = false;
    let signal = null;
    if (isObject(options)) {
      // dom.spec.whatwg.org/#event-flatten-more
      capture = !!options.capture;
      once = !!options.once;
      // No type of event here is one that is passive by default.
      passive = !!options.passive;
      const member = options.signal;
      if (member !== undefined) {
        signal = toSignal(member, prefix);
      }
    } else {
      capture = !!options;
    }
    if (listener !== null) {
      addListener(target, typeString, listener, capture, passive, once, signal);
    }
  }

  // dom.spec.whatwg.org/#dom-eventtarget-removeeventlistener
  removeEventListener(type, callback, options = undefined) {
    const target = receiver(this);
    const prefix = "Failed to execute 'removeEventListener' on 'EventTarget'";
    requireArguments(arguments.length, 2, prefix);
    const typeString = DOMString(
      type,
      "Failed to execute 'removeEventListener' on 'EventTarget': parameter 1",
    );
    const listener = toListener(callback, prefix);
    const capture = isObject(options) ? !!options.capture : !!options;
    const state = peekState(target);
    if (state === null) {
      return;
    }
    const found = find(state, typeString, listener, capture);
    if (found !== null) {
      remove(state, typeString, found);
    }
  }

  // dom.spec.whatwg.org/#dom-eventtarget-dispatchevent
  dispatchEvent(event) {
    const target = receiver(this);
    const prefix = "Failed to execute 'dispatchEvent' on 'EventTarget'";
    requireArguments(arguments.length, 1, prefix);
    if (!isEvent(event)) {
      throw new TypeError(`${prefix}: parameter 1 is not of type 'Event'.`);
    }
    const state = stateOf(event);
    if (state.dispatching || !state.initialized) {
      throw require("dom/dom_exception").create(
        `${prefix}: the event is already being dispatched.`,
        "InvalidStateError",
      );
    }
    state.isTrusted = false;
    return dispatch(target, event, state);
  }
}

// webidl.spec.whatwg.org/#dfn-create-operation-function: a call without a
// receiver means the global object.
function receiver(value) {
  if (value === undefined || value === null) {
    return globalThis;
  }
  return isEventTarget(value) ? value : illegalInvocation();
}

function toListener(value, prefix) {
  if (value === undefined || value === null) {
    return null;
  }
  if (!isObject(value)) {
    throw new TypeError(`${prefix}: parameter 2 is not of type 'Object'.`);
  }
  return value;
}

function toSignal(value, prefix) {
  // Required here because whoever has a signal has paid for its file already.
  if (!require("events/abort_signal").isAbortSignal(value)) {
    throw new TypeError(`${prefix}: member signal is not of type 'AbortSignal'.`);
  }
  return value;
}

// dom.spec.whatwg.org/#add-an-event-listener
function addListener(target, type, callback, capture, passive, once, signal) {
  const abort = signal === null ? null : require("events/abort_signal");
  if (abort !== null && abort.isAborted(signal)) {
    return;
  }
  const state = makeState(target);
  if (find(state, type, callback, capture) !== null) {
    return;
  }
  const listener = new Listener(callback, capture, passive, once);
  append(state, type, listener);
  if (abort !== null) {
    const algorithm = abort.addAlgorithm(signal, () => {
      listener.forgetSignal = null;
      remove(state, type, listener);
    });
    listener.forgetSignal = () => abort.removeAlgorithm(signal, algorithm);
  }
}

// dom.spec.whatwg.org/#concept-event-dispatch
// Targets have no parents here, so the path is the target alone, which is
// visited twice: for its capturing listeners, then for the others.
function dispatch(target, event, state) {
  const targetState = peekState(target);
  state.target = target;
  if (targetState !== null && targetState.count > 0) {
    state.dispatching = true;
    state.eventPhase = AT_TARGET;
    state.currentTarget = target;
    invoke(target, targetState, event, state, true);
    invoke(target, targetState, event, state, false);
    state.eventPhase = NONE;
    state.currentTarget = null;
    state.dispatching = false;
  }
  state.stopPropagation = false;
  state.stopImmediatePropagation = false;
  return !state.canceled;
}

// dom.spec.whatwg.org/#concept-event-listener-invoke and
// #concept-event-listener-inner-invoke
function invoke(target, targetState, event, state, capture) {
  if (state.stopPropagation) {
    return;
  }
  const { type } = state;
  const last = newest();
  for (
    let listener = first(targetState, type);
    listener !== null && listener.order <= last;
    listener = listener.next
  ) {
    if (listener.removed || listener.capture !== capture) {
      continue;
    }
    if (listener.once) {
      remove(targetState, type, listener);
    }
    state.inPassiveListener = listener.passive;
    try {
      if (listener.handler === null) {
        callOperation(listener.callback, "handleEvent", target, [event]);
      } else {
        const { processHandler } = require("events/event_handler");
        processHandler(listener.handler, target, event, state);
      }
    } catch (error) {
      op_report_exception(error);
    }
    state.inPassiveListener = false;
    if (state.stopImmediatePropagation) {
      return;
    }
  }
}

// dom.spec.whatwg.org/#concept-event-fire, for an event that is made already.
exports.fire = (target, event) => {
  const state = stateOf(event);
  state.isTrusted = true;
  return dispatch(target, event, state);
};

// Whether firing an event of this type could have any effect.
exports.hasListeners = (target, type) => {
  const state = peekState(target);
  return state !== null && first(state, type) !== null;
};

exports.watchListeners = (target, watcher) => {
  makeState(target).watcher = watcher;
};

defineInterface(EventTarget);

exports.EventTarget = EventTarget;
exports.isEventTarget = isEventTarget;
exports.makeState = makeState;
exports.peekState = peekState;
exports.receiver = receiver;
