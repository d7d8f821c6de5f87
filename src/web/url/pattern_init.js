"use strict";

// urlpattern.spec.whatwg.org/#canon

const { ArrayBuffer, StringPrototypeLastIndexOf, StringPrototypeSlice, TypeError, Uint32Array } =
  primordials;
const { op_url_canonicalize, op_url_parse } = ops;
const { escapePattern } = require("url/pattern_text");

// The numbers of components in `Component::ALL`.
const PROTOCOL = 0;
const USERNAME = 1;
const PASSWORD = 2;
const HOSTNAME = 3;
const PORT = 4;
const PATHNAME = 5;
const OPAQUE_PATHNAME = 6;
const SEARCH = 7;
const HASH = 8;

// urlpattern.spec.whatwg.org/#canon-encoding-callbacks
const encoder = (component) => (value) => {
  const encoded = op_url_canonicalize(component, value);
  if (encoded === undefined) {
    throw new TypeError(`Invalid pattern: '${value}' can't be a part of this component.`);
  }
  return encoded;
};

exports.encoders = {
  __proto__: null,
  protocol: encoder(PROTOCOL),
  username: encoder(USERNAME),
  password: encoder(PASSWORD),
  hostname: encoder(HOSTNAME),
  port: encoder(PORT),
  pathname: encoder(PATHNAME),
  opaquePathname: encoder(OPAQUE_PATHNAME),
  search: encoder(SEARCH),
  hash: encoder(HASH),
};

const offsets = new Uint32Array(new ArrayBuffer(28));

// One of the components of the URL that was parsed last, in the standard's order
// and without its delimiters. See `Offsets` in url/mod.rs.
function componentOf(href, component) {
  switch (component) {
    case 0:
      return StringPrototypeSlice(href, 0, offsets[0] - 1);
    case 1:
      return slice(href, offsets[0] + 2, offsets[1]);
    case 2:
      return slice(href, offsets[1] + 1, offsets[2] - 1);
    case 3:
      return StringPrototypeSlice(href, offsets[2], offsets[3]);
    case 4:
      return offsets[3] > offsets[0] ? slice(href, offsets[3] + 1, offsets[4]) : "";
    case 5:
      return StringPrototypeSlice(href, offsets[4], offsets[5]);
    case 6:
      return slice(href, offsets[5] + 1, offsets[6]);
    default:
      return StringPrototypeSlice(href, offsets[6] + 1);
  }
}

const slice = (text, start, end) => (end > start ? StringPrototypeSlice(text, start, end) : "");

// The components of a URL, null if it is not valid.
function splitURL(input, base) {
  const href = op_url_parse(input, base, offsets);
  if (href === undefined) {
    return null;
  }
  const values = { __proto__: null, hasOpaquePath: false };
  for (let i = 0; i < 8; i++) {
    values[i] = componentOf(href, i);
  }
  values.hasOpaquePath = offsets[3] === offsets[0] && values[5][0] !== "/";
  return values;
}
exports.splitURL = splitURL;

// Whether all components of a URL match those of a pattern.
exports.testURL = (pattern, input, base) => {
  const href = op_url_parse(input, base, offsets);
  if (href === undefined) {
    return false;
  }
  for (let i = 0; i < 8; i++) {
    const component = pattern[i];
    if (!component.isAnything && component.match(componentOf(href, i)) === null) {
      return false;
    }
  }
  return true;
};

const specialPorts = {
  __proto__: null,
  http: "80",
  https: "443",
  ws: "80",
  wss: "443",
  ftp: "21",
  file: "",
};

// The default port of a special scheme, undefined for other schemes.
exports.specialPort = (scheme) => specialPorts[scheme];

// urlpattern.spec.whatwg.org/#is-an-absolute-pathname
function isAbsolutePathname(input, isPattern) {
  return (
    input[0] === "/" || (isPattern && input[1] === "/" && (input[0] === "\\" || input[0] === "{"))
  );
}

const withoutSuffix = (text, suffix) =>
  text[text.length - 1] === suffix ? StringPrototypeSlice(text, 0, text.length - 1) : text;
const withoutPrefix = (text, prefix) =>
  text[0] === prefix ? StringPrototypeSlice(text, 1) : text;

// urlpattern.spec.whatwg.org/#process-a-urlpatterninit
// Null for a TypeError. `init` has no property for what is absent, and neither has
// the result.
exports.processInit = (init, type) => {
  const isPattern = type === "pattern";
  const result = { __proto__: null };
  let base = null;
  if (init.baseURL !== undefined) {
    base = splitURL(init.baseURL, undefined);
    if (base === null) {
      return null;
    }
    inherit(result, init, base, isPattern);
  }
  const set = (name, component, value, protocol) => {
    result[name] = isPattern ? value : op_url_canonicalize(component, value, protocol);
    return result[name] !== undefined;
  };
  const { protocol, username, password, hostname, port, search, hash } = init;
  let valid = true;
  if (protocol !== undefined) {
    valid &&= set("protocol", PROTOCOL, withoutSuffix(protocol, ":"));
  }
  if (username !== undefined) {
    valid &&= set("username", USERNAME, username);
  }
  if (password !== undefined) {
    valid &&= set("password", PASSWORD, password);
  }
  if (hostname !== undefined) {
    valid &&= set("hostname", HOSTNAME, hostname);
  }
  const protocolString = result.protocol ?? "";
  if (port !== undefined) {
    valid &&= set("port", PORT, port, protocolString);
  }
  if (init.pathname !== undefined) {
    const isSpecial = protocolString === "" || specialPorts[protocolString] !== undefined;
    const pathname = resolvePathname(init.pathname, base, isPattern);
    valid &&= set("pathname", isSpecial ? PATHNAME : OPAQUE_PATHNAME, pathname);
  }
  if (search !== undefined) {
    valid &&= set("search", SEARCH, withoutPrefix(search, "?"));
  }
  if (hash !== undefined) {
    valid &&= set("hash", HASH, withoutPrefix(hash, "#"));
  }
  return valid ? result : null;
};

// What a base URL gives to the components that `init` has nothing as specific for.
function inherit(result, init, base, isPattern) {
  // urlpattern.spec.whatwg.org/#process-a-base-url-string
  const text = (index) => (isPattern ? escapePattern(base[index]) : base[index]);
  const absent = (name) => init[name] === undefined;
  if (!absent("protocol")) {
    return;
  }
  result.protocol = text(0);
  if (!absent("hostname")) {
    return;
  }
  result.hostname = text(3);
  if (!absent("port")) {
    return;
  }
  if (!isPattern && absent("username")) {
    result.username = text(1);
    if (absent("password")) {
      result.password = text(2);
    }
  }
  result.port = base[4];
  if (!absent("pathname")) {
    return;
  }
  result.pathname = text(5);
  if (!absent("search")) {
    return;
  }
  result.search = text(6);
  if (absent("hash")) {
    result.hash = text(7);
  }
}

function resolvePathname(pathname, base, isPattern) {
  if (base === null || base.hasOpaquePath || isAbsolutePathname(pathname, isPattern)) {
    return pathname;
  }
  const basePath = isPattern ? escapePattern(base[5]) : base[5];
  const slash = StringPrototypeLastIndexOf(basePath, "/");
  return slash === -1 ? pathname : StringPrototypeSlice(basePath, 0, slash + 1) + pathname;
}
