"use strict";

// webidl.spec.whatwg.org/#js-callback-function and #js-callback-interface

const { ReflectApply, TypeError } = primordials;
const { isObject } = require("webidl/interface");

exports.callbackFunction = (value, context) => {
  if (typeof value !== "function") {
    throw new TypeError(`${context} is not of type 'Function'.`);
  }
  return value;
};

// A member of a dictionary that is a callback function, undefined where it is absent.
exports.callbackMember = (object, name, context) => {
  const value = object[name];
  if (value !== undefined && typeof value !== "function") {
    throw new TypeError(`${context}: member ${name} is not a function.`);
  }
  return value;
};

exports.callbackInterface = (value, context) => {
  if (!isObject(value)) {
    throw new TypeError(`${context} is not of type 'Object'.`);
  }
  return value;
};

// webidl.spec.whatwg.org/#call-a-user-objects-operation
// `args` must be an array literal or another object with own indices only.
exports.callOperation = (value, operation, thisArg, args) => {
  if (typeof value === "function") {
    return ReflectApply(value, thisArg, args);
  }
  const method = value[operation];
  if (typeof method !== "function") {
    throw new TypeError(`${operation} is not a function.`);
  }
  return ReflectApply(method, value, args);
};
