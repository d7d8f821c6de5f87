"use strict";

// dom.spec.whatwg.org/#interface-AbortSignal

const {
  FinalizationRegistry,
  FinalizationRegistryPrototypeRegister,
  TypeError,
  WeakRef,
  WeakRefPrototypeDeref,
} = primordials;
const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { Event } = require("events/event");
const { EventTarget, fire, hasListeners, watchListeners } = require("events/event_target");

class SignalState {
  // undefined means "not aborted": no abort leaves that as the reason.
  reason = undefined;
  // dom.spec.whatwg.org/#abortsignal-abort-algorithms
  firstAlgorithm = null;
  lastAlgorithm = null;
  // Null unless the signal is a dependent one: a list of the signals that it
  // depends on.
  sources = null;
  // A list of Dependent, and the length at which dead ones are looked for.
  dependents = null;
  sweepAt = 16;
  // How many algorithms, listeners and awaited dependents wait for the abort.
  algorithmCount = 0;
  listenerCount = 0;
  awaitedDependents = 0;
  // Called with whether that is more than none, for signals that must stay
  // alive just as long.
  retain = null;
}

// A doubly linked list, so that an operation which ends takes its algorithm
// off a long-lived signal in constant time.
class Algorithm {
  run;
  previous;
  next = null;

  constructor(run, previous) {
    this.run = run;
    this.previous = previous;
  }
}

// dom.spec.whatwg.org/#abortsignal-dependent-signals
// An entry in the set of a source. The set is weak: `strong` is set only while
// somebody waits for the dependent signal.
class Dependent {
  source;
  weak;
  strong = null;

  constructor(signal, source) {
    this.source = source;
    this.weak = new WeakRef(signal);
  }
}

let isAbortSignal;
let stateOf;

class AbortSignal extends EventTarget {
  #state = new SignalState();

  constructor(token = undefined) {
    if (token !== internal) {
      illegalConstructor();
    }
    super();
  }

