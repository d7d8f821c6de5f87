"use strict";

// urlpattern.spec.whatwg.org/#escape-a-regexp-string and
// urlpattern.spec.whatwg.org/#escape-a-pattern-string

const escaping = (special) => (input) => {
  let result = "";
  for (let i = 0; i < input.length; i++) {
    if (special[input[i]] === true) {
      result += "\\";
    }
    result += input[i];
  }
  return result;
};

exports.escapeRegexp = escaping({
  __proto__: null,
  ".": true,
  "+": true,
  "*": true,
  "?": true,
  "^": true,
  "$": true,
  "{": true,
  "}": true,
  "(": true,
  ")": true,
  "[": true,
  "]": true,
  "|": true,
  "/": true,
  "\\": true,
});

exports.escapePattern = escaping({
  __proto__: null,
  "+": true,
  "*": true,
  "?": true,
  ":": true,
  "{": true,
  "}": true,
  "(": true,
  ")": true,
  "\\": true,
});
