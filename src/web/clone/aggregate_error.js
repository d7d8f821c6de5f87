"use strict";

// AggregateErrors in structured clone: V8's serializer drops their `errors`.
//
// V8's own constructor and `Promise.any`, which makes such errors too, are lazy
// properties, so that this file runs before a program can have one. Only then
// does the serializer ask whether an error is one; before, it asks nothing.

const {
  AggregateError,
  ObjectDefineProperty,
  ObjectHasOwn,
  PromiseAny,
  ReflectGetOwnPropertyDescriptor,
  SymbolIterator,
} = primordials;
const { op_aggregate_error_mark } = ops;

op_aggregate_error_mark(AggregateError.prototype);

exports.AggregateError = AggregateError;
exports.any = PromiseAny;

// HTML takes own data properties alone, as V8 does for other errors. The value
// in an array, or undefined where there is none.
function own(error, key) {
  const descriptor = ReflectGetOwnPropertyDescriptor(error, key);
  return descriptor !== undefined && ObjectHasOwn(descriptor, "value")
    ? [descriptor.value]
    : undefined;
}

// html.spec.whatwg.org/multipage/structured-data.html#structuredserializeinternal, step 17
exports.toWire = (error) => {
  const message = own(error, "message");
  return [
    message,
    require("error/own_stack").ownStack(error),
    own(error, "cause"),
    own(error, "errors"),
  ];
};

// An iterable of nothing: arrays iterate by a method that the program may have replaced.
const nothing = {
  __proto__: null,
  [SymbolIterator]: () => ({ __proto__: null, next: () => ({ __proto__: null, done: true }) }),
};

function define(error, key, value) {
  ObjectDefineProperty(error, key, {
    __proto__: null,
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}

// The error without `cause` and `errors`, which the deserializer adds.
exports.fromWire = (message, stack) => {
  const error = new AggregateError(nothing);
  delete error.errors;
  if (message !== undefined) {
    define(error, "message", message);
  }
  define(error, "stack", stack);
  return error;
};
