"use strict";

// Transfer lists as native code takes them: an array, or undefined where nothing is transferred. `prefix` is
// "Failed to execute 'x' on 'Y'".

const { isObject } = require("webidl/interface");
const { object } = require("webidl/convert");
const { dictionaryObject } = require("webidl/dictionary");
const { fromIterable, iteratorMethod, sequence, toArray } = require("webidl/sequence");

const orNone = (list) => (list.length === 0 ? undefined : toArray(list));

// html.spec.whatwg.org/multipage/web-messaging.html#structuredserializeoptions
// `init` is the dictionary, null for an absent one.
function transferMember(init, prefix) {
  const transfer = init === null ? undefined : init.transfer;
  return transfer === undefined
    ? undefined
    : orNone(sequence(transfer, object, `${prefix}: member transfer`));
}
exports.transferMember = transferMember;

// The second argument of the operations `postMessage`, which is a list or such a dictionary.
exports.transferArgument = (options, prefix) => {
  const context = `${prefix}: parameter 2`;
  const method = isObject(options) ? iteratorMethod(options, context) : undefined;
  return method === undefined
    ? transferMember(dictionaryObject(options, context), prefix)
    : orNone(fromIterable(options, method, object, context));
};
