"use strict";
// Primitive values as text.

const { StringPrototypeSlice, SymbolPrototypeToString } = primordials;
const { lines, quote, spaces } = require("console/text");

// Strings up to this long are never broken at their line breaks.
const SHORT_STRING = 16;

function numberText(number) {
  return number === 0 && 1 / number < 0 ? "-0" : "" + number;
}

function more(count, noun) {
  return "... " + count + " more " + noun + (count === 1 ? "" : "s");
}

function stringText(context, string) {
  let trailer = "";
  if (string.length > context.maxStringLength) {
    trailer = more(string.length - context.maxStringLength, "character");
    string = StringPrototypeSlice(string, 0, context.maxStringLength);
  }
  const room = context.breakLength - context.indentation - 4;
  if (context.compact === true || string.length <= SHORT_STRING || string.length <= room) {
    return context.paint(quote(string), "string") + trailer;
  }
  const parts = lines(string, true);
  for (let i = 0; i < parts.length; i++) parts[i] = context.paint(quote(parts[i]), "string");
  return parts.join(" +\n" + spaces(context.indentation + 2)) + trailer;
}

function primitiveText(context, value) {
  switch (typeof value) {
    case "string":
      return stringText(context, value);
    case "number":
      return context.paint(numberText(value), "number");
    case "bigint":
      return context.paint(value + "n", "bigint");
    case "boolean":
      return context.paint(value ? "true" : "false", "boolean");
    case "symbol":
      return context.paint(SymbolPrototypeToString(value), "symbol");
    case "undefined":
      return context.paint("undefined", "undefined");
    default:
      return context.paint("null", "null");
  }
}

exports.more = more;
exports.numberText = numberText;
exports.primitiveText = primitiveText;
