"use strict";

// w3c.github.io/performance-timeline/#dom-performanceobserver

const { ReflectApply, TypeError } = primordials;
const {
  defineInterface,
  fallBack,
  illegalInvocation,
  internal,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { callbackFunction } = require("webidl/callback");
const { dictionaryObject } = require("webidl/dictionary");
const { sequence, toArray } = require("webidl/sequence");
const { List } = require("console/list");
const timeline = require("performance/timeline");

const OBSERVE = "Failed to execute 'observe' on 'PerformanceObserver'";

// w3c.github.io/performance-timeline/#dfn-observer-type
const UNDEFINED = 0;
const SINGLE = 1;
const MULTIPLE = 2;

// The concepts of an observer, apart from the object that the program holds.
class ObserverState {
  observer;
  callback;
  buffer = new List();
  type = UNDEFINED;
  // The types of its options list, without their options, which matter once only.
  types = new List();
  requiresDropped = false;

  constructor(observer, callback) {
    this.observer = observer;
    this.callback = callback;
  }

  observes(type) {
    return this.types.indexOf(type) >= 0;
  }

  take() {
    const { buffer } = this;
    this.buffer = new List();
    return buffer;
  }

  // Step 3.3 of the task that the spec queues.
  notify() {
    if (this.buffer.length === 0) {
      return;
    }
    const {
      PerformanceObserverEntryList,
    } = require("performance/performance_observer_entry_list");
    const entries = new PerformanceObserverEntryList(internal, this.take());
    const options = {};
    if (this.requiresDropped) {
      this.requiresDropped = false;
      // No buffer has a bound, so none has ever dropped an entry.
      options.droppedEntriesCount = 0;
    }
    ReflectApply(this.callback, this.observer, [entries, this.observer, options]);
  }
}

let check;

class PerformanceObserver {
  #state;

  constructor(callback) {
    requireArguments(arguments.length, 1, "Failed to construct 'PerformanceObserver'");
    callbackFunction(callback, "Failed to construct 'PerformanceObserver': parameter 1");
    fallBack(this, new.target, PerformanceObserver);
    this.#state = new ObserverState(this, callback);
  }

  static {
    check = (value) =>
      isObject(value) && #state in value ? value.#state : illegalInvocation();
  }

  // w3c.github.io/performance-timeline/#dom-performanceobserver-observe
  observe(options = undefined) {
    const state = check(this);
    const init = dictionaryObject(options, `${OBSERVE}: parameter 1`);
    let buffered;
    let entryTypes;
    let type;
    if (init !== null) {
      buffered = init.buffered;
      entryTypes = init.entryTypes;
      if (entryTypes !== undefined) {
        entryTypes = sequence(entryTypes, DOMString, `${OBSERVE}: member entryTypes`);
      }
      type = init.type;
      if (type !== undefined) {
        type = DOMString(type, `${OBSERVE}: member type`);
      }
    }
    if (entryTypes === undefined && type === undefined) {
      throw new TypeError(`${OBSERVE}: neither entryTypes nor type is given.`);
    }
    // differs: the spec throws for any other member beside entryTypes. As in the
    // browsers `buffered` has no effect there.
    if (entryTypes !== undefined && type !== undefined) {
      throw new TypeError(`${OBSERVE}: entryTypes and type exclude each other.`);
    }
    const observerType = entryTypes === undefined ? SINGLE : MULTIPLE;
    if (state.type === UNDEFINED) {
      state.type = observerType;
    } else if (state.type !== observerType) {
      throw require("dom/dom_exception").create(
        `${OBSERVE}: an observer takes either entryTypes or type, at each call.`,
        "InvalidModificationError",
      );
    }
    state.requiresDropped = true;
    if (observerType === MULTIPLE) {
      observeAll(state, entryTypes);
    } else {
      observeOne(state, type, !!buffered);
    }
  }

  // w3c.github.io/performance-timeline/#dom-performanceobserver-disconnect
  disconnect() {
    const state = check(this);
    timeline.unregister(state);
    state.buffer = new List();
    state.types = new List();
  }

  // w3c.github.io/performance-timeline/#dom-performanceobserver-takerecords
  takeRecords() {
    return toArray(check(this).take());
  }

  // w3c.github.io/performance-timeline/#supportedentrytypes-attribute
  static get supportedEntryTypes() {
    return timeline.supportedEntryTypes;
  }
}

function observeAll(state, entryTypes) {
  const types = new List();
  for (let i = 0; i < entryTypes.length; i++) {
    if (timeline.isSupported(entryTypes[i])) {
      types.push(entryTypes[i]);
    }
  }
  if (types.length > 0) {
    state.types = types;
    timeline.register(state);
  }
}

function observeOne(state, type, buffered) {
  if (!timeline.isSupported(type)) {
    return;
  }
  if (!state.observes(type)) {
    state.types.push(type);
  }
  timeline.register(state);
  if (buffered) {
    timeline.replay(state, type);
  }
}

defineInterface(PerformanceObserver);

exports.PerformanceObserver = PerformanceObserver;
