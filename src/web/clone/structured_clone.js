"use strict";

// html.spec.whatwg.org/multipage/structured-data.html#dom-structuredclone

const { op_structured_clone } = ops;
const { checkGlobalReceiver, requireArguments } = require("webidl/interface");
const { dictionaryObject } = require("webidl/dictionary");
const { OTHER, plainClone } = require("clone/plain_clone");

const operations = {
  structuredClone(value, options = undefined) {
    checkGlobalReceiver(this);
    const prefix = "Failed to execute 'structuredClone'";
    requireArguments(arguments.length, 1, prefix);
    const init = dictionaryObject(options, `${prefix}: parameter 2`);
    return clone(
      value,
      init === null ? undefined : require("clone/transfer_list").transferMember(init, prefix),
    );
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

exports.clone = clone;
exports.structuredClone = operations.structuredClone;
