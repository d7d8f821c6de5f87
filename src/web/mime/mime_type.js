"use strict";

// mimesniff.spec.whatwg.org/#parsing-a-mime-type and #serializing-a-mime-type
//
// A MIME type is a record: an object with a null prototype and the members
// `type`, `subtype` and `parameters`, which is a list of a name and a value in
// turn. A list is what webidl/sequence.js says.

const {
  StringFromCharCode,
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeToLowerCase,
} = primordials;

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

// The HTTP token code points that are no letters or digits.
const TOKEN_MARKS = "!#$%&'*+-.^_`|~";

// mimesniff.spec.whatwg.org/#http-token-code-point
function isTokenCode(code) {
  return (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    (code < 0x80 && StringPrototypeIndexOf(TOKEN_MARKS, StringFromCharCode(code)) !== -1);
}

function isToken(string) {
  for (let i = 0; i < string.length; i++) {
    if (!isTokenCode(StringPrototypeCharCodeAt(string, i))) {
      return false;
    }
  }
  return string !== "";
}

// mimesniff.spec.whatwg.org/#http-quoted-string-token-code-point
function isQuotable(string) {
  for (let i = 0; i < string.length; i++) {
    const code = StringPrototypeCharCodeAt(string, i);
    if (code !== TAB && (code < SPACE || code === 0x7f || code > 0xff)) {
      return false;
    }
  }
  return true;
}

// fetch.spec.whatwg.org/#http-whitespace
function isSpace(code) {
  return code === SPACE || code === TAB || code === LF || code === CR;
}

function skipSpace(string, position) {
  while (position < string.length && isSpace(StringPrototypeCharCodeAt(string, position))) {
    position++;
  }
  return position;
}

// The string from `start` to `end`, without white space at the end.
function sliceTrimmed(string, start, end) {
  while (end > start && isSpace(StringPrototypeCharCodeAt(string, end - 1))) {
    end--;
  }
  return StringPrototypeSlice(string, start, end);
}

function find(string, mark, position) {
  const index = StringPrototypeIndexOf(string, mark, position);
  return index === -1 ? string.length : index;
}

// ASCII alone: what is lowered is made of token code points, or is dropped.
const lower = StringPrototypeToLowerCase;

// Where the last quoted string that was collected ended.
let quotedEnd = 0;

// fetch.spec.whatwg.org/#collect-an-http-quoted-string, with "extract value".
// `position` is that of the opening quote.
function collectQuoted(string, position) {
  let value = "";
  let start = position + 1;
  position = start;
  while (position < string.length) {
    const code = StringPrototypeCharCodeAt(string, position);
    if (code === QUOTE) {
      break;
    }
    if (code === BACKSLASH) {
      value += StringPrototypeSlice(string, start, position);
      position++;
      // What is escaped stands for itself; a backslash at the end does, too.
      start = position < string.length ? position : position - 1;
    }
    position++;
  }
  quotedEnd = position < string.length ? position + 1 : string.length;
  return value + StringPrototypeSlice(string, start, position);
}

// So much of a list of parameters is looked through.
const FEW = 16;

function indexOfParameter(parameters, name) {
  for (let i = 0; i < parameters.length; i += 2) {
    if (parameters[i] === name) {
      return i;
    }
  }
  return -1;
}

// mimesniff.spec.whatwg.org/#parse-a-mime-type, steps 10 and 11
function parseParameters(input, position) {
  const parameters = { __proto__: null, length: 0 };
  // The names that were met, once there are too many to look through.
  let met = null;
  while (position < input.length) {
    // `position` is that of a semicolon.
    const start = skipSpace(input, position + 1);
    position = start;
    while (position < input.length) {
      const code = StringPrototypeCharCodeAt(input, position);
      if (code === SEMICOLON || code === EQUALS) {
        break;
      }
      position++;
    }
    const name = StringPrototypeSlice(input, start, position);
    if (position < input.length) {
      if (StringPrototypeCharCodeAt(input, position) === SEMICOLON) {
        continue;
      }
      position++;
    }
    if (position >= input.length) {
      break;
    }
    let value;
    if (StringPrototypeCharCodeAt(input, position) === QUOTE) {
      value = collectQuoted(input, position);
      position = find(input, ";", quotedEnd);
    } else {
      const end = find(input, ";", position);
      value = sliceTrimmed(input, position, end);
      position = end;
      if (value === "") {
        continue;
      }
    }
    if (isToken(name) && isQuotable(value)) {
      const lowered = lower(name);
      if (met === null && parameters.length > FEW) {
        met = { __proto__: null };
        for (let i = 0; i < parameters.length; i += 2) {
          met[parameters[i]] = true;
        }
      }
      if (met === null ? indexOfParameter(parameters, lowered) === -1 : met[lowered] === undefined) {
        if (met !== null) {
          met[lowered] = true;
        }
        parameters[parameters.length++] = lowered;
        parameters[parameters.length++] = value;
      }
    }
  }
  return parameters;
}

// mimesniff.spec.whatwg.org/#parse-a-mime-type. Null stands for failure.
exports.parseMimeType = (string) => {
  const start = skipSpace(string, 0);
  const input = sliceTrimmed(string, start, string.length);
  const slash = StringPrototypeIndexOf(input, "/");
  if (slash === -1) {
    return null;
  }
  const type = StringPrototypeSlice(input, 0, slash);
  const end = find(input, ";", slash + 1);
  const subtype = sliceTrimmed(input, slash + 1, end);
  if (!isToken(type) || !isToken(subtype)) {
    return null;
  }
  return {
    __proto__: null,
    type: lower(type),
    subtype: lower(subtype),
    parameters: parseParameters(input, end),
  };
};

// mimesniff.spec.whatwg.org/#mime-type-essence
const essence = (mimeType) => `${mimeType.type}/${mimeType.subtype}`;
exports.essence = essence;

// The value of a parameter, whose name is in lower case; undefined if there is
// none.
exports.parameter = (mimeType, name) => {
  const index = indexOfParameter(mimeType.parameters, name);
  return index === -1 ? undefined : mimeType.parameters[index + 1];
};

// Gives a parameter a value, be it there already or not.
exports.setParameter = (mimeType, name, value) => {
  const { parameters } = mimeType;
  const index = indexOfParameter(parameters, name);
  if (index !== -1) {
    parameters[index + 1] = value;
    return;
  }
  parameters[parameters.length++] = name;
  parameters[parameters.length++] = value;
};

function quote(value) {
  let quoted = '"';
  let start = 0;
  for (let i = 0; i < value.length; i++) {
    const code = StringPrototypeCharCodeAt(value, i);
    if (code === QUOTE || code === BACKSLASH) {
      quoted += `${StringPrototypeSlice(value, start, i)}\\`;
      start = i;
    }
  }
  return `${quoted}${StringPrototypeSlice(value, start, value.length)}"`;
}

// mimesniff.spec.whatwg.org/#serialize-a-mime-type
exports.serializeMimeType = (mimeType) => {
  const { parameters } = mimeType;
  let serialization = essence(mimeType);
  for (let i = 0; i < parameters.length; i += 2) {
    const value = parameters[i + 1];
    serialization += `;${parameters[i]}=${isToken(value) ? value : quote(value)}`;
  }
  return serialization;
};
