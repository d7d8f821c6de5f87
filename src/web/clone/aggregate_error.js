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

// HTML takes own data properties alone, as V8 does for other errors.
function take(fields, error, key) {
  const descriptor = ReflectGetOwnPropertyDescriptor(error, key);
  if (descriptor !== undefined && ObjectHasOwn(descriptor, "value")) {
    fields[key] = key === "message" ? `${descriptor.value}` : descriptor.value;
  }
}

// html.spec.whatwg.org/multipage/structured-data.html#structuredserializeinternal, step 17
exports.toWire = (error) => {
  const fields = { __proto__: null };
  take(fields, error, "message");
  const { stack } = error;
  if (typeof stack === "string") {
    fields.stack = stack;
  }
  take(fields, error, "cause");
  take(fields, error, "errors");
  return fields;
};

// An iterable of nothing: arrays iterate by a method that the program may have replaced.
const nothing = {
  __proto__: null,
  [SymbolIterator]: () => ({ __proto__: null, next: () => ({ __proto__: null, done: true }) }),
};

exports.fromWire = (fields) => {
  const error = new AggregateError(nothing);
  delete error.errors;
  const keys = ["message", "stack", "cause", "errors"];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (ObjectHasOwn(fields, key)) {
      ObjectDefineProperty(error, key, {
        __proto__: null,
        value: fields[key],
        writable: true,
        enumerable: false,
        configurable: true,
      });
    }
  }
  return error;
};
