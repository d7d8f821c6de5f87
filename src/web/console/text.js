"use strict";
// Text as the console prints it: escapes, quotes, widths, lines.
//
// Characters are compared as one-unit strings (`c < " "`) and read by index,
// which needs no method that a program could have replaced.

const {
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
} = primordials;
const { op_console_width } = ops;
const { List } = require("console/list");

const HEX = "0123456789ABCDEF";
const LOWER_HEX = "0123456789abcdef";
const ESCAPES = {
  __proto__: null,
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
  "\\": "\\\\",
  "'": "\\'",
};

function isLeadSurrogate(c) {
  return c >= "\ud800" && c <= "\udbff";
}

function isTrailSurrogate(c) {
  return c >= "\udc00" && c <= "\udfff";
}

// What stands for the control character or lone surrogate `c`.
function escapeUnit(c) {
  const short = ESCAPES[c];
  if (short !== undefined) return short;
  const code = StringPrototypeCharCodeAt(c, 0);
  if (code < 0x100) return "\\x" + HEX[code >> 4] + HEX[code & 15];
  return "\\u" + LOWER_HEX[code >> 12] + LOWER_HEX[(code >> 8) & 15] +
    LOWER_HEX[(code >> 4) & 15] + LOWER_HEX[code & 15];
}

// Escapes what would break a line, move the cursor or not survive UTF-8, and
// the apostrophe unless `keepApostrophe`.
function escape(text, keepApostrophe) {
  let result = "";
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c >= " " && c < "\x7f") {
      if (c !== "\\" && (keepApostrophe || c !== "'")) continue;
    } else if (c > "\x9f") {
      if (c < "\ud800" || c > "\udfff") continue;
      if (isLeadSurrogate(c) && i + 1 < text.length && isTrailSurrogate(text[i + 1])) {
        i++;
        continue;
      }
    }
    result += StringPrototypeSlice(text, start, i) + escapeUnit(c);
    start = i + 1;
  }
  return start === 0 ? text : result + StringPrototypeSlice(text, start);
}

function includes(text, part) {
  return StringPrototypeIndexOf(text, part) !== -1;
}

// The text as a string literal, in the quotes that need the fewest escapes.
function quote(text) {
  if (!includes(text, "'")) return "'" + escape(text, true) + "'";
  if (!includes(text, '"')) return '"' + escape(text, true) + '"';
  if (!includes(text, "`") && !includes(text, "${")) return "`" + escape(text, true) + "`";
  return "'" + escape(text, false) + "'";
}

function isDigit(c) {
  return c >= "0" && c <= "9";
}

// The length of the colour sequence (ESC [ digits m) at `at`, or 0.
function colorLength(text, at) {
  if (at + 3 >= text.length || text[at] !== "\x1b" || text[at + 1] !== "[") return 0;
  let end = at + 2;
  while (end < text.length && end < at + 4 && isDigit(text[end])) end++;
  return end > at + 2 && end < text.length && text[end] === "m" ? end + 1 - at : 0;
}

function withoutColors(text) {
  let at = StringPrototypeIndexOf(text, "\x1b");
  if (at === -1) return text;
  let result = "";
  let start = 0;
  while (at !== -1) {
    const length = colorLength(text, at);
    if (length > 0) {
      result += StringPrototypeSlice(text, start, at);
      start = at + length;
    }
    at = StringPrototypeIndexOf(text, "\x1b", at + (length || 1));
  }
  return result + StringPrototypeSlice(text, start);
}

// How many terminal columns the text takes.
function width(text) {
  const plain = withoutColors(text);
  for (let i = 0; i < plain.length; i++) {
    if (plain[i] < " " || plain[i] > "~") return op_console_width(plain);
  }
  return plain.length;
}

function spaces(count) {
  let text = "";
  for (; count >= 16; count -= 16) text += "                ";
  for (; count > 0; count--) text += " ";
  return text;
}

// Splits at "\n"; with `keepBreaks` each line keeps its own, and an empty last
// line is left out.
function lines(text, keepBreaks) {
  const list = new List();
  let start = 0;
  let end = StringPrototypeIndexOf(text, "\n");
  while (end !== -1) {
    list.push(StringPrototypeSlice(text, start, keepBreaks ? end + 1 : end));
    start = end + 1;
    end = StringPrototypeIndexOf(text, "\n", start);
  }
  if (!keepBreaks || start < text.length || start === 0) {
    list.push(StringPrototypeSlice(text, start));
  }
  return list;
}

// Starts every line but the first with `margin`.
function indentRest(text, margin) {
  if (margin === "" || !includes(text, "\n")) return text;
  return lines(text, false).join("\n" + margin);
}

function startsWith(text, prefix) {
  return StringPrototypeSlice(text, 0, prefix.length) === prefix;
}

function endsWith(text, suffix) {
  return text.length >= suffix.length &&
    StringPrototypeSlice(text, text.length - suffix.length) === suffix;
}

exports.endsWith = endsWith;
exports.escape = escape;
exports.includes = includes;
exports.indentRest = indentRest;
exports.isDigit = isDigit;
exports.lines = lines;
exports.quote = quote;
exports.spaces = spaces;
exports.startsWith = startsWith;
exports.width = width;
exports.withoutColors = withoutColors;
