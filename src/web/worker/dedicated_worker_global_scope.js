"use strict";

// html.spec.whatwg.org/multipage/workers.html#dedicated-workers-and-the-dedicatedworkerglobalscope-interface
//
// What the global object of a worker has besides. Other isolates never load this.

const {
  ObjectDefineProperty,
  ObjectGetPrototypeOf,
  ReflectGetOwnPropertyDescriptor,
  ReflectSetPrototypeOf,
  SymbolToStringTag,
  WorkerGlobalScopePrototype,
  globalThis,
} = primordials;
const { op_platform_object_mark, op_worker_close } = ops;
const { checkGlobalReceiver, illegalConstructor, requireArguments } = require("webidl/interface");
const { constructor: WorkerGlobalScope } = require("events/global_scope");
const { hasListeners, watchListeners } = require("events/event_target");
const { getHandler, setHandler } = require("events/event_handler");
const { Receiver, post, start, update } = require("messaging/receiver");

let receiver;
let isStarted = false;

// Messages wait until the script has been evaluated.
//
// differs: or until it listens, so that a module may await them at its top level.
function startWhenHeard() {
  if (isStarted || hasListeners(globalThis, "message")) {
    start(receiver);
  }
  update(receiver);
}

const operations = {
  postMessage(message, options = undefined) {
    checkGlobalReceiver(this);
    const prefix = "Failed to execute 'postMessage' on 'DedicatedWorkerGlobalScope'";
    requireArguments(arguments.length, 1, prefix);
    post(
      receiver,
      message,
      options === undefined
        ? undefined
        : require("clone/transfer_list").transferArgument(options, prefix),
    );
  },

  // html.spec.whatwg.org/multipage/workers.html#close-a-worker
  close() {
    checkGlobalReceiver(this);
    op_worker_close();
  },
};

function handlerAttribute(name, type) {
  const accessors = {
    get [name]() {
      checkGlobalReceiver(this);
      return getHandler(globalThis, type);
    },

    set [name](value) {
      checkGlobalReceiver(this);
      setHandler(globalThis, type, value);
    },
  };
  const { get, set } = ReflectGetOwnPropertyDescriptor(accessors, name);
  ObjectDefineProperty(globalThis, name, {
    __proto__: null,
    get,
    set,
    enumerable: true,
    configurable: true,
  });
}

function define(object, name, value, enumerable) {
  ObjectDefineProperty(object, name, {
    __proto__: null,
    value,
    writable: true,
    enumerable,
    configurable: true,
  });
}

// An attribute that only reads, or that an assignment replaces.
function readOnly(name, value, replaceable) {
  const accessors = {
    get [name]() {
      checkGlobalReceiver(this);
      return value;
    },

    set [name](other) {
      checkGlobalReceiver(this);
      define(globalThis, name, other, true);
    },
  };
  const { get, set } = ReflectGetOwnPropertyDescriptor(accessors, name);
  ObjectDefineProperty(globalThis, name, {
    __proto__: null,
    get,
    set: replaceable ? set : undefined,
    enumerable: true,
    configurable: true,
  });
}

// No class, since the prototype stands between two that are there.
function DedicatedWorkerGlobalScope() {
  illegalConstructor();
}

function inherit() {
  ReflectSetPrototypeOf(DedicatedWorkerGlobalScope, WorkerGlobalScope);
  const { prototype } = DedicatedWorkerGlobalScope;
  ReflectSetPrototypeOf(prototype, WorkerGlobalScopePrototype);
  ObjectDefineProperty(prototype, SymbolToStringTag, {
    __proto__: null,
    value: "DedicatedWorkerGlobalScope",
    configurable: true,
  });
  op_platform_object_mark(prototype);
  if (ObjectGetPrototypeOf(globalThis) === WorkerGlobalScopePrototype) {
    ReflectSetPrototypeOf(globalThis, prototype);
  }
}

// html.spec.whatwg.org/multipage/workers.html#run-a-worker
exports.install = (handle, name, url) => {
  inherit();
  receiver = new Receiver(handle);
  receiver.target = globalThis;
  watchListeners(globalThis, startWhenHeard);
  const { WorkerLocation, createLocation } = require("worker/worker_location");
  define(globalThis, "WorkerGlobalScope", WorkerGlobalScope, false);
  define(globalThis, "DedicatedWorkerGlobalScope", DedicatedWorkerGlobalScope, false);
  define(globalThis, "WorkerLocation", WorkerLocation, false);
  define(globalThis, "postMessage", operations.postMessage, true);
  define(globalThis, "close", operations.close, true);
  handlerAttribute("onmessage", "message");
  handlerAttribute("onmessageerror", "messageerror");
  readOnly("name", name, true);
  readOnly("location", createLocation(url), false);
};

// The script has been evaluated.
exports.started = () => {
  isStarted = true;
  startWhenHeard();
};
