"use strict";

// urlpattern.spec.whatwg.org/#component

const { RegExp, RegExpPrototypeExec, TypeError } = primordials;
const { PARTS, parsePattern } = require("url/pattern_parser");
const { nameList, patternString, regexpSource } = require("url/pattern_generator");

// How values are compared with a component. Most components are fixed texts or a
// wildcard: those need no regular expression.
const EXPRESSION = 0;
const ANYTHING = 1;
const TEXT = 2;

class Component {
  parts;
  patternString;
  nameList;
  hasRegExpGroups = false;
  #kind = EXPRESSION;
  #text = "";
  #regexp = null;

  constructor(parts, options) {
    this.parts = parts;
    this.patternString = patternString(parts, options);
    this.nameList = nameList(parts);
    for (let i = 0; i < parts.length; i++) {
      this.hasRegExpGroups ||= parts[i].type === PARTS.REGEXP;
    }
    if (isAnything(parts)) {
      this.#kind = ANYTHING;
    } else if (isText(parts) && !options.ignoreCase) {
      this.#kind = TEXT;
      this.#text = parts.length === 0 ? "" : parts[0].value;
    } else {
      this.#regexp = compileRegexp(regexpSource(parts, options), options.ignoreCase);
    }
  }

  // Whether every value matches.
  get isAnything() {
    return this.#kind === ANYTHING;
  }

  // Null, or an object with the values of groups from 1 on.
  match(value) {
    switch (this.#kind) {
      case ANYTHING:
        return { __proto__: null, 1: value };
      case TEXT:
        return value === this.#text ? nothing : null;
      default:
        return RegExpPrototypeExec(this.#regexp, value);
    }
  }
}

const nothing = { __proto__: null };

// No value has a line end, which the expression would not match.
const isAnything = (parts) =>
  parts.length === 1 &&
  parts[0].type === PARTS.FULL_WILDCARD &&
  parts[0].modifier === "" &&
  parts[0].prefix === "" &&
  parts[0].suffix === "";

const isText = (parts) =>
  parts.length === 0 ||
  (parts.length === 1 && parts[0].type === PARTS.FIXED_TEXT && parts[0].modifier === "");

function compileRegexp(source, ignoreCase) {
  try {
    return new RegExp(source, ignoreCase ? "vi" : "v");
  } catch {
    throw new TypeError(`Invalid pattern: '${source}' is not a regular expression.`);
  }
}

// Most patterns have several of these two, which are the same for any options.
let wildcard = null;
let empty = null;

// urlpattern.spec.whatwg.org/#compile-a-component
function compile(input, encode, options) {
  return new Component(parsePattern(input, options, encode), options);
}

exports.compile = (input, encode, options) => {
  switch (input) {
    case "*":
      return (wildcard ??= compile(input, encode, options));
    case "":
      return (empty ??= compile(input, encode, { __proto__: null, ...options, ignoreCase: false }));
    default:
      return compile(input, encode, options);
  }
};

// urlpattern.spec.whatwg.org/#default-options and those that follow
exports.options = (delimiter, prefix, ignoreCase) => ({
  __proto__: null,
  delimiter,
  prefix,
  ignoreCase,
});

// urlpattern.spec.whatwg.org/#protocol-component-matches-a-special-scheme
exports.matchesSpecialScheme = (component) =>
  component.match("http") !== null ||
  component.match("https") !== null ||
  component.match("ws") !== null ||
  component.match("wss") !== null ||
  component.match("ftp") !== null ||
  component.match("file") !== null;