  static {
    isAbortSignal = (value) => isObject(value) && #state in value;
    stateOf = (value) => (isAbortSignal(value) ? value.#state : illegalInvocation());
  }

  // dom.spec.whatwg.org/#dom-abortsignal-abort
  static abort(reason = undefined) {
    const signal = createSignal();
    stateOf(signal).reason = orAbortError(reason);
    return signal;
  }

  // dom.spec.whatwg.org/#dom-abortsignal-timeout
  static timeout(milliseconds) {
    const prefix = "Failed to execute 'timeout' on 'AbortSignal'";
    requireArguments(arguments.length, 1, prefix);
    const delay = require("webidl/integer").unsignedLongLong(
      milliseconds,
      "Failed to execute 'timeout' on 'AbortSignal': parameter 1",
      "enforce",
    );
    return createTimeoutSignal(delay);
  }

  // dom.spec.whatwg.org/#dom-abortsignal-any
  static any(signals) {
    const prefix = "Failed to execute 'any' on 'AbortSignal'";
    requireArguments(arguments.length, 1, prefix);
    const list = require("webidl/sequence").sequence(
      signals,
      toSignal,
      "Failed to execute 'any' on 'AbortSignal': parameter 1",
    );
    return createDependentSignal(list);
  }

  get aborted() {
    return stateOf(this).reason !== undefined;
  }

  get reason() {
    return stateOf(this).reason;
  }

  // dom.spec.whatwg.org/#dom-abortsignal-throwifaborted
  throwIfAborted() {
    const { reason } = stateOf(this);
    if (reason !== undefined) {
      throw reason;
    }
  }

  get onabort() {
    stateOf(this);
    return require("events/event_handler").getHandler(this, "abort");
  }

  set onabort(value) {
    stateOf(this);
    require("events/event_handler").setHandler(this, "abort", value);
  }
}

function toSignal(value, context) {
  if (!isAbortSignal(value)) {
    throw new TypeError(`${context} holds a value that is not an AbortSignal.`);
  }
  return value;
}

function createException(message, name) {
  return require("dom/dom_exception").create(message, name);
}

function orAbortError(reason) {
  return reason === undefined
    ? createException("This operation was aborted", "AbortError")
    : reason;
}

function createSignal() {
  return new AbortSignal(internal);
}

function isAborted(signal) {
  return stateOf(signal).reason !== undefined;
}

// undefined unless the signal is aborted.
function abortReason(signal) {
  return stateOf(signal).reason;
}

function retention(state) {
  if (state.retain !== null) {
    const { algorithmCount, listenerCount, awaitedDependents } = state;
    state.retain(algorithmCount + listenerCount + awaitedDependents > 0);
  }
}

// dom.spec.whatwg.org/#abort-signal-garbage-collection
function retainWith(signal, retain) {
  const state = stateOf(signal);
  state.retain = retain;
  watchListeners(signal, (count) => {
    state.listenerCount = count;
    retention(state);
  });
}

// A signal that is gone needs no timer any more.
const timed = new FinalizationRegistry((id) => require("timers/active_timers").cancel(id));

// The timer holds the signal strongly only while somebody waits for it.
function createTimeoutSignal(delay) {
  const signal = createSignal();
  const weak = new WeakRef(signal);
  let strong = null;
  retainWith(signal, (awaited) => {
    strong = awaited ? (strong ?? WeakRefPrototypeDeref(weak)) : null;
  });
  const id = require("timers/active_timers").startBackground(delay, () => {
    const target = strong ?? WeakRefPrototypeDeref(weak);
    if (target !== undefined) {
      const message = "The operation timed out.";
      signalAbort(target, createException(message, "TimeoutError"));
    }
  });
  FinalizationRegistryPrototypeRegister(timed, signal, id);
  return signal;
}

// dom.spec.whatwg.org/#create-a-dependent-abort-signal
// differs: a dependent signal holds its sources strongly, where the spec has a
// weak set. Only a WeakRef to a source could tell, and a timeout that nothing
// but its dependent refers to needs no other provision to stay alive.
function createDependentSignal(signals) {
  const result = createSignal();
  const state = stateOf(result);
  for (let i = 0; i < signals.length; i++) {
    if (isAborted(signals[i])) {
      state.reason = stateOf(signals[i]).reason;
      return result;
    }
  }
  state.sources = { __proto__: null, length: 0 };
  const entries = { __proto__: null, length: 0 };
  for (let i = 0; i < signals.length; i++) {
    const { sources } = stateOf(signals[i]);
    if (sources === null) {
      dependOn(result, state, signals[i], entries);
      continue;
    }
    for (let j = 0; j < sources.length; j++) {
      dependOn(result, state, sources[j], entries);
    }
  }
  if (entries.length > 0) {
    retainWith(result, (awaited) => {
      for (let i = 0; i < entries.length; i++) {
        const entry = entries[i];
        const signal = WeakRefPrototypeDeref(entry.weak);
        if (awaited !== (entry.strong !== null) && signal !== undefined) {
          entry.strong = awaited ? signal : null;
          const source = stateOf(entry.source);
          source.awaitedDependents += awaited ? 1 : -1;
          retention(source);
        }
      }
    });
  }
  return result;
}

function dependOn(signal, state, source, entries) {
  const { sources } = state;
  for (let i = 0; i < sources.length; i++) {
    if (sources[i] === source) {
      return;
    }
  }
  sources[sources.length++] = source;
  const entry = new Dependent(signal, source);
  entries[entries.length++] = entry;

  const sourceState = stateOf(source);
  let dependents = sourceState.dependents;
  dependents ??= { __proto__: null, length: 0 };
  if (dependents.length >= sourceState.sweepAt) {
    dependents = living(dependents);
    sourceState.sweepAt = dependents.length * 2 + 16;
  }
  dependents[dependents.length++] = entry;
  sourceState.dependents = dependents;
}

function living(dependents) {
  const list = { __proto__: null, length: 0 };
  for (let i = 0; i < dependents.length; i++) {
    const signal = WeakRefPrototypeDeref(dependents[i].weak);
    if (signal !== undefined && !isAborted(signal)) {
      list[list.length++] = dependents[i];
    }
  }
  return list;
}

// dom.spec.whatwg.org/#abortsignal-signal-abort
function signalAbort(signal, reason) {
  const state = stateOf(signal);
  if (state.reason !== undefined) {
    return;
  }
  state.reason = orAbortError(reason);
  const { dependents } = state;
  state.dependents = null;
  const toAbort = { __proto__: null, length: 0 };
  if (dependents !== null) {
    for (let i = 0; i < dependents.length; i++) {
      const dependent = WeakRefPrototypeDeref(dependents[i].weak);
      if (dependent !== undefined && !isAborted(dependent)) {
        stateOf(dependent).reason = state.reason;
        toAbort[toAbort.length++] = dependent;
      }
    }
  }
  runAbortSteps(signal, state);
  for (let i = 0; i < toAbort.length; i++) {
    runAbortSteps(toAbort[i], stateOf(toAbort[i]));
  }
}

// dom.spec.whatwg.org/#run-the-abort-steps
function runAbortSteps(signal, state) {
  while (state.firstAlgorithm !== null) {
    const { run } = state.firstAlgorithm;
    removeAlgorithm(signal, state.firstAlgorithm);
    run(state.reason);
  }
  if (hasListeners(signal, "abort")) {
    fire(signal, new Event("abort"));
  }
  // Nothing can happen to it any more.
  state.retain?.(false);
  state.retain = null;
}

// dom.spec.whatwg.org/#abortsignal-add
// `run` is called with the reason and must not throw. The result is for
// removeAlgorithm; it is null if the signal is aborted already.
function addAlgorithm(signal, run) {
  const state = stateOf(signal);
  if (state.reason !== undefined) {
    return null;
  }
  const algorithm = new Algorithm(run, state.lastAlgorithm);
  if (algorithm.previous === null) {
    state.firstAlgorithm = algorithm;
  } else {
    algorithm.previous.next = algorithm;
  }
  state.lastAlgorithm = algorithm;
  state.algorithmCount++;
  retention(state);
  return algorithm;
}

// dom.spec.whatwg.org/#abortsignal-remove
function removeAlgorithm(signal, algorithm) {
  if (algorithm === null || algorithm.run === null) {
    return;
  }
  const state = stateOf(signal);
  const { previous, next } = algorithm;
  algorithm.run = null;
  if (previous === null) {
    state.firstAlgorithm = next;
  } else {
    previous.next = next;
  }
  if (next === null) {
    state.lastAlgorithm = previous;
  } else {
    next.previous = previous;
  }
  state.algorithmCount--;
  retention(state);
}

defineInterface(AbortSignal, ["aborted"]);

exports.AbortSignal = AbortSignal;
exports.abortReason = abortReason;
exports.addAlgorithm = addAlgorithm;
exports.createDependentSignal = createDependentSignal;
exports.createSignal = createSignal;
exports.isAborted = isAborted;
exports.isAbortSignal = isAbortSignal;
exports.removeAlgorithm = removeAlgorithm;
exports.signalAbort = signalAbort;
