"use strict";

// html.spec.whatwg.org/multipage/workers.html#workerglobalscope
//
// Makes the global object an EventTarget. That happens when a program first
// touches `EventTarget` or one of the members below; a program that never does
// has a global object without event machinery, and its uncaught errors go
// straight to the runtime.

const {
  ObjectDefineProperty,
  ObjectGetPrototypeOf,
  ObjectPrototype,
  ReflectGetOwnPropertyDescriptor,
  ReflectSetPrototypeOf,
  WorkerGlobalScopePrototype,
  globalThis,
} = primordials;
const { op_platform_object_mark, op_set_hook } = ops;
const { checkGlobalReceiver, illegalConstructor } = require("webidl/interface");
const { EventTarget, fire, hasListeners } = require("events/event_target");

// No class, since the prototype is the one of the snapshot.
function WorkerGlobalScope() {
  illegalConstructor();
}

ReflectSetPrototypeOf(WorkerGlobalScope, EventTarget);
ObjectDefineProperty(WorkerGlobalScope, "prototype", {
  __proto__: null,
  value: WorkerGlobalScopePrototype,
  writable: false,
});
// Where the program has closed the prototype or given it another one, that stays.
if (ObjectGetPrototypeOf(WorkerGlobalScopePrototype) === ObjectPrototype) {
  ReflectSetPrototypeOf(WorkerGlobalScopePrototype, EventTarget.prototype);
}
op_platform_object_mark(WorkerGlobalScopePrototype);

function getHandler(receiver, type) {
  checkGlobalReceiver(receiver);
  return require("events/event_handler").getHandler(globalThis, type);
}

function setHandler(receiver, type, value) {
  checkGlobalReceiver(receiver);
  require("events/event_handler").setHandler(globalThis, type, value);
}

const attributes = {
  get onerror() {
    return getHandler(this, "error");
  },

  set onerror(value) {
    setHandler(this, "error", value);
  },

  get onlanguagechange() {
    return getHandler(this, "languagechange");
  },

  set onlanguagechange(value) {
    setHandler(this, "languagechange", value);
  },

  get onoffline() {
    return getHandler(this, "offline");
  },

  set onoffline(value) {
    setHandler(this, "offline", value);
  },

  get ononline() {
    return getHandler(this, "online");
  },

  set ononline(value) {
    setHandler(this, "online", value);
  },

  get onrejectionhandled() {
    return getHandler(this, "rejectionhandled");
  },

  set onrejectionhandled(value) {
    setHandler(this, "rejectionhandled", value);
  },

  get onunhandledrejection() {
    return getHandler(this, "unhandledrejection");
  },

  set onunhandledrejection(value) {
    setHandler(this, "unhandledrejection", value);
  },
};

// Descriptors: native code defines the accessors on the global object.
function attribute(name) {
  const { get, set } = ReflectGetOwnPropertyDescriptor(attributes, name);
  return { __proto__: null, get, set };
}

exports.onerror = attribute("onerror");
exports.onlanguagechange = attribute("onlanguagechange");
exports.onoffline = attribute("onoffline");
exports.ononline = attribute("ononline");
exports.onrejectionhandled = attribute("onrejectionhandled");
exports.onunhandledrejection = attribute("onunhandledrejection");

let reporting = false;

// html.spec.whatwg.org/multipage/webappapis.html#report-an-exception
// While an error is being reported, a further one is not handled here.
op_set_hook("error", (error, message, filename, lineno, colno) => {
  if (reporting || !hasListeners(globalThis, "error")) {
    return false;
  }
  const { ErrorEvent } = require("events/error_event");
  reporting = true;
  try {
    const event = new ErrorEvent("error", {
      __proto__: null,
      cancelable: true,
      message,
      filename,
      lineno,
      colno,
      error,
    });
    return !fire(globalThis, event);
  } finally {
    reporting = false;
  }
});

// html.spec.whatwg.org/multipage/webappapis.html#notify-about-rejected-promises
function rejectionHook(type, cancelable) {
  return (promise, reason) => {
    if (!hasListeners(globalThis, type)) {
      return false;
    }
    const { PromiseRejectionEvent } = require("events/promise_rejection_event");
    const event = new PromiseRejectionEvent(type, {
      __proto__: null,
      cancelable,
      promise,
      reason,
    });
    return !fire(globalThis, event);
  };
}

op_set_hook("unhandledrejection", rejectionHook("unhandledrejection", true));
op_set_hook("rejectionhandled", rejectionHook("rejectionhandled", false));

// The operations are those of EventTarget, which take a call without a receiver
// to mean the global object.
const { prototype } = EventTarget;
exports.EventTarget = EventTarget;
exports.WorkerGlobalScope = WorkerGlobalScope;
exports.constructor = WorkerGlobalScope;
exports.addEventListener = prototype.addEventListener;
exports.dispatchEvent = prototype.dispatchEvent;
exports.removeEventListener = prototype.removeEventListener;
