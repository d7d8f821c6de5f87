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
const { processInit, splitURL } = require("url/pattern_init");
const { match } = require("url/pattern_component");

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
    return matchInput(pattern, toInput(input, prefix), toBase(baseURL, prefix), prefix, false);
  }

  // urlpattern.spec.whatwg.org/#dom-urlpattern-exec
  exec(input = undefined, baseURL = undefined) {
    const pattern = this.#pattern;
    const prefix = "Failed to execute 'exec' on 'URLPattern'";
    return matchInput(pattern, toInput(input, prefix), toBase(baseURL, prefix), prefix, true);
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

const toBase = (value, context) => (value === undefined ? null : USVString(value, context));

// urlpattern.spec.whatwg.org/#dictdef-urlpatterninit, read in alphabetical order.
function toInit(value, context) {
  const init = { __proto__: null };
  if (value === undefined || value === null) {
    return init;
  }
  readMember(init, value, "baseURL", context);
  readMember(init, value, "hash", context);
  readMember(init, value, "hostname", context);
  readMember(init, value, "password", context);
  readMember(init, value, "pathname", context);
  readMember(init, value, "port", context);
  readMember(init, value, "protocol", context);
  readMember(init, value, "search", context);
  readMember(init, value, "username", context);
  return init;
}

function readMember(init, value, name, context) {
  const member = value[name];
  if (member !== undefined) {
    init[name] = USVString(member, context);
  }
}

// urlpattern.spec.whatwg.org/#url-pattern-match
function matchInput(pattern, input, base, prefix, wanted) {
  let values;
  if (typeof input === "string") {
    values = splitURL(input, base ?? undefined);
    if (values === null) {
      return wanted ? null : false;
    }
  } else {
    if (base !== null) {
      throw new TypeError(`${prefix}: a base URL can be given with a string only.`);
    }
    const applied = processInit(input, "url");
    if (applied === null) {
      return wanted ? null : false;
    }
    values = { __proto__: null };
    for (let i = 0; i < COUNT; i++) {
      values[i] = applied[NAMES[i]] ?? "";
    }
  }
  const groups = { __proto__: null };
  for (let i = 0; i < COUNT; i++) {
    const found = match(pattern[i], values[i]);
    if (found === null) {
      return wanted ? null : false;
    }
    groups[i] = found;
  }
  return wanted ? makeResult(pattern, values, groups, input, base) : true;
}

const define = (object, key, value) =>
  ObjectDefineProperty(object, key, {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });

function makeResult(pattern, values, found, input, base) {
  const shown = typeof input === "string" ? input : toDictionary(input);
  const result = { inputs: base === null ? [shown] : [shown, base] };
  for (let i = 0; i < COUNT; i++) {
    const { nameList } = pattern[i];
    const groups = {};
    // urlpattern.spec.whatwg.org/#create-a-component-match-result
    for (let j = 0; j < nameList.length; j++) {
      define(groups, nameList[j], found[i][j + 1]);
    }
    define(result, NAMES[i], { input: values[i], groups });
  }
  return result;
}

// webidl.spec.whatwg.org/#js-dictionary, to JavaScript.
function toDictionary(init) {
  const object = {};
  const members = ["baseURL", "hash", "hostname", "password", "pathname", "port", "protocol"];
  for (let i = 0; i < 7; i++) {
    if (init[members[i]] !== undefined) {
      define(object, members[i], init[members[i]]);
    }
  }
  if (init.search !== undefined) {
    define(object, "search", init.search);
  }
  if (init.username !== undefined) {
    define(object, "username", init.username);
  }
  return object;
}

defineInterface(URLPattern);

exports.URLPattern = URLPattern;
exports.isURLPattern = (value) => {
  try {
    patternOf(value);
    return true;
  } catch {
    return false;
  }
};
