"use strict";

// Promises and reactions of streams.
//
// An algorithm of a source or a sink answers in one of three ways, so that what
// ends at once costs no promise:
//   undefined  it has ended,
//   a promise  it ends when that settles,
//   PENDING    whoever gave the algorithm calls the controller when it ends.

const { Promise, PromisePrototypeThen, PromiseReject, PromiseResolve, ReflectApply, TypeError } =
  primordials;

const PENDING = { __proto__: null };

let lastResolve;
let lastReject;

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
}

const resolved = PromiseResolve(undefined);

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
    PromisePrototypeThen(answer, onFulfilled, onRejected);
  }
}

// The promise that stands for an answer, one turn of reactions later and without its value.
function promiseOf(answer) {
  return PromisePrototypeThen(answer ?? resolved, noop);
}

// Sets [[PromiseIsHandled]].
function markHandled(promise) {
  PromisePrototypeThen(promise, undefined, noop);
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
exports.invoke = invoke;
exports.later = later;
exports.markHandled = markHandled;
exports.noop = noop;
exports.promiseOf = promiseOf;
exports.react = react;
exports.rejectReceiver = rejectReceiver;
exports.rejectedHandled = rejectedHandled;
