"use strict";

// webidl.spec.whatwg.org/#js-iterable, for interfaces with a pair iterator:
// `iterable<key, value>`.
//
// `pairAt(object, index)` gives the pair of that place, as an object with the
// members `key` and `value`, or null behind the last one. It is asked anew for
// each step, since the spec has the iterator see changes made meanwhile.

const {
  IteratorPrototype,
  ObjectDefineProperty,
  ObjectSetPrototypeOf,
  ReflectApply,
  SymbolIterator,
  SymbolToStringTag,
  TypeError,
} = primordials;
const { isObject, requireArguments } = require("webidl/interface");

const KEYS = 0;
const VALUES = 1;
const ENTRIES = 2;

function defineMethod(prototype, name, value, enumerable) {
  ObjectDefineProperty(prototype, name, {
    __proto__: null,
    value,
    writable: true,
    enumerable,
    configurable: true,
  });
}

// webidl.spec.whatwg.org/#js-default-iterator-object
// The class of iterators of one interface.
function iteratorClass(name, pairAt) {
  class PairIterator {
    #object;
    #kind;
    #index = 0;

    constructor(object, kind) {
      this.#object = object;
      this.#kind = kind;
    }

    next() {
      if (!isObject(this) || !(#object in this)) {
        throw new TypeError(`next() called on a value that is not a ${name} Iterator`);
      }
      const pair = this.#object === null ? null : pairAt(this.#object, this.#index);
      if (pair === null) {
        return { value: undefined, done: true };
      }
      this.#index++;
      const { key, value } = pair;
      const kind = this.#kind;
      return {
        value: kind === ENTRIES ? [key, value] : kind === KEYS ? key : value,
        done: false,
      };
    }
  }
  const { prototype } = PairIterator;
  const next = prototype.next;
  delete prototype.constructor;
  ObjectDefineProperty(prototype, "next", { __proto__: null, value: next, enumerable: true });
  ObjectDefineProperty(prototype, SymbolToStringTag, {
    __proto__: null,
    value: `${name} Iterator`,
    configurable: true,
  });
  ObjectSetPrototypeOf(prototype, IteratorPrototype);
  return PairIterator;
}

// Puts `entries`, `keys`, `values`, `forEach` and @@iterator on the prototype.
// `check(value)` gives the value back where it is an instance, else throws.
exports.definePairIterable = (Class, check, pairAt) => {
  const { name, prototype } = Class;
  const PairIterator = iteratorClass(name, pairAt);
  const methods = {
    entries() {
      return new PairIterator(check(this), ENTRIES);
    },

    keys() {
      return new PairIterator(check(this), KEYS);
    },

    values() {
      return new PairIterator(check(this), VALUES);
    },

    // webidl.spec.whatwg.org/#js-forEach
    forEach(callback) {
      const object = check(this);
      const prefix = `Failed to execute 'forEach' on '${name}'`;
      requireArguments(arguments.length, 1, prefix);
      if (typeof callback !== "function") {
        throw new TypeError(`${prefix}: parameter 1 is not a function.`);
      }
      const thisArg = arguments[1];
      for (let i = 0; ; i++) {
        const pair = pairAt(object, i);
        if (pair === null) {
          return;
        }
        ReflectApply(callback, thisArg, [pair.value, pair.key, object]);
      }
    },
  };
  defineMethod(prototype, "entries", methods.entries, true);
  defineMethod(prototype, "keys", methods.keys, true);
  defineMethod(prototype, "values", methods.values, true);
  defineMethod(prototype, "forEach", methods.forEach, true);
  defineMethod(prototype, SymbolIterator, methods.entries, false);
};
