"use strict";

// webidl.spec.whatwg.org/#js-type-mapping
//
// The conversions that nearly every interface needs; integers, sequences,
// dictionaries, callbacks and buffers have files of their own. A converter
// takes the value and the words that begin its error message, for instance
// "Failed to construct 'Event': parameter 1". The words are literals, so the
// path without an error builds no string.

const { MathFround, StringPrototypeToWellFormed, TypeError } = primordials;

exports.any = (value) => value;

exports.boolean = (value) => !!value;

// webidl.spec.whatwg.org/#js-DOMString
function DOMString(value, context) {
  if (typeof value === "string") {
    return value;
  }
  if (typeof value === "symbol") {
    throw new TypeError(`${context} is a symbol, which cannot be converted to a string.`);
  }
  return `${value}`;
}
exports.DOMString = DOMString;

// webidl.spec.whatwg.org/#js-ByteString
exports.ByteString = (value, context) => {
  const string = DOMString(value, context);
  for (let i = 0; i < string.length; i++) {
    // Indexing a primitive string reaches its own properties only.
    if (string[i] > "\xFF") {
      throw new TypeError(`${context} contains a character above U+00FF at index ${i}.`);
    }
  }
  return string;
};

// webidl.spec.whatwg.org/#js-USVString
exports.USVString = (value, context) => StringPrototypeToWellFormed(DOMString(value, context));

// webidl.spec.whatwg.org/#js-unrestricted-double
function unrestrictedDouble(value, context) {
  if (typeof value === "symbol" || typeof value === "bigint") {
    throw new TypeError(`${context} is a ${typeof value}, which cannot be converted to a number.`);
  }
  return +value;
}
exports.unrestrictedDouble = unrestrictedDouble;

// webidl.spec.whatwg.org/#js-double
function double(value, context) {
  const number = unrestrictedDouble(value, context);
  if (number !== number || number === Infinity || number === -Infinity) {
    throw new TypeError(`${context} is not a finite floating-point value.`);
  }
  return number;
}
exports.double = double;

// webidl.spec.whatwg.org/#js-float
exports.float = (value, context) => {
  const number = MathFround(double(value, context));
  if (number === Infinity || number === -Infinity) {
    throw new TypeError(`${context} is outside the range of a float.`);
  }
  return number;
};

// webidl.spec.whatwg.org/#js-unrestricted-float
exports.unrestrictedFloat = (value, context) => MathFround(unrestrictedDouble(value, context));

// webidl.spec.whatwg.org/#js-object
exports.object = (value, context) => {
  if ((typeof value === "object" && value !== null) || typeof value === "function") {
    return value;
  }
  throw new TypeError(`${context} is not an object.`);
};

// webidl.spec.whatwg.org/#js-nullable-type
exports.nullable = (convert) => (value, context) =>
  value === undefined || value === null ? null : convert(value, context);

// webidl.spec.whatwg.org/#js-enumeration
// `values` is an object with a null prototype whose keys are the values.
exports.enumeration = (name, values) => (value, context) => {
  const string = DOMString(value, context);
  if (values[string] === undefined) {
    throw new TypeError(`${context}: '${string}' is not a valid value of enum ${name}.`);
  }
  return string;
};

// webidl.spec.whatwg.org/#js-interface
// `isInstance` is the brand check that the interface's file exports.
exports.interfaceType = (name, isInstance) => (value, context) => {
  if (!isInstance(value)) {
    throw new TypeError(`${context} is not of type '${name}'.`);
  }
  return value;
};
