"use strict";

// AsyncLocalStorage and AsyncResource, as `node:async_hooks` exports them.
//
// Promises, microtasks, timers and native completions carry V8's continuation
// data. It is undefined or a *frame*: an array of the current call's id and then
// storages and their values in turn; a frame that holds nothing but the id is
// made from it when it is first looked at. These are never changed; entering a
// value makes a new frame. A program has few storages, so searching a frame costs
// less than a map in it would. Beside them a frame may keep the call's signal; see
// actor/call_signal.js.

const { ArrayIsArray, ArrayOf, ObjectDefineProperty, ReflectApply, SymbolDispose, TypeError } =
  primordials;
const { op_continuation_get, op_continuation_set } = ops;
const { DOMString } = require("webidl/convert");

// A copy of a frame without a storage, and with its value unless `value` is
// `absent`.
const absent = { __proto__: null };

function derive(frame, storage, value) {
  const call = frame === undefined ? 0 : frame[0];
  if (frame === undefined || frame.length === 1) {
    return value === absent ? frame : [call, storage, value];
  }
  if (frame.length === 3 && frame[1] === storage) {
    return value === absent ? [call] : [call, storage, value];
  }
  const list = { __proto__: null, 0: call, length: 1 };
  for (let i = 1; i < frame.length; i += 2) {
    if (frame[i] !== storage) {
      list[list.length++] = frame[i];
      list[list.length++] = frame[i + 1];
    }
  }
  if (value !== absent) {
    list[list.length++] = storage;
    list[list.length++] = value;
  }
  return ReflectApply(ArrayOf, undefined, list);
}

function valueIn(frame, storage) {
  if (frame !== undefined) {
    for (let i = 1; i < frame.length; i += 2) {
      if (frame[i] === storage) {
        return frame[i + 1];
      }
    }
  }
  return absent;
}

function enter(storage, value) {
  op_continuation_set(derive(op_continuation_get(), storage, value));
}

function runIn(frame, callback, thisArg, args) {
  const previous = op_continuation_get();
  op_continuation_set(frame);
  try {
    return ReflectApply(callback, thisArg, args);
  } finally {
    op_continuation_set(previous);
  }
}

function checkFunction(value, name) {
  if (typeof value !== "function") {
    throw new TypeError(`The argument '${name}' must be a function.`);
  }
}

// Gives a function that stands for another the length which libraries look at
// to see whether a callback takes arguments.
function standIn(callback, wrapper) {
  ObjectDefineProperty(wrapper, "length", {
    __proto__: null,
    value: callback.length,
    configurable: true,
  });
  return wrapper;
}

class AsyncLocalStorage {
  #name = "";
  #defaultValue = undefined;

  constructor(options = undefined) {
    if (options === undefined) {
      return;
    }
    if (typeof options !== "object" || options === null || ArrayIsArray(options)) {
      throw new TypeError("The argument 'options' must be an object.");
    }
    const { defaultValue, name } = options;
    this.#defaultValue = defaultValue;
    if (name !== undefined) {
      this.#name = DOMString(name, "The option 'name'");
    }
  }

  static bind(callback) {
    checkFunction(callback, "callback");
    const frame = op_continuation_get();
    return standIn(callback, function bound(...args) {
      return runIn(frame, callback, this, args);
    });
  }

  static snapshot() {
    const frame = op_continuation_get();
    const bound = (callback, ...args) => {
      checkFunction(callback, "callback");
      return runIn(frame, callback, undefined, args);
    };
    return bound;
  }

  get name() {
    return this.#name;
  }

  getStore() {
    const value = valueIn(op_continuation_get(), this);
    return value === absent ? this.#defaultValue : value;
  }

  run(store, callback, ...args) {
    checkFunction(callback, "callback");
    const frame = derive(op_continuation_get(), this, store);
    return runIn(frame, callback, undefined, args);
  }

  // Inside the callback the storage has no value, not even the default one.
  exit(callback, ...args) {
    checkFunction(callback, "callback");
    const frame = derive(op_continuation_get(), this, undefined);
    return runIn(frame, callback, undefined, args);
  }

  enterWith(store) {
    enter(this, store);
  }

  // For what runs from here on in this context.
  disable() {
    enter(this, absent);
  }

  withScope(store) {
    return new RunScope(this, store);
  }
}

// What `withScope` gives: `using` leaves the scope at the end of its block.
class RunScope {
  #storage;
  #previous;
  #disposed = false;

  constructor(storage, store) {
    this.#storage = storage;
    this.#previous = valueIn(op_continuation_get(), storage);
    enter(storage, store);
  }

  dispose() {
    if (!this.#disposed) {
      this.#disposed = true;
      enter(this.#storage, this.#previous);
    }
  }

  [SymbolDispose]() {
    this.dispose();
  }
}

let resourcesMade = 0;
// The resource whose scope is running, as far as it runs synchronously.
let current = 0;

class AsyncResource {
  #frame = op_continuation_get();
  #asyncId = ++resourcesMade;
  #triggerAsyncId = current;

  constructor(type, options = undefined) {
    if (typeof type !== "string") {
      throw new TypeError("The argument 'type' must be a string.");
    }
    const trigger =
      typeof options === "object" && options !== null ? options.triggerAsyncId : options;
    if (typeof trigger === "number") {
      this.#triggerAsyncId = trigger;
    }
  }

  static bind(callback, type = undefined, thisArg = undefined) {
    checkFunction(callback, "callback");
    return new AsyncResource(type ?? "bound-anonymous-fn").bind(callback, thisArg);
  }

  asyncId() {
    return this.#asyncId;
  }

  triggerAsyncId() {
    return this.#triggerAsyncId;
  }

  runInAsyncScope(callback, thisArg = undefined, ...args) {
    checkFunction(callback, "callback");
    return this.#run(callback, thisArg, args);
  }

  bind(callback, thisArg = undefined) {
    checkFunction(callback, "callback");
    const resource = this;
    return standIn(callback, function (...args) {
      return resource.#run(callback, thisArg ?? this, args);
    });
  }

  // There are no destroy hooks to be told.
  emitDestroy() {
    return this;
  }

  #run(callback, thisArg, args) {
    const outer = current;
    current = this.#asyncId;
    try {
      return runIn(this.#frame, callback, thisArg, args);
    } finally {
      current = outer;
    }
  }
}

exports.AsyncLocalStorage = AsyncLocalStorage;
exports.AsyncResource = AsyncResource;
// Modules of Node export themselves as well.
exports.default = { AsyncLocalStorage, AsyncResource };
