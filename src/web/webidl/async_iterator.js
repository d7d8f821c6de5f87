"use strict";

// webidl.spec.whatwg.org/#js-asynchronous-iterable, for interfaces with
// `async iterable<value>`.
//
// What an interface gives:
//   begin(object, options)  checks the receiver and gives the iteration's state,
//                           as the initialization steps do; it may throw.
//   next(iteration, steps)  gets the next value and calls steps.give(value),
//                           steps.end() or steps.fail(reason), at once or later.
//   finish(iteration, value)  the asynchronous iterator return: undefined, or a
//                           promise. Absent where there is none.

const {
  AsyncIteratorPrototype,
  ObjectDefineProperty,
  ObjectSetPrototypeOf,
  Promise,
  PromisePrototypeThen,
  PromiseReject,
  PromiseResolve,
  SymbolAsyncIterator,
  SymbolToStringTag,
  TypeError,
} = primordials;
const { hide, resolved, thenHidden } = require("streams/promises");
const { isObject } = require("webidl/interface");

let lastResolve = null;
let lastReject = null;

// One executor for all promises.
function capture(resolve, reject) {
  lastResolve = resolve;
  lastReject = reject;
}

const done = () => ({ value: undefined, done: true });

// What has come of a value that was asked for.
const NOTHING = 0;
const VALUE = 1;
const END = 2;
const ERROR = 3;

// What happens to the value that is asked for. One object for each iterator, since it asks for one value at a time.
class Steps {
  come = NOTHING;
  value = undefined;
  // Of the promise that waits; null while next() has not come back.
  resolve = null;
  reject = null;
  // Whether the iterator has come to its end.
  finished = false;
  // The promise of the last of what it does at present, and how much of that has not begun.
  ongoing = null;
  waiting = 0;
  settle = () => this.settlePending();

  give(value) {
    this.came(VALUE, value);
  }

  end() {
    this.finished = true;
    this.came(END, undefined);
  }

  fail(reason) {
    this.finished = true;
    this.came(ERROR, reason);
  }

  came(what, value) {
    this.come = what;
    this.value = value;
    if (this.resolve !== null) {
      // In the standard there is a reaction between the value's promise and the one that next() has given.
      PromisePrototypeThen(resolved, this.settle);
    }
  }

  settlePending() {
    const { come, reject, resolve, value } = this;
    this.come = NOTHING;
    this.value = undefined;
    this.resolve = null;
    this.reject = null;
    if (this.waiting === 0) {
      this.ongoing = null;
    }
    if (come === ERROR) {
      reject(value);
    } else {
      resolve(come === END ? done() : { value, done: false });
    }
  }

  // The promise of what was asked for.
  // differs: where that is there already, there is no reaction in between, so it comes a turn of reactions earlier.
  promise() {
    const { come, value } = this;
    if (come === NOTHING) {
      return this.pending();
    }
    this.come = NOTHING;
    this.value = undefined;
    if (this.waiting === 0) {
      this.ongoing = null;
    }
    return come === VALUE
      ? PromiseResolve({ value, done: false })
      : come === END
        ? PromiseResolve(done())
        : PromiseReject(value);
  }

  pending() {
    const promise = new Promise(capture);
    this.resolve = lastResolve;
    this.reject = lastReject;
    lastResolve = null;
    lastReject = null;
    if (this.waiting === 0) {
      this.ongoing = promise;
    }
    return promise;
  }
}

// webidl.spec.whatwg.org/#dfn-asynchronous-iterator-prototype-object
function iteratorClass(name, { finish, next }) {
  class AsyncIterator {
    #iteration;
    #steps = new Steps();

    constructor(iteration) {
      this.#iteration = iteration;
    }

    next() {
      if (!isObject(this) || !(#steps in this)) {
        return PromiseReject(
          new TypeError(`next() called on a value that is not a ${name} AsyncIterator`),
        );
      }
      const steps = this.#steps;
      const { ongoing } = steps;
      if (ongoing === null) {
        return this.#next();
      }
      const run = () => {
        steps.waiting--;
        return hide(this.#next());
      };
      return this.#after(ongoing, run);
    }

    #next() {
      const steps = this.#steps;
      if (steps.finished) {
        return PromiseResolve(done());
      }
      next(this.#iteration, steps);
      return steps.promise();
    }

    #after(ongoing, run) {
      const steps = this.#steps;
      steps.waiting++;
      steps.ongoing = thenHidden(ongoing, run, run);
      return steps.ongoing;
    }

    return(value) {
      if (!isObject(this) || !(#steps in this)) {
        return PromiseReject(
          new TypeError(`return() called on a value that is not a ${name} AsyncIterator`),
        );
      }
      const steps = this.#steps;
      const { ongoing } = steps;
      const run = () => {
        steps.waiting--;
        return hide(this.#return(value));
      };
      if (ongoing === null) {
        steps.ongoing = this.#return(value);
      } else {
        this.#after(ongoing, run);
      }
      return thenHidden(steps.ongoing, () => ({ value, done: true }));
    }

    #return(value) {
      const steps = this.#steps;
      if (steps.finished) {
        return PromiseResolve(undefined);
      }
      steps.finished = true;
      return finish(this.#iteration, value) ?? PromiseResolve(undefined);
    }
  }
  const { prototype } = AsyncIterator;
  delete prototype.constructor;
  const enumerable = { __proto__: null, enumerable: true };
  ObjectDefineProperty(prototype, "next", enumerable);
  if (finish === undefined) {
    delete prototype.return;
  } else {
    ObjectDefineProperty(prototype, "return", enumerable);
  }
  ObjectDefineProperty(prototype, SymbolToStringTag, {
    __proto__: null,
    value: `${name} AsyncIterator`,
    configurable: true,
  });
  ObjectSetPrototypeOf(prototype, AsyncIteratorPrototype);
  return AsyncIterator;
}

// Puts `values` and @@asyncIterator on the prototype.
exports.defineAsyncIterable = (Class, implementation) => {
  const { name, prototype } = Class;
  const AsyncIterator = iteratorClass(name, implementation);
  const { begin } = implementation;
  const { values } = {
    values(options = undefined) {
      return new AsyncIterator(begin(this, options));
    },
  };
  for (let i = 0; i < 2; i++) {
    ObjectDefineProperty(prototype, i === 0 ? "values" : SymbolAsyncIterator, {
      __proto__: null,
      value: values,
      writable: true,
      enumerable: i === 0,
      configurable: true,
    });
  }
};
