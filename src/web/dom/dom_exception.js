"use strict";

// webidl.spec.whatwg.org/#idl-DOMException

const { Error, ErrorPrototype, ObjectDefineProperty, ObjectSetPrototypeOf, ReflectConstruct } =
  primordials;
const {
  defineConstants,
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
} = require("webidl/interface");
const { DOMString } = require("webidl/convert");

// webidl.spec.whatwg.org/#idl-DOMException-error-names
const legacyCodes = {
  __proto__: null,
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
};

// A DOMException must be a true error, with [[ErrorData]] and a stack, whose
// class nevertheless does not inherit from Error. So the object is one that
// Error has made for our prototype, and a constructor that returns what it is
// given plants the private names on it.
class Given {
  constructor(object) {
    return object;
  }
}

let slotsOf;

class Slots extends Given {
  #name;
  #message;

  constructor(error, message, name) {
    super(error);
    this.#message = message;
    this.#name = name;
  }

  static {
    slotsOf = {
      __proto__: null,
      has: (value) => isObject(value) && #name in value,
      name: (value) => value.#name,
      message: (value) => value.#message,
    };
  }
}

function check(value) {
  if (!slotsOf.has(value)) {
    illegalInvocation();
  }
  return value;
}

// The stack begins at the caller: Error skips frames down to the function that
// is the new target. Its first line reads the `name` below, once somebody asks
// for it, and the message that Error was given, which is no property here.
function construct(newTarget, message, name) {
  const error = ReflectConstruct(Error, [message], newTarget);
  delete error.message;
  return new Slots(error, message, name);
}

class DOMException {
  constructor(message = "", name = "Error") {
    const context = "Failed to construct 'DOMException': parameter";
    const messageString = DOMString(message, `${context} 1`);
    const nameString = DOMString(name, `${context} 2`);
    const exception = construct(new.target, messageString, nameString);
    fallBack(exception, new.target, DOMException);
    return exception;
  }

  get name() {
    return slotsOf.name(check(this));
  }

  get message() {
    return slotsOf.message(check(this));
  }

  // webidl.spec.whatwg.org/#dom-domexception-code
  get code() {
    return legacyCodes[slotsOf.name(check(this))] ?? 0;
  }
}

ObjectSetPrototypeOf(DOMException.prototype, ErrorPrototype);
defineInterface(DOMException);
defineConstants(DOMException, {
  __proto__: null,
  INDEX_SIZE_ERR: 1,
  DOMSTRING_SIZE_ERR: 2,
  HIERARCHY_REQUEST_ERR: 3,
  WRONG_DOCUMENT_ERR: 4,
  INVALID_CHARACTER_ERR: 5,
  NO_DATA_ALLOWED_ERR: 6,
  NO_MODIFICATION_ALLOWED_ERR: 7,
  NOT_FOUND_ERR: 8,
  NOT_SUPPORTED_ERR: 9,
  INUSE_ATTRIBUTE_ERR: 10,
  INVALID_STATE_ERR: 11,
  SYNTAX_ERR: 12,
  INVALID_MODIFICATION_ERR: 13,
  NAMESPACE_ERR: 14,
  INVALID_ACCESS_ERR: 15,
  VALIDATION_ERR: 16,
  TYPE_MISMATCH_ERR: 17,
  SECURITY_ERR: 18,
  NETWORK_ERR: 19,
  ABORT_ERR: 20,
  URL_MISMATCH_ERR: 21,
  QUOTA_EXCEEDED_ERR: 22,
  TIMEOUT_ERR: 23,
  INVALID_NODE_TYPE_ERR: 24,
  DATA_CLONE_ERR: 25,
});

exports.DOMException = DOMException;
exports.isDOMException = slotsOf.has;

// Name and message, whatever the program made of the getters.
exports.texts = (value) =>
  slotsOf.has(value) ? [slotsOf.name(value), slotsOf.message(value)] : undefined;

// webidl.spec.whatwg.org/#dfn-create-exception. A new target of its own: the
// stack begins at whoever calls this function.
function create(message, name) {
  return construct(create, message, name);
}
create.prototype = DOMException.prototype;
exports.create = create;

// webidl.spec.whatwg.org/#idl-DOMException, serialization steps. The stack may
// have been replaced by the program: only a string of its own travels.
exports.toWire = (value) => {
  if (!slotsOf.has(value)) {
    return undefined;
  }
  const stack = require("error/own_stack").ownStack(value);
  return [slotsOf.name(value), slotsOf.message(value), typeof stack === "string" ? stack : ""];
};

exports.fromWire = (name, message, stack) => {
  const exception = create(message, name);
  ObjectDefineProperty(exception, "stack", {
    __proto__: null,
    value: stack,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  return exception;
};
