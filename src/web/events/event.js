"use strict";

// dom.spec.whatwg.org/#interface-event

const { ObjectDefineProperty, ReflectGetOwnPropertyDescriptor } = primordials;
const { op_performance_now } = ops;
const {
  defineConstants,
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { dictionaryObject } = require("webidl/dictionary");

const NONE = 0;
const CAPTURING_PHASE = 1;
const AT_TARGET = 2;
const BUBBLING_PHASE = 3;

// The concepts of an event, apart from the object that user code holds, so
// that dispatch needs no accessor and user code cannot interfere.
class EventState {
  type;
  target = null;
  currentTarget = null;
  eventPhase = NONE;
  bubbles;
  cancelable;
  composed;
  isTrusted = false;
  timeStamp;
  // dom.spec.whatwg.org/#stop-propagation-flag and its siblings.
  stopPropagation = false;
  stopImmediatePropagation = false;
  canceled = false;
  inPassiveListener = false;
  initialized = true;
  dispatching = false;

  constructor(type, bubbles, cancelable, composed) {
    this.type = type;
    this.bubbles = bubbles;
    this.cancelable = cancelable;
    this.composed = composed;
    this.timeStamp = op_performance_now();
  }
}

// dom.spec.whatwg.org/#set-the-canceled-flag
function cancel(state) {
  if (state.cancelable && !state.inPassiveListener) {
    state.canceled = true;
  }
}

let isEvent;
let stateOf;

class Event {
  #state;

  constructor(type, eventInitDict = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'Event'");
    const typeString = DOMString(type, "Failed to construct 'Event': parameter 1");
    const init = dictionaryObject(eventInitDict, "Failed to construct 'Event': parameter 2");
    this.#state =
      init === null
        ? new EventState(typeString, false, false, false)
        : new EventState(typeString, !!init.bubbles, !!init.cancelable, !!init.composed);
    ObjectDefineProperty(this, "isTrusted", isTrustedDescriptor);
    fallBack(this, new.target, Event);
  }

  static {
    isEvent = (value) => isObject(value) && #state in value;
    stateOf = (value) => (isEvent(value) ? value.#state : illegalInvocation());
  }

  get type() {
    return stateOf(this).type;
  }

  get target() {
    return stateOf(this).target;
  }

  get srcElement() {
    return stateOf(this).target;
  }

  get currentTarget() {
    return stateOf(this).currentTarget;
  }

  // dom.spec.whatwg.org/#dom-event-composedpath
  // No target here has a parent, so a path has one item, and it is there
  // exactly while a listener may ask.
  composedPath() {
    const { currentTarget } = stateOf(this);
    return currentTarget === null ? [] : [currentTarget];
  }

  get eventPhase() {
    return stateOf(this).eventPhase;
  }

  stopPropagation() {
    stateOf(this).stopPropagation = true;
  }

  get cancelBubble() {
    return stateOf(this).stopPropagation;
  }

  set cancelBubble(value) {
    const state = stateOf(this);
    if (value) {
      state.stopPropagation = true;
    }
  }

  stopImmediatePropagation() {
    const state = stateOf(this);
    state.stopPropagation = true;
    state.stopImmediatePropagation = true;
  }

  get bubbles() {
    return stateOf(this).bubbles;
  }

  get cancelable() {
    return stateOf(this).cancelable;
  }

  get returnValue() {
    return !stateOf(this).canceled;
  }

  set returnValue(value) {
    const state = stateOf(this);
    if (!value) {
      cancel(state);
    }
  }

  preventDefault() {
    cancel(stateOf(this));
  }

  get defaultPrevented() {
    return stateOf(this).canceled;
  }

  get composed() {
    return stateOf(this).composed;
  }

  get timeStamp() {
    return stateOf(this).timeStamp;
  }

  // dom.spec.whatwg.org/#dom-event-initevent
  initEvent(type, bubbles = false, cancelable = false) {
    const state = stateOf(this);
    const prefix = "Failed to execute 'initEvent' on 'Event'";
    requireArguments(arguments.length, 1, prefix);
    const typeString = DOMString(type, "Failed to execute 'initEvent' on 'Event': parameter 1");
    if (!state.dispatching) {
      initialize(state, typeString, !!bubbles, !!cancelable);
    }
  }
}

// dom.spec.whatwg.org/#concept-event-initialize
function initialize(state, type, bubbles, cancelable) {
  state.initialized = true;
  state.stopPropagation = false;
  state.stopImmediatePropagation = false;
  state.canceled = false;
  state.isTrusted = false;
  state.target = null;
  state.type = type;
  state.bubbles = bubbles;
  state.cancelable = cancelable;
}

// [LegacyUnforgeable]: an own accessor of every event, with one getter for all.
const isTrustedDescriptor = {
  __proto__: null,
  get: ReflectGetOwnPropertyDescriptor(
    {
      get isTrusted() {
        return stateOf(this).isTrusted;
      },
    },
    "isTrusted",
  ).get,
  set: undefined,
  enumerable: true,
  configurable: false,
};

defineInterface(Event, ["type", "defaultPrevented", "cancelable", "timeStamp"]);
defineConstants(Event, {
  __proto__: null,
  NONE,
  CAPTURING_PHASE,
  AT_TARGET,
  BUBBLING_PHASE,
});

exports.AT_TARGET = AT_TARGET;
exports.Event = Event;
exports.NONE = NONE;
exports.cancel = cancel;
exports.initialize = initialize;
exports.isEvent = isEvent;
exports.stateOf = stateOf;
