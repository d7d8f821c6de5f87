"use strict";

// urlpattern.spec.whatwg.org/#converting-part-lists-to-regular-expressions and
// urlpattern.spec.whatwg.org/#converting-part-lists-to-pattern-strings

const { FULL_WILDCARD_REGEXP, PARTS, segmentWildcardRegexp } = require("url/pattern_parser");
const { firstCodePoint, isNameCodePoint } = require("url/pattern_tokens");
const { escapePattern, escapeRegexp } = require("url/pattern_text");

function regexpOf(part, options) {
  switch (part.type) {
    case PARTS.SEGMENT_WILDCARD:
      return segmentWildcardRegexp(options);
    case PARTS.FULL_WILDCARD:
      return FULL_WILDCARD_REGEXP;
    default:
      return part.value;
  }
}

function partRegexp(part, options) {
  const { modifier } = part;
  if (part.type === PARTS.FIXED_TEXT) {
    const text = escapeRegexp(part.value);
    return modifier === "" ? text : `(?:${text})${modifier}`;
  }
  const value = regexpOf(part, options);
  const repeats = modifier === "*" || modifier === "+";
  if (part.prefix === "" && part.suffix === "") {
    return repeats ? `((?:${value})${modifier})` : `(${value})${modifier}`;
  }
  const prefix = escapeRegexp(part.prefix);
  const suffix = escapeRegexp(part.suffix);
  if (!repeats) {
    return `(?:${prefix}(${value})${suffix})${modifier}`;
  }
  const optional = modifier === "*" ? "?" : "";
  return `(?:${prefix}((?:${value})(?:${suffix}${prefix}(?:${value}))*)${suffix})${optional}`;
}

// urlpattern.spec.whatwg.org/#generate-a-regular-expression-and-name-list
exports.regexpSource = (parts, options) => {
  let result = "^";
  for (let i = 0; i < parts.length; i++) {
    result += partRegexp(parts[i], options);
  }
  return `${result}$`;
};

exports.nameList = (parts) => {
  const names = { __proto__: null, length: 0 };
  for (let i = 0; i < parts.length; i++) {
    if (parts[i].type !== PARTS.FIXED_TEXT) {
      names[names.length++] = parts[i].name;
    }
  }
  return names;
};

const isDigit = (character) => character >= "0" && character <= "9";
const continuesName = (text) => text !== "" && isNameCodePoint(firstCodePoint(text), false);

// Whether the part must stand in braces, so that what is around it stays apart.
function needsGrouping(part, previous, next, options) {
  if (part.suffix !== "" || (part.prefix !== "" && part.prefix !== options.prefix)) {
    return true;
  }
  if (
    !isDigit(part.name[0]) &&
    part.type === PARTS.SEGMENT_WILDCARD &&
    part.modifier === "" &&
    next !== null &&
    next.prefix === "" &&
    next.suffix === ""
  ) {
    const joins =
      next.type === PARTS.FIXED_TEXT ? continuesName(next.value) : isDigit(next.name[0]);
    if (joins) {
      return true;
    }
  }
  return (
    part.prefix === "" &&
    previous !== null &&
    previous.type === PARTS.FIXED_TEXT &&
    options.prefix !== "" &&
    previous.value[previous.value.length - 1] === options.prefix
  );
}

// urlpattern.spec.whatwg.org/#generate-a-pattern-string
exports.patternString = (parts, options) => {
  let result = "";
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    const previous = i > 0 ? parts[i - 1] : null;
    const next = i < parts.length - 1 ? parts[i + 1] : null;
    if (part.type === PARTS.FIXED_TEXT) {
      const text = escapePattern(part.value);
      result += part.modifier === "" ? text : `{${text}}${part.modifier}`;
      continue;
    }
    const customName = !isDigit(part.name[0]);
    const grouped = needsGrouping(part, previous, next, options);
    result += grouped ? "{" : "";
    result += escapePattern(part.prefix);
    if (customName) {
      result += `:${part.name}`;
    }
    if (part.type === PARTS.REGEXP) {
      result += `(${part.value})`;
    } else if (part.type === PARTS.SEGMENT_WILDCARD && !customName) {
      result += `(${segmentWildcardRegexp(options)})`;
    } else if (part.type === PARTS.FULL_WILDCARD) {
      const asterisk =
        !customName &&
        (previous === null ||
          previous.type === PARTS.FIXED_TEXT ||
          previous.modifier !== "" ||
          grouped ||
          part.prefix !== "");
      result += asterisk ? "*" : `(${FULL_WILDCARD_REGEXP})`;
    }
    if (part.type === PARTS.SEGMENT_WILDCARD && customName && continuesName(part.suffix)) {
      result += "\\";
    }
    result += escapePattern(part.suffix);
    result += grouped ? "}" : "";
    result += part.modifier;
  }
  return result;
};
