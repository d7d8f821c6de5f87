"use strict";

// Promises and reactions of streams.
//
// An algorithm of a source or a sink answers in one of three ways, so that what
// ends at once costs no promise:
//   undefined  it has ended,
//   a promise  it ends when that settles,
//   PENDING    whoever gave the algorithm calls the controller when it ends.

const {
  ObjectGetPrototypeOf,
  Promise,
  PromisePrototypeThen,
  PromiseReject,
  PromiseResolve,
  ReflectApply,
  ReflectSetPrototypeOf,
  TypeError,
} = primordials;

const PENDING = { __proto__: null };

let lastResolve = null;
let lastReject = null;

// One executor for all: a closure for each promise would cost more than the promise.
function capture(resolve, reject) {
  lastResolve = resolve;
  lastReject = reject;
}

// A promise with what settles it.
class Deferred {
  promise = new Promise(capture);
  resolve = lastResolve;
  reject = lastReject;

  constructor() {
    lastResolve = null;
    lastReject = null;
  }
}

// webidl.spec.whatwg.org/#dfn-perform-steps-once-promise-is-settled asks no promise for its constructor, as `then` does.
// So promises that only internal files see have a prototype with nothing but the answer to that question, and a program
// that replaces Promise.prototype.constructor or Promise[Symbol.species] does not come into it.
const OUT_OF_REACH = {
  __proto__: null,
  constructor: undefined,
  // Other promises are resolved with hidden ones.
  then(onFulfilled, onRejected) {
    return PromisePrototypeThen(this, onFulfilled, onRejected);
  },
};

// Takes a promise that no program sees, nor will, out of reach.
function hide(promise) {
  ReflectSetPrototypeOf(promise, OUT_OF_REACH);
  return promise;
}

// What is done next is a reaction to this promise.
const resolved = hide(PromiseResolve(undefined));

function noop() {}

// Runs `step` in a microtask of its own.
function later(step) {
  PromisePrototypeThen(resolved, step);
}

// streams.spec.whatwg.org/#other-specs-rs-reacting: reacts to what an algorithm answered, unless that is PENDING.
function react(answer, onFulfilled, onRejected) {
  if (answer === undefined) {
    PromisePrototypeThen(resolved, onFulfilled);
  } else if (answer !== PENDING) {
    then(answer, onFulfilled, onRejected);
  }
}

// Reacts to a promise; the reaction's promise is nobody's.
function then(promise, onFulfilled, onRejected) {
  try {
    PromisePrototypeThen(promise, onFulfilled, onRejected);
  } catch {
    // What the program's constructor threw comes before the reaction.
    thenHidden(promise, onFulfilled, onRejected);
  }
}

// The same without asking, for who needs the reaction's promise.
function thenHidden(promise, onFulfilled, onRejected) {
  const prototype = ObjectGetPrototypeOf(promise);
  hide(promise);
  try {
    return PromisePrototypeThen(promise, onFulfilled, onRejected);
  } finally {
    ReflectSetPrototypeOf(promise, prototype);
  }
}

// Reacts to what a start algorithm answered, by the controller's startSucceeded() or startFailed(error). The answer is
// *resolved with*: a promise among it settles two turns of reactions later than by itself, and what other algorithms do
// meanwhile comes first.
function reactToStart(controller, answer) {
  if (answer === undefined) {
    PromisePrototypeThen(resolved, () => controller.startSucceeded());
    return;
  }
  then(
    resolvedWith(answer),
    () => controller.startSucceeded(),
    (error) => controller.startFailed(error),
  );
}

// A promise that is resolved with a value.
function resolvedWith(value) {
  const { promise, resolve } = new Deferred();
  resolve(value);
  return promise;
}

// The promise that stands for an answer, one turn of reactions later and without its value.
function promiseOf(answer) {
  const { promise, reject, resolve } = new Deferred();
  react(answer, () => resolve(undefined), reject);
  return promise;
}

// Sets [[PromiseIsHandled]].
function markHandled(promise) {
  then(promise, undefined, noop);
}

function rejectedHandled(reason) {
  const promise = PromiseReject(reason);
  markHandled(promise);
  return promise;
}

// webidl.spec.whatwg.org/#invoke-a-callback-function, of one that returns Promise<undefined>.
function invoke(callback, thisArg, args) {
  try {
    const value = ReflectApply(callback, thisArg, args);
    if (value === undefined) {
      return undefined;
    }
    // webidl.spec.whatwg.org/#js-promise: a promise of its own.
    return resolvedWith(value);
  } catch (error) {
    return PromiseReject(error);
  }
}

// The same for callbacks that are called for each chunk.
// differs: a promise that they return is taken as it is, so it settles two turns of reactions earlier.
function invokeForChunk(callback, thisArg, args) {
  try {
    const value = ReflectApply(callback, thisArg, args);
    return value === undefined ? undefined : PromiseResolve(value);
  } catch (error) {
    return PromiseReject(error);
  }
}

// What an operation that returns a promise answers a receiver of another class.
function rejectReceiver() {
  return PromiseReject(new TypeError("Illegal invocation"));
}

exports.Deferred = Deferred;
exports.PENDING = PENDING;
exports.hide = hide;
exports.invoke = invoke;
exports.invokeForChunk = invokeForChunk;
exports.later = later;
exports.markHandled = markHandled;
exports.promiseOf = promiseOf;
exports.react = react;
exports.reactToStart = reactToStart;
exports.rejectReceiver = rejectReceiver;
exports.rejectedHandled = rejectedHandled;
exports.resolved = resolved;
exports.resolvedWith = resolvedWith;
exports.then = then;
exports.thenHidden = thenHidden;
