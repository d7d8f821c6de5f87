"use strict";

// urlpattern.spec.whatwg.org/#tokenizing

const {
  RegExp,
  RegExpPrototypeExec,
  StringPrototypeCharCodeAt,
  StringPrototypeCodePointAt,
  StringPrototypeSlice,
  TypeError,
} = primordials;

const OPEN = 0;
const CLOSE = 1;
const REGEXP = 2;
const NAME = 3;
const CHAR = 4;
const ESCAPED_CHAR = 5;
const OTHER_MODIFIER = 6;
const ASTERISK = 7;
const END = 8;
const INVALID_CHAR = 9;

exports.TYPES = {
  __proto__: null,
  OPEN,
  CLOSE,
  REGEXP,
  NAME,
  CHAR,
  ESCAPED_CHAR,
  OTHER_MODIFIER,
  ASTERISK,
  END,
  INVALID_CHAR,
};

const identifierStart = new RegExp("^[\\p{ID_Start}$_]$", "u");
const identifierPart = new RegExp("^[\\p{ID_Continue}$\\u200c\\u200d]$", "u");

// urlpattern.spec.whatwg.org/#is-a-valid-name-code-point
function isNameCodePoint(text, first) {
  return RegExpPrototypeExec(first ? identifierStart : identifierPart, text) !== null;
}
exports.isNameCodePoint = isNameCodePoint;

// Indices are of code units here, since no rule asks for more than where a code
// point ends.
function codePointLength(input, index) {
  return StringPrototypeCodePointAt(input, index) > 0xffff ? 2 : 1;
}

exports.firstCodePoint = (text) => StringPrototypeSlice(text, 0, codePointLength(text, 0));

// What no rule looks at: the end of a run of such, seen from `index`.
function runEnd(input, index) {
  let end = index;
  while (end < input.length && isPlain(StringPrototypeCharCodeAt(input, end))) {
    end++;
  }
  return end;
}

// Letters and digits, `-`, `.` and `_`, and what is beyond ASCII and no surrogate.
function isPlain(code) {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x5f ||
    (code > 0x7f && (code < 0xd800 || code > 0xdfff))
  );
}

// urlpattern.spec.whatwg.org/#tokenize
// A token of characters holds as many as follow one another and mean nothing. The last one has a token of its own: the
// one in front of a group is its prefix.
exports.tokenize = (input, strict) => {
  const { length } = input;
  const tokens = { __proto__: null, length: 0 };
  let index = 0;

  function add(type, next, start, end) {
    const value = StringPrototypeSlice(input, start, end);
    tokens[tokens.length++] = { __proto__: null, type, index, value };
    index = next;
  }

  // urlpattern.spec.whatwg.org/#process-a-tokenizing-error
  function fail(next, start) {
    if (strict) {
      throw new TypeError(`Invalid pattern '${input}': unexpected syntax at index ${index}.`);
    }
    add(INVALID_CHAR, next, start, next);
  }

  while (index < length) {
    const next = index + codePointLength(input, index);
    switch (input[index]) {
      case "*":
        add(ASTERISK, next, index, next);
        break;
      case "+":
      case "?":
        add(OTHER_MODIFIER, next, index, next);
        break;
      case "\\": {
        if (next === length) {
          fail(next, index);
          break;
        }
        const end = next + codePointLength(input, next);
        add(ESCAPED_CHAR, end, next, end);
        break;
      }
      case "{":
        add(OPEN, next, index, next);
        break;
      case "}":
        add(CLOSE, next, index, next);
        break;
      case ":": {
        const end = nameEnd(input, next);
        if (end === next) {
          fail(next, index);
        } else {
          add(NAME, end, next, end);
        }
        break;
      }
      case "(": {
        const end = regexpEnd(input, next);
        if (end > 0) {
          add(REGEXP, end, next, end - 1);
        } else {
          fail(next, index);
        }
        break;
      }
      default: {
        const last = runEnd(input, index) - 1;
        if (last > index) {
          add(CHAR, last, index, last);
          add(CHAR, last + 1, last, last + 1);
        } else {
          add(CHAR, next, index, next);
        }
      }
    }
  }
  add(END, index, index, index);
  return tokens;
};

function nameEnd(input, start) {
  let end = start;
  while (end < input.length) {
    const next = end + codePointLength(input, end);
    if (!isNameCodePoint(StringPrototypeSlice(input, end, next), end === start)) {
      break;
    }
    end = next;
  }
  return end;
}

// Behind the parenthesis that closes the group, 0 if the group is none.
function regexpEnd(input, start) {
  const { length } = input;
  let depth = 1;
  let position = start;
  while (position < length) {
    const character = input[position];
    if (character > "\x7f" || (position === start && character === "?")) {
      return 0;
    }
    if (character === "\\") {
      if (position === length - 1 || input[position + 1] > "\x7f") {
        return 0;
      }
      position += 2;
      continue;
    }
    if (character === ")") {
      depth--;
      if (depth === 0) {
        return position === start ? 0 : position + 1;
      }
    } else if (character === "(") {
      depth++;
      if (position === length - 1 || input[position + 1] !== "?") {
        return 0;
      }
    }
    position++;
  }
  return 0;
}
