"use strict";

// The second argument of the operations `postMessage`, which is a transfer list
// or a StructuredSerializeOptions dictionary.

const { dictionaryObject } = require("webidl/dictionary");
const { isObject } = require("webidl/interface");

const { TypeError } = primordials;

function listOf(value, method, context) {
  const { fromIterable, iteratorMethod, toArray } = require("webidl/sequence");
  const { object } = require("webidl/convert");
  const iterator = method ?? (isObject(value) ? iteratorMethod(value, context) : undefined);
  if (iterator === undefined) {
    throw new TypeError(`${context} is not iterable.`);
  }
  const list = fromIterable(value, iterator, object, context);
  return list.length === 0 ? undefined : toArray(list);
}

// The transfer list as an array; undefined where it is empty. `prefix` is
// "Failed to execute 'postMessage' on 'X'".
exports.transferOf = (options, prefix) => {
  if (options === undefined || options === null) {
    return undefined;
  }
  if (isObject(options)) {
    const { iteratorMethod } = require("webidl/sequence");
    const method = iteratorMethod(options, `${prefix}: parameter 2`);
    if (method !== undefined) {
      return listOf(options, method, `${prefix}: parameter 2`);
    }
  }
  const { transfer } = dictionaryObject(options, `${prefix}: parameter 2`);
  return transfer === undefined
    ? undefined
    : listOf(transfer, undefined, `${prefix}: member transfer`);
};
