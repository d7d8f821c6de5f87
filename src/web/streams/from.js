"use strict";

// streams.spec.whatwg.org/#abstract-opdef-readablestreamfromiterable

const {
  PromiseReject,
  PromiseResolve,
  ReflectApply,
  SymbolAsyncIterator,
  SymbolIterator,
  TypeError,
} = primordials;
const { isObject } = require("webidl/interface");
const { enter, fromTop, isDeep, leave } = require("streams/depth");
const { Deferred, PENDING, react, reactToStart, then } = require("streams/promises");
const { createState } = require("streams/readable_stream");
const { readableStreamDefaultControllerClose, readableStreamDefaultControllerEnqueue } =
  require("streams/readable_stream_default_controller");

// tc39.es/ecma262/#sec-getmethod
function getMethod(value, key) {
  const method = value[key];
  if (method === undefined || method === null) {
    return undefined;
  }
  if (typeof method !== "function") {
    throw new TypeError("The value's iterator method is not a function.");
  }
  return method;
}

function iteratorOf(iterable, method) {
  const iterator = ReflectApply(method, iterable, []);
  if (!isObject(iterator)) {
    throw new TypeError("The value's iterator is not an object.");
  }
  return iterator;
}

function checkResult(result) {
  if (!isObject(result)) {
    throw new TypeError("The iterator's result is not an object.");
  }
  return result;
}

// A source whose pulls take one value each of an asynchronous iterator.
class AsyncSource {
  pulls = true;
  iterator;
  next;
  // What follows the iterator's answer; one function for all pulls.
  came = null;

  constructor(iterator) {
    this.iterator = iterator;
    this.next = iterator.next;
  }

  pull(controller) {
    if (!isDeep()) {
      return this.take(controller);
    }
    fromTop(() => {
      // It may have been cancelled meanwhile.
      if (controller.source !== null) {
        react(this.take(controller), undefined, controller.pullFailed);
      }
    });
    return PENDING;
  }

  take(controller) {
    let promise;
    enter();
    try {
      promise = PromiseResolve(ReflectApply(this.next, this.iterator, []));
    } catch (error) {
      return PromiseReject(error);
    } finally {
      leave();
    }
    this.came ??= (result) => {
      try {
        checkResult(result);
        if (result.done) {
          readableStreamDefaultControllerClose(controller);
        } else {
          readableStreamDefaultControllerEnqueue(controller, result.value);
        }
      } catch (error) {
        controller.pullFailed(error);
        return;
      }
      controller.pulled();
    };
    then(promise, this.came, controller.pullFailed);
    return PENDING;
  }

  cancel(reason) {
    const { iterator } = this;
    try {
      const method = getMethod(iterator, "return");
      if (method === undefined) {
        return undefined;
      }
      return thenEnded(PromiseResolve(ReflectApply(method, iterator, [reason])), checkResult);
    } catch (error) {
      return PromiseReject(error);
    }
  }
}

// A promise that `check` is done with the value of another; one that `then` makes could be of a class of the program's.
function thenEnded(promise, check) {
  const ended = new Deferred();
  const settle = (value) => {
    try {
      check(value);
      ended.resolve(undefined);
    } catch (error) {
      ended.reject(error);
    }
  };
  then(promise, settle, ended.reject);
  return ended.promise;
}

// The same for a synchronous iterator, with what tc39.es/ecma262/#sec-createasyncfromsynciterator puts around it.
class SyncSource {
  pulls = true;
  iterator;
  next;
  came = null;
  ended = null;
  failed = null;

  constructor(iterator) {
    this.iterator = iterator;
    this.next = iterator.next;
  }

  pull(controller) {
    const { iterator } = this;
    try {
      const result = checkResult(ReflectApply(this.next, iterator, []));
      const done = !!result.done;
      const promise = wrapValue(iterator, result.value, done);
      this.bind(controller);
      if (done) {
        then(promise, this.ended, controller.pullFailed);
      } else {
        then(promise, this.came, this.failed);
      }
      return PENDING;
    } catch (error) {
      return PromiseReject(error);
    }
  }

  bind(controller) {
    if (this.came === null) {
      this.came = (value) => {
        readableStreamDefaultControllerEnqueue(controller, value);
        controller.pulled();
      };
      this.ended = () => readableStreamDefaultControllerClose(controller);
      this.failed = (error) => {
        close(this.iterator);
        controller.pullFailed(error);
      };
    }
  }

  cancel(reason) {
    const { iterator } = this;
    try {
      const method = getMethod(iterator, "return");
      if (method === undefined) {
        return undefined;
      }
      const result = checkResult(ReflectApply(method, iterator, [reason]));
      return thenEnded(PromiseResolve(result.value), () => {});
    } catch (error) {
      return PromiseReject(error);
    }
  }
}

// tc39.es/ecma262/#sec-asyncfromsynciteratorcontinuation, its steps 5 to 7
function wrapValue(iterator, value, done) {
  try {
    return PromiseResolve(value);
  } catch (error) {
    if (!done) {
      close(iterator);
    }
    throw error;
  }
}

// tc39.es/ecma262/#sec-iteratorclose, with an error that comes before those of closing.
function close(iterator) {
  try {
    const method = getMethod(iterator, "return");
    if (method !== undefined) {
      ReflectApply(method, iterator, []);
    }
  } catch {
    // That error is the one that counts.
  }
}

// tc39.es/ecma262/#sec-getiterator, of the kind async.
function sourceOf(iterable) {
  if (iterable === undefined || iterable === null) {
    throw new TypeError(`Failed to execute 'from' on 'ReadableStream': ${iterable} is not iterable.`);
  }
  const method = getMethod(iterable, SymbolAsyncIterator);
  if (method !== undefined) {
    return new AsyncSource(iteratorOf(iterable, method));
  }
  const syncMethod = getMethod(iterable, SymbolIterator);
  if (syncMethod === undefined) {
    throw new TypeError("Failed to execute 'from' on 'ReadableStream': the value is not iterable.");
  }
  return new SyncSource(iteratorOf(iterable, syncMethod));
}

exports.readableStreamFromIterable = (iterable) => {
  const stream = createState(sourceOf(iterable), 0, null);
  reactToStart(stream.controller, undefined);
  return stream;
};
