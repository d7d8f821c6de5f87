"use strict";

// fetch.spec.whatwg.org/#requestinit

const { StringPrototypeToUpperCase, TypeError } = primordials;
const { DOMString, USVString, enumeration } = require("webidl/convert");
const { dictionaryObject } = require("webidl/dictionary");
const { byteString, isToken } = require("fetch/header_list");
const { toHeadersInit } = require("fetch/headers");
const { toBodyInit } = require("fetch/body");

const toReferrerPolicy = enumeration("ReferrerPolicy", {
  __proto__: null,
  "": true,
  "no-referrer": true,
  "no-referrer-when-downgrade": true,
  "same-origin": true,
  origin: true,
  "strict-origin": true,
  "origin-when-cross-origin": true,
  "strict-origin-when-cross-origin": true,
  "unsafe-url": true,
});
const toMode = enumeration("RequestMode", {
  __proto__: null,
  navigate: true,
  "same-origin": true,
  "no-cors": true,
  cors: true,
});
const toCredentials = enumeration("RequestCredentials", {
  __proto__: null,
  omit: true,
  "same-origin": true,
  include: true,
});
const toCache = enumeration("RequestCache", {
  __proto__: null,
  default: true,
  "no-store": true,
  reload: true,
  "no-cache": true,
  "force-cache": true,
  "only-if-cached": true,
});
const toRedirect = enumeration("RequestRedirect", {
  __proto__: null,
  follow: true,
  error: true,
  manual: true,
});
const toDuplex = enumeration("RequestDuplex", { __proto__: null, half: true });
const toPriority = enumeration("RequestPriority", {
  __proto__: null,
  high: true,
  low: true,
  auto: true,
});

function toSignal(value, context) {
  if (value === null) {
    return null;
  }
  if (!require("events/abort_signal").isAbortSignal(value)) {
    throw new TypeError(`${context} is not of type 'AbortSignal'.`);
  }
  return value;
}

const isGiven = (value) => value !== undefined;

// What is undefined was not given.
class RequestInit {
  body;
  cache;
  credentials;
  duplex;
  headers;
  integrity;
  keepalive;
  method;
  mode;
  priority;
  redirect;
  referrer;
  referrerPolicy;
  signal;
  window;
  isEmpty = true;
}

// Read in the order of the names; members of other runtimes are not looked at.
// null where there is none.
exports.toRequestInit = (value, prefix) => {
  const object = dictionaryObject(value, `${prefix}: parameter 2`);
  if (object === null) {
    return null;
  }
  const init = new RequestInit();
  const { body } = object;
  if (isGiven(body)) {
    init.isEmpty = false;
    init.body = body === null ? null : toBodyInit(body, `${prefix}: member body`);
  }
  take(init, "cache", object.cache, toCache, prefix);
  take(init, "credentials", object.credentials, toCredentials, prefix);
  take(init, "duplex", object.duplex, toDuplex, prefix);
  const { headers } = object;
  if (isGiven(headers)) {
    init.isEmpty = false;
    init.headers = toHeadersInit(headers, `${prefix}: member headers`);
  }
  take(init, "integrity", object.integrity, DOMString, prefix);
  const { keepalive } = object;
  if (isGiven(keepalive)) {
    init.isEmpty = false;
    init.keepalive = !!keepalive;
  }
  take(init, "method", object.method, byteString, prefix);
  take(init, "mode", object.mode, toMode, prefix);
  take(init, "priority", object.priority, toPriority, prefix);
  take(init, "redirect", object.redirect, toRedirect, prefix);
  take(init, "referrer", object.referrer, USVString, prefix);
  take(init, "referrerPolicy", object.referrerPolicy, toReferrerPolicy, prefix);
  take(init, "signal", object.signal, toSignal, prefix);
  const { window } = object;
  if (isGiven(window)) {
    init.isEmpty = false;
    init.window = window;
  }
  return init;
};

function take(init, key, value, convert, prefix) {
  if (value !== undefined) {
    init.isEmpty = false;
    init[key] = convert(value, `${prefix}: member ${key}`);
  }
}

// fetch.spec.whatwg.org/#concept-method-normalize, behind the checks of the
// constructor's step 25.
exports.toMethod = (method, prefix) => {
  switch (method) {
    case "GET":
    case "POST":
    case "PUT":
    case "DELETE":
    case "HEAD":
    case "OPTIONS":
      return method;
  }
  const upper = StringPrototypeToUpperCase(method);
  if (!isToken(method) || upper === "CONNECT" || upper === "TRACE" || upper === "TRACK") {
    throw new TypeError(`${prefix}: '${method}' is not a method that a request may have.`);
  }
  switch (upper) {
    case "GET":
    case "POST":
    case "PUT":
    case "DELETE":
    case "HEAD":
    case "OPTIONS":
      return upper;
  }
  return method;
};
