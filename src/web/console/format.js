"use strict";
// console.spec.whatwg.org/#formatter, with Node's %j and Node's rendering.

const {
  FunctionPrototypeToString,
  JSONStringify,
  Number,
  NumberParseFloat,
  NumberParseInt,
  ObjectHasOwn,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  SymbolPrototypeToString,
  SymbolToPrimitive,
  globalThis,
} = primordials;
const { op_value_kind } = ops;
const { KIND } = require("console/value_kind");
const { isNative, ownValue, prototypeOf, read, withoutProxy } = require("console/inspect_names");
const { numberText } = require("console/inspect_primitive");
const { inspect } = require("console/inspect_value");
const { startsWith } = require("console/text");

// Whether the object has a method under the key that says something of it: one
// of the program's, or of a class that no global is, as in Node: of typed
// arrays and of Temporal's.
function hasOwnMethod(object, key) {
  if (typeof read(object, key) !== "function") return false;
  let holder = object;
  while (!ObjectHasOwn(holder, key)) {
    holder = prototypeOf(holder);
    if (holder === null) return false;
  }
  if (holder === object) return true;
  const constructor = ownValue(holder, "constructor");
  if (typeof constructor !== "function" || !isNative(constructor)) return true;
  const name = ownValue(constructor, "name");
  return typeof name !== "string" || ownValue(globalThis, name) !== constructor;
}

// Whether a program has said how the object turns into a string. What the
// language's own prototypes say ("[object Object]") helps nobody.
function hasOwnText(object) {
  return hasOwnMethod(object, SymbolToPrimitive) || hasOwnMethod(object, "toString");
}

// %s. A conversion of the program's own may throw, and does so to the caller.
function stringArgument(value) {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return numberText(value);
    case "bigint":
      return value + "n";
    case "symbol":
      return SymbolPrototypeToString(value);
    case "object":
    case "function": {
      const object = withoutProxy(value);
      if (object !== null && hasOwnText(object)) return `${value}`;
      if (typeof value === "function") return FunctionPrototypeToString(value);
      return inspect(value, { __proto__: null, depth: 0, compact: 3 });
    }
    default:
      return `${value}`;
  }
}

// %d, %i and %f.
function numberArgument(value, convert) {
  return typeof value === "symbol" ? "NaN" : numberText(convert(value));
}

function integerArgument(value, convert) {
  return typeof value === "bigint" ? value + "n" : numberArgument(value, convert);
}

// %j
function jsonArgument(value) {
  try {
    return `${JSONStringify(value)}`;
  } catch (error) {
    const circular = op_value_kind(error) === KIND.ERROR &&
      startsWith(`${read(error, "message")}`, "Converting circular structure");
    if (circular) return "[Circular]";
    throw error;
  }
}

// The text for `value` by the specifier, or undefined if that is none.
function specified(specifier, value, colors) {
  switch (specifier) {
    case "s":
      return stringArgument(value);
    case "d":
      return integerArgument(value, Number);
    case "i":
      return integerArgument(value, NumberParseInt);
    case "f":
      return numberArgument(value, NumberParseFloat);
    case "o":
      return inspect(value, {
        __proto__: null,
        colors,
        showHidden: true,
        showProxy: true,
        depth: 4,
      });
    case "O":
      return inspect(value, { __proto__: null, colors });
    case "j":
      return jsonArgument(value);
    case "c":
      // Style sheets have no meaning on a terminal.
      return "";
    default:
      return undefined;
  }
}

// The arguments from one on as text, a space between them.
function joinArguments(args, from, colors) {
  let text = "";
  for (let i = from; i < args.length; i++) {
    const value = args[i];
    if (i > from) text += " ";
    text += typeof value === "string" ? value : inspect(value, { __proto__: null, colors });
  }
  return text;
}

// The arguments of one console call as text.
function formatArguments(args, colors) {
  const { length } = args;
  if (length < 2 || typeof args[0] !== "string") return joinArguments(args, 0, colors);
  const first = args[0];
  let text = "";
  let next = 1;
  let start = 0;
  let at = StringPrototypeIndexOf(first, "%");
  while (at !== -1 && at + 1 < first.length) {
    const specifier = first[at + 1];
    let replacement;
    if (specifier === "%") {
      replacement = "%";
    } else if (next < length) {
      replacement = specified(specifier, args[next], colors);
      if (replacement !== undefined) next++;
    }
    if (replacement !== undefined) {
      text += StringPrototypeSlice(first, start, at) + replacement;
      start = at + 2;
    }
    at = StringPrototypeIndexOf(first, "%", at + (replacement === undefined ? 1 : 2));
  }
  text += StringPrototypeSlice(first, start);
  return next < length ? text + " " + joinArguments(args, next, colors) : text;
}

function format(...args) {
  return formatArguments(args, false);
}

exports.format = format;
exports.formatArguments = formatArguments;
exports.joinArguments = joinArguments;
