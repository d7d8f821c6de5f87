"use strict";

// html.spec.whatwg.org/multipage/structured-data.html#dom-structuredclone

const { op_structured_clone } = ops;
const { checkGlobalReceiver, requireArguments } = require("webidl/interface");
const { dictionaryObject } = require("webidl/dictionary");
const { OTHER, plainClone } = require("clone/plain_clone");

const operations = {
  structuredClone(value, options = undefined) {
    checkGlobalReceiver(this);
    requireArguments(arguments.length, 1, "Failed to execute 'structuredClone'");
    const init = dictionaryObject(options, "Failed to execute 'structuredClone': parameter 2");
    return clone(value, transferList(init));
  },
};

function clone(value, transfer) {
  if (transfer === undefined && typeof value === "object" && value !== null) {
    const cloned = plainClone(value);
    if (cloned !== OTHER) {
      return cloned;
    }
  }
  return op_structured_clone(value, transfer);
}

function transferList(init) {
  const transfer = init === null ? undefined : init.transfer;
  if (transfer === undefined) {
    return undefined;
  }
  const { sequence, toArray } = require("webidl/sequence");
  const { object } = require("webidl/convert");
  return toArray(
    sequence(transfer, object, "Failed to execute 'structuredClone': member transfer"),
  );
}

exports.clone = clone;
exports.structuredClone = operations.structuredClone;
