"use strict";

// urlpattern.spec.whatwg.org/#url-pattern-create

const { StringPrototypeToLowerCase, TypeError } = primordials;
const { compile, matchesSpecialScheme, options } = require("url/pattern_component");
const { encoders, processInit, specialPort } = require("url/pattern_init");

// urlpattern.spec.whatwg.org/#hostname-pattern-is-an-ipv6-address
function isIPv6Pattern(input) {
  return input[0] === "[" || (input[1] === "[" && (input[0] === "{" || input[0] === "\\"));
}

// urlpattern.spec.whatwg.org/#canonicalize-an-ipv6-hostname
function encodeIPv6(value) {
  const lower = StringPrototypeToLowerCase(value);
  for (let i = 0; i < lower.length; i++) {
    const c = lower[i];
    const valid =
      (c >= "0" && c <= "9") || (c >= "a" && c <= "f") || c === "[" || c === "]" || c === ":";
    if (!valid) {
      throw new TypeError(`Invalid pattern: '${value}' can't be a part of an IPv6 address.`);
    }
  }
  return lower;
}

function initOf(input, base, prefix) {
  if (typeof input === "string") {
    const init = require("url/pattern_constructor_string").parseConstructorString(input);
    if (base !== null) {
      init.baseURL = base;
    } else if (init.protocol === undefined) {
      throw new TypeError(`${prefix}: a relative pattern must have a base URL.`);
    }
    return init;
  }
  if (base !== null) {
    throw new TypeError(`${prefix}: a base URL can be given with a string only.`);
  }
  return input;
}

// `input` is a string or an init with a null prototype, `base` a string or null.
exports.create = (input, base, ignoreCase, prefix) => {
  const processed = processInit(initOf(input, base, prefix), "pattern");
  if (processed === null) {
    throw new TypeError(`${prefix}: the base URL is not valid.`);
  }
  const { protocol = "*", hostname = "*", pathname = "*" } = processed;
  let { port = "*" } = processed;
  if (port === specialPort(protocol)) {
    port = "";
  }
  const plain = options("", "", false);
  const ignoring = options("", "", ignoreCase);
  const encodeHostname = isIPv6Pattern(hostname) ? encodeIPv6 : encoders.hostname;
  const pattern = {
    __proto__: null,
    0: compile(protocol, encoders.protocol, plain),
    1: compile(processed.username ?? "*", encoders.username, plain),
    2: compile(processed.password ?? "*", encoders.password, plain),
    3: compile(hostname, encodeHostname, options(".", "", false)),
    4: compile(port, encoders.port, plain),
    5: null,
    6: null,
    7: null,
  };
  pattern[5] = matchesSpecialScheme(pattern[0])
    ? compile(pathname, encoders.pathname, options("/", "/", ignoreCase))
    : compile(pathname, encoders.opaquePathname, ignoring);
  pattern[6] = compile(processed.search ?? "*", encoders.search, ignoring);
  pattern[7] = compile(processed.hash ?? "*", encoders.hash, ignoring);
  return pattern;
};
