"use strict";

// url.spec.whatwg.org/#application/x-www-form-urlencoded
//
// The list of tuples is a list of names and values in turn.

const { ObjectSetPrototypeOf, StringPrototypeCharCodeAt, StringPrototypeSlice } = primordials;
const { op_urlencoded_decode, op_urlencoded_encode } = ops;

const AMPERSAND = 0x26;
const PERCENT = 0x25;
const PLUS = 0x2b;
const EQUALS = 0x3d;

// A list, but made by a constructor: V8 reads the length of an object literal with
// a null prototype from a hash table.
class TupleList {
  length = 0;

  static from(list) {
    const tuples = new TupleList();
    for (let i = 0; i < list.length; i++) {
      tuples[tuples.length++] = list[i];
    }
    return tuples;
  }
}
ObjectSetPrototypeOf(TupleList.prototype, null);
exports.TupleList = TupleList;

function piece(input, start, end, encoded) {
  const text = StringPrototypeSlice(input, start, end);
  return encoded ? op_urlencoded_decode(text) : text;
}

// url.spec.whatwg.org/#concept-urlencoded-string-parser, from an index on.
// `input` has no lone surrogates.
exports.parseFlat = (input, start = 0) => {
  const list = new TupleList();
  const { length } = input;
  // Where the sequence begins, the first "=" of it is, and whether name and value
  // hold what must be decoded.
  let equals = -1;
  let encoded = false;
  let nameEncoded = false;
  for (let i = start; i <= length; i++) {
    const code = i === length ? AMPERSAND : StringPrototypeCharCodeAt(input, i);
    if (code === AMPERSAND) {
      if (i > start) {
        if (equals === -1) {
          list[list.length++] = piece(input, start, i, encoded);
          list[list.length++] = "";
        } else {
          list[list.length++] = piece(input, start, equals, nameEncoded);
          list[list.length++] = piece(input, equals + 1, i, encoded);
        }
      }
      start = i + 1;
      equals = -1;
      encoded = false;
      nameEncoded = false;
    } else if (code === EQUALS && equals === -1) {
      equals = i;
      nameEncoded = encoded;
      encoded = false;
    } else if (code === PERCENT || code === PLUS) {
      encoded = true;
    }
  }
  return list;
};

// The characters that stand for themselves: letters, digits and "*-._".
const plain = { __proto__: null };
for (let code = 0; code < 128; code++) {
  plain[code] =
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x2a ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x5f;
}

function encode(text) {
  const { length } = text;
  for (let i = 0; i < length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    if (code > 127 || !plain[code]) {
      return op_urlencoded_encode(text);
    }
  }
  return text;
}

// url.spec.whatwg.org/#concept-urlencoded-serializer
exports.serializeFlat = (list) => {
  let output = "";
  for (let i = 0; i < list.length; i += 2) {
    output += `${i === 0 ? "" : "&"}${encode(list[i])}=${encode(list[i + 1])}`;
  }
  return output;
};

// url.spec.whatwg.org/#dom-urlsearchparams-sort: by code units, and equal names
// stay in their order. Merges runs of doubling length.
exports.sortFlat = (list) => {
  let from = list;
  for (let run = 2; run < list.length; run *= 2) {
    const to = new TupleList();
    for (let start = 0; start < from.length; start += run * 2) {
      merge(from, to, start, start + run, start + run * 2);
    }
    from = to;
  }
  return from;
};

function merge(from, to, start, middle, end) {
  const { length } = from;
  const leftEnd = middle < length ? middle : length;
  const rightEnd = end < length ? end : length;
  let left = start;
  let right = leftEnd;
  while (left < leftEnd || right < rightEnd) {
    const takeLeft = right >= rightEnd || (left < leftEnd && from[left] <= from[right]);
    const i = takeLeft ? left : right;
    to[to.length++] = from[i];
    to[to.length++] = from[i + 1];
    if (takeLeft) {
      left += 2;
    } else {
      right += 2;
    }
  }
}

// For bodies: a list of tuples, each of which has the indices 0 and 1.

exports.parseUrlencoded = (input) => {
  const flat = exports.parseFlat(input);
  const list = { __proto__: null, length: 0 };
  for (let i = 0; i < flat.length; i += 2) {
    list[list.length++] = [flat[i], flat[i + 1]];
  }
  return list;
};

exports.serializeUrlencoded = (list) => {
  const flat = new TupleList();
  for (let i = 0; i < list.length; i++) {
    flat[flat.length++] = list[i][0];
    flat[flat.length++] = list[i][1];
  }
  return exports.serializeFlat(flat);
};
