"use strict";

// Orders the part lists of two components: what matches less is greater. Parts are
// compared in turn, first by their type, then by how often they may come, then by
// their texts. A list that ends goes on with an empty text.

const { PARTS } = require("url/pattern_parser");

const modifierOrder = { __proto__: null, "*": 0, "?": 1, "+": 2, "": 3 };

const end = {
  __proto__: null,
  type: PARTS.FIXED_TEXT,
  value: "",
  modifier: "",
  prefix: "",
  suffix: "",
};

const order = (left, right) => (left < right ? -1 : left > right ? 1 : 0);

function compareParts(left, right) {
  return (
    order(left.type, right.type) ||
    order(modifierOrder[left.modifier], modifierOrder[right.modifier]) ||
    order(left.prefix, right.prefix) ||
    order(left.value, right.value) ||
    order(left.suffix, right.suffix)
  );
}

exports.compare = (left, right) => {
  const length = left.length > right.length ? left.length : right.length;
  for (let i = 0; i < length; i++) {
    const compared = compareParts(
      i < left.length ? left[i] : end,
      i < right.length ? right[i] : end,
    );
    if (compared !== 0) {
      return compared;
    }
  }
  return 0;
};
