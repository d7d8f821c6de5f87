"use strict";

// webidl.spec.whatwg.org/#quotaexceedederror

const { ObjectDefineProperty, RangeError } = primordials;
const { defineInterface, fallBack, illegalInvocation, isObject } = require("webidl/interface");
const { DOMString, double } = require("webidl/convert");
const { dictionaryObject } = require("webidl/dictionary");
const { DOMException, texts } = require("dom/dom_exception");

const CONTEXT = "Failed to construct 'QuotaExceededError'";

function amount(init, key) {
  const value = init === null ? undefined : init[key];
  return value === undefined ? null : double(value, `${CONTEXT}: member ${key}`);
}

let check;
let slotsOf;

class QuotaExceededError extends DOMException {
  #quota = null;
  #requested = null;

  constructor(message = "", options = undefined) {
    const messageString = DOMString(message, `${CONTEXT}: parameter 1`);
    const init = dictionaryObject(options, `${CONTEXT}: parameter 2`);
    const quota = amount(init, "quota");
    const requested = amount(init, "requested");
    super(messageString, "QuotaExceededError");
    fallBack(this, new.target, QuotaExceededError);
    if (quota !== null && quota < 0) {
      throw new RangeError(`${CONTEXT}: quota is negative.`);
    }
    if (requested !== null && requested < 0) {
      throw new RangeError(`${CONTEXT}: requested is negative.`);
    }
    if (quota !== null && requested !== null && requested < quota) {
      throw new RangeError(`${CONTEXT}: requested is less than quota.`);
    }
    this.#quota = quota;
    this.#requested = requested;
  }

  static {
    const has = (value) => isObject(value) && #quota in value;
    check = (value) => (has(value) ? value : illegalInvocation());
    slotsOf = (value) =>
      has(value) ? { __proto__: null, quota: value.#quota, requested: value.#requested } : null;
  }

  get quota() {
    return check(this).#quota;
  }

  get requested() {
    return check(this).#requested;
  }
}

defineInterface(QuotaExceededError);

exports.QuotaExceededError = QuotaExceededError;

// webidl.spec.whatwg.org/#dfn-throw-quotaexceedederror; absent numbers are null.
function create(message, quota, requested) {
  return new QuotaExceededError(message, {
    __proto__: null,
    quota: quota ?? undefined,
    requested: requested ?? undefined,
  });
}
exports.create = create;

// Serialization steps: those of DOMException, then the two numbers.
exports.toWire = (value) => {
  const slots = slotsOf(value);
  if (slots === null) {
    return undefined;
  }
  const stack = require("error/own_stack").ownStack(value);
  return [
    {
      name: "QuotaExceededError",
      message: texts(value)[1],
      stack: typeof stack === "string" ? stack : "",
      quota: slots.quota,
      requested: slots.requested,
    },
  ];
};

// The data may come from another machine.
exports.fromWire = ({ message, stack, quota, requested }) => {
  const number = (value) => (typeof value === "number" ? value : null);
  const error = create(`${message}`, number(quota), number(requested));
  ObjectDefineProperty(error, "stack", {
    __proto__: null,
    value: `${stack}`,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  return error;
};
