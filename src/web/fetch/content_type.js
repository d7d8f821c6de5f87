"use strict";

// fetch.spec.whatwg.org/#content-type-header

const { StringPrototypeCharCodeAt, StringPrototypeIndexOf, StringPrototypeSlice } = primordials;
const { essence, parameter, parseMimeType, setParameter } = require("mime/mime_type");

// fetch.spec.whatwg.org/#header-value-get-decode-and-split
// Calls `take` with each value.
function split(input, take) {
  let start = 0;
  let i = 0;
  for (; i <= input.length; i++) {
    const code = i < input.length ? StringPrototypeCharCodeAt(input, i) : 0x2c;
    if (code === 0x22) {
      i = endOfQuoted(input, i);
    } else if (code === 0x2c) {
      take(trim(input, start, i));
      start = i + 1;
    }
  }
}

// The place of the closing quote, or of the last character.
function endOfQuoted(input, start) {
  for (let i = start + 1; i < input.length; i++) {
    const code = StringPrototypeCharCodeAt(input, i);
    if (code === 0x5c) {
      i++;
    } else if (code === 0x22) {
      return i;
    }
  }
  return input.length - 1;
}

const isBlank = (code) => code === 0x20 || code === 0x09;

function trim(input, start, end) {
  while (start < end && isBlank(StringPrototypeCharCodeAt(input, start))) {
    start++;
  }
  while (end > start && isBlank(StringPrototypeCharCodeAt(input, end - 1))) {
    end--;
  }
  return StringPrototypeSlice(input, start, end);
}

// fetch.spec.whatwg.org/#concept-header-extract-mime-type
// null stands for failure.
exports.extractMimeType = (headers) => {
  const value = headers.get("content-type");
  if (value === null) {
    return null;
  }
  if (StringPrototypeIndexOf(value, ",") < 0) {
    const mimeType = parseMimeType(value);
    return mimeType === null || essence(mimeType) === "*/*" ? null : mimeType;
  }
  let result = null;
  let charset;
  split(value, (part) => {
    const mimeType = parseMimeType(part);
    if (mimeType === null || essence(mimeType) === "*/*") {
      return;
    }
    const given = parameter(mimeType, "charset");
    if (result === null || essence(mimeType) !== essence(result)) {
      charset = given;
    } else if (given === undefined && charset !== undefined) {
      setParameter(mimeType, "charset", charset);
    }
    result = mimeType;
  });
  return result;
};
