"use strict";

// html.spec.whatwg.org/multipage/webappapis.html#atob

const { op_base64_decode, op_base64_encode } = ops;
const { checkGlobalReceiver, requireArguments } = require("webidl/interface");
const { DOMString } = require("webidl/convert");

function invalidCharacter(message) {
  return require("dom/dom_exception").create(message, "InvalidCharacterError");
}

const operations = {
  // html.spec.whatwg.org/multipage/webappapis.html#dom-btoa
  btoa(data) {
    checkGlobalReceiver(this);
    requireArguments(arguments.length, 1, "Failed to execute 'btoa'");
    const encoded = op_base64_encode(DOMString(data, "Failed to execute 'btoa': parameter 1"));
    if (encoded === undefined) {
      throw invalidCharacter(
        "Failed to execute 'btoa': parameter 1 contains a character above U+00FF.",
      );
    }
    return encoded;
  },

  // html.spec.whatwg.org/multipage/webappapis.html#dom-atob
  atob(data) {
    checkGlobalReceiver(this);
    requireArguments(arguments.length, 1, "Failed to execute 'atob'");
    const decoded = op_base64_decode(DOMString(data, "Failed to execute 'atob': parameter 1"));
    if (decoded === undefined) {
      throw invalidCharacter("Failed to execute 'atob': parameter 1 is not correctly encoded.");
    }
    return decoded;
  },
};

exports.atob = operations.atob;
exports.btoa = operations.btoa;
