"use strict";

// webidl.spec.whatwg.org/#js-integer-types
//
// `mode` is undefined (wrap around), "enforce" ([EnforceRange]) or "clamp"
// ([Clamp]).

const { MathFloor, MathTrunc, TypeError } = primordials;

function toNumber(value, context) {
  if (typeof value === "symbol" || typeof value === "bigint") {
    throw new TypeError(`${context} is a ${typeof value}, which cannot be converted to a number.`);
  }
  return +value;
}

function enforce(number, lower, upper, context) {
  // Catches NaN too, for which every comparison is false.
  if (!(number > lower - 1 && number < upper + 1)) {
    throw new TypeError(`${context} is ${number}, which is not between ${lower} and ${upper}.`);
  }
  // Adding 0 turns -0 into 0.
  return MathTrunc(number) + 0;
}

function clamp(number, lower, upper) {
  if (number !== number) {
    return 0;
  }
  if (number <= lower) {
    return lower;
  }
  if (number >= upper) {
    return upper;
  }
  const floor = MathFloor(number);
  const fraction = number - floor;
  // To the nearest integer, and to the even one of two that are as near.
  const up = fraction > 0.5 || (fraction === 0.5 && floor % 2 !== 0);
  return (up ? floor + 1 : floor) + 0;
}

function ranged(number, lower, upper, mode, context) {
  return mode === "enforce" ? enforce(number, lower, upper, context) : clamp(number, lower, upper);
}

exports.byte = (value, context, mode) => {
  const number = toNumber(value, context);
  return mode === undefined ? (number << 24) >> 24 : ranged(number, -128, 127, mode, context);
};

exports.octet = (value, context, mode) => {
  const number = toNumber(value, context);
  return mode === undefined ? number & 0xff : ranged(number, 0, 255, mode, context);
};

exports.short = (value, context, mode) => {
  const number = toNumber(value, context);
  return mode === undefined ? (number << 16) >> 16 : ranged(number, -32768, 32767, mode, context);
};

exports.unsignedShort = (value, context, mode) => {
  const number = toNumber(value, context);
  return mode === undefined ? number & 0xffff : ranged(number, 0, 65535, mode, context);
};

exports.long = (value, context, mode) => {
  const number = toNumber(value, context);
  return mode === undefined ? number | 0 : ranged(number, -2147483648, 2147483647, mode, context);
};

exports.unsignedLong = (value, context, mode) => {
  const number = toNumber(value, context);
  return mode === undefined ? number >>> 0 : ranged(number, 0, 4294967295, mode, context);
};

// The 64-bit types yield Numbers: with a mode they stay among the safe
// integers, without one the result is the Number nearest to the wrapped value.
const MAX_SAFE = 9007199254740991;

const TWO_63 = 9223372036854775808;
const TWO_64 = 18446744073709551616;

// Between -2^64 and 2^64, with the sign of the number.
function remainder64(number) {
  return number !== number || number === Infinity || number === -Infinity
    ? 0
    : MathTrunc(number) % TWO_64;
}

exports.longLong = (value, context, mode) => {
  const number = toNumber(value, context);
  if (mode !== undefined) {
    return ranged(number, -MAX_SAFE, MAX_SAFE, mode, context);
  }
  const remainder = remainder64(number);
  if (remainder >= TWO_63) {
    return remainder - TWO_64;
  }
  return (remainder < -TWO_63 ? remainder + TWO_64 : remainder) + 0;
};

exports.unsignedLongLong = (value, context, mode) => {
  const number = toNumber(value, context);
  if (mode !== undefined) {
    return ranged(number, 0, MAX_SAFE, mode, context);
  }
  const remainder = remainder64(number);
  return (remainder < 0 ? remainder + TWO_64 : remainder) + 0;
};
