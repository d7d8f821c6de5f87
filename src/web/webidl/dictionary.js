"use strict";

// webidl.spec.whatwg.org/#js-dictionary

const { TypeError } = primordials;
const { isObject } = require("webidl/interface");

// The first step: null for an absent dictionary, else the object to read
// members from. Small dictionaries are read by hand after it, members of
// inherited dictionaries first and each dictionary's in alphabetical order,
// because getters make that order visible.
function dictionaryObject(value, context) {
  if (value === undefined || value === null) {
    return null;
  }
  if (!isObject(value)) {
    throw new TypeError(`${context} is not an object.`);
  }
  return value;
}
exports.dictionaryObject = dictionaryObject;

// A converter for larger dictionaries. `members` is an array, in the order
// described above, of objects with a null prototype:
//   key, convert(value, context), required (boolean), fallback() or undefined.
// The result has a null prototype and no property for what is absent.
exports.dictionary = (members) => (value, context) => {
  const object = dictionaryObject(value, context);
  const result = { __proto__: null };
  for (let i = 0; i < members.length; i++) {
    const { key, convert, required, fallback } = members[i];
    const member = object === null ? undefined : object[key];
    if (member !== undefined) {
      result[key] = convert(member, `${context}: member ${key}`);
    } else if (fallback !== undefined) {
      result[key] = fallback();
    } else if (required) {
      throw new TypeError(`${context}: required member ${key} is undefined.`);
    }
  }
  return result;
};
