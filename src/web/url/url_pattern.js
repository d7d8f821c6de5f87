"use strict";

// urlpattern.spec.whatwg.org/#urlpattern-class

const { ObjectDefineProperty, TypeError } = primordials;
const {
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { USVString } = require("webidl/convert");
const { dictionaryObject } = require("webidl/dictionary");
const { processInit, splitURL, testURL } = require("url/pattern_init");

// The components in the order of the standard.
const NAMES = [
  "protocol",
  "username",
  "password",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
];
const COUNT = 8;

// The members of an init, in the order in which WebIDL reads them.
const MEMBERS = [
  "baseURL",
  "hash",
  "hostname",
  "password",
  "pathname",
  "port",
  "protocol",
  "search",
  "username",
];

let patternOf;

class URLPattern {
  // Eight components.
  #pattern;

  // urlpattern.spec.whatwg.org/#dom-urlpattern-urlpattern
  constructor(input = undefined, baseURL = undefined, options = undefined) {
    const prefix = "Failed to construct 'URLPattern'";
    let base = null;
    let given = options;
    // Overload resolution: with one or two arguments, the second is the options
    // if it is no string.
    if (arguments.length < 3 && (baseURL === undefined || baseURL === null || isObject(baseURL))) {
      given = baseURL;
    } else {
      base = USVString(baseURL, "Failed to construct 'URLPattern': parameter 2");
    }
    const patternInput = toInput(input, "Failed to construct 'URLPattern': parameter 1");
    const context = "Failed to construct 'URLPattern': the options";
    const dictionary = dictionaryObject(given, context);
    const ignoreCase = dictionary !== null && !!dictionary.ignoreCase;
    this.#pattern = require("url/pattern_create").create(patternInput, base, ignoreCase, prefix);
    fallBack(this, new.target, URLPattern);
  }

  static {
    patternOf = (value) =>
      isObject(value) && #pattern in value ? value.#pattern : illegalInvocation();
  }

  // urlpattern.spec.whatwg.org/#dom-urlpattern-test
  test(input = undefined, baseURL = undefined) {
    const pattern = this.#pattern;
    const prefix = "Failed to execute 'test' on 'URLPattern'";
    return testInput(pattern, toInput(input, prefix), toBase(baseURL, prefix), prefix);
  }

  // urlpattern.spec.whatwg.org/#dom-urlpattern-exec
  exec(input = undefined, baseURL = undefined) {
    const pattern = this.#pattern;
    const prefix = "Failed to execute 'exec' on 'URLPattern'";
    return execInput(pattern, toInput(input, prefix), toBase(baseURL, prefix), prefix);
  }

  get protocol() {
    return this.#pattern[0].patternString;
  }

  get username() {
    return this.#pattern[1].patternString;
  }

  get password() {
    return this.#pattern[2].patternString;
  }

  get hostname() {
    return this.#pattern[3].patternString;
  }

  get port() {
    return this.#pattern[4].patternString;
  }

  get pathname() {
    return this.#pattern[5].patternString;
  }

  get search() {
    return this.#pattern[6].patternString;
  }

  get hash() {
    return this.#pattern[7].patternString;
  }

  // urlpattern.spec.whatwg.org/#dom-urlpattern-hasregexpgroups
  get hasRegExpGroups() {
    const pattern = this.#pattern;
    for (let i = 0; i < COUNT; i++) {
      if (pattern[i].hasRegExpGroups) {
        return true;
      }
    }
    return false;
  }

  // differs: not in the standard, but tested and in other runtimes to come; see
  // github.com/whatwg/urlpattern/issues/61.
  static compareComponent(component, left, right) {
    const prefix = "Failed to execute 'compareComponent' on 'URLPattern'";
    requireArguments(arguments.length, 3, prefix);
    const name = USVString(component, "Failed to execute 'compareComponent' on 'URLPattern'");
    for (let i = 0; i < COUNT; i++) {
      if (NAMES[i] === name) {
        const { compare } = require("url/pattern_compare");
        return compare(patternOf(left)[i].parts, patternOf(right)[i].parts);
      }
    }
    throw new TypeError(`${prefix}: '${name}' is not a component.`);
  }
}

// webidl.spec.whatwg.org/#js-union: (USVString or URLPatternInit)
function toInput(value, context) {
  if (value === undefined || value === null || isObject(value)) {
    return toInit(value, context);
  }
  return USVString(value, context);
}

const toBase = (value, context) =>
  value === undefined ? undefined : USVString(value, context);

// urlpattern.spec.whatwg.org/#dictdef-urlpatterninit
function toInit(value, context) {
  const init = { __proto__: null };
  if (value === undefined || value === null) {
    return init;
  }
  for (let i = 0; i < MEMBERS.length; i++) {
    const member = value[MEMBERS[i]];
    if (member !== undefined) {
      init[MEMBERS[i]] = USVString(member, context);
    }
  }
  return init;
}

// urlpattern.spec.whatwg.org/#url-pattern-match, up to the components' values. Null
// for what matches nothing.
function valuesOf(input, base, prefix) {
  if (typeof input === "string") {
    return splitURL(input, base);
  }
  if (base !== undefined) {
    throw new TypeError(`${prefix}: a base URL can be given with a string only.`);
  }
  const applied = processInit(input, "url");
  if (applied === null) {
    return null;
  }
  const values = { __proto__: null };
  for (let i = 0; i < COUNT; i++) {
    values[i] = applied[NAMES[i]] ?? "";
  }
  return values;
}

function testInput(pattern, input, base, prefix) {
  if (typeof input === "string") {
    return testURL(pattern, input, base);
  }
  const values = valuesOf(input, base, prefix);
  if (values === null) {
    return false;
  }
  for (let i = 0; i < COUNT; i++) {
    if (pattern[i].match(values[i]) === null) {
      return false;
    }
  }
  return true;
}

function execInput(pattern, input, base, prefix) {
  const values = valuesOf(input, base, prefix);
  if (values === null) {
    return null;
  }
  const found = { __proto__: null };
  for (let i = 0; i < COUNT; i++) {
    found[i] = pattern[i].match(values[i]);
    if (found[i] === null) {
      return null;
    }
  }
  const shown = typeof input === "string" ? input : toDictionary(input);
  const part = (i) => ({ input: values[i], groups: groupsOf(pattern[i].nameList, found[i]) });
  return {
    inputs: base === undefined ? [shown] : [shown, base],
    protocol: part(0),
    username: part(1),
    password: part(2),
    hostname: part(3),
    port: part(4),
    pathname: part(5),
    search: part(6),
    hash: part(7),
  };
}

// urlpattern.spec.whatwg.org/#create-a-component-match-result
// Properties of a literal are made, not assigned: no setter of the program's runs.
function groupsOf(names, found) {
  switch (names.length) {
    case 0:
      return {};
    case 1:
      return { [names[0]]: found[1] };
    case 2:
      return { [names[0]]: found[1], [names[1]]: found[2] };
  }
  const groups = {};
  for (let i = 0; i < names.length; i++) {
    define(groups, names[i], found[i + 1]);
  }
  return groups;
}

function define(object, key, value) {
  ObjectDefineProperty(object, key, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

// webidl.spec.whatwg.org/#js-dictionary, to JavaScript.
function toDictionary(init) {
  const object = {};
  for (let i = 0; i < MEMBERS.length; i++) {
    if (init[MEMBERS[i]] !== undefined) {
      define(object, MEMBERS[i], init[MEMBERS[i]]);
    }
  }
  return object;
}

defineInterface(URLPattern, NAMES);

exports.URLPattern = URLPattern;
