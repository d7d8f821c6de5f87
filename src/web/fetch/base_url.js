"use strict";

// html.spec.whatwg.org/#api-base-url
//
// differs: an isolate has no address by itself. Where the program, or who made
// the isolate, has put a `location` on the global object, that is the base;
// else relative URLs are invalid.

const { ArrayBuffer, StringPrototypeSlice, Uint32Array, globalThis } = primordials;
const { op_url_parse } = ops;

// Where the parser says the components of the URL begin.
const offsets = new Uint32Array(new ArrayBuffer(28));
const SCHEME_END = 0;
const HOST_START = 2;
const PATH_START = 4;

function baseURL() {
  try {
    const href = globalThis.location?.href;
    return typeof href === "string" ? href : undefined;
  } catch {
    return undefined;
  }
}

// The serialization, undefined for failure. The base is looked up only for who
// needs it.
function parseURL(input) {
  const href = op_url_parse(input, undefined, offsets);
  if (href !== undefined) {
    return href;
  }
  const base = baseURL();
  return base === undefined ? undefined : op_url_parse(input, base, offsets);
}

// url.spec.whatwg.org/#include-credentials, of the URL parsed last.
exports.hadCredentials = () => offsets[HOST_START] > offsets[SCHEME_END] + 2;

// The start of a URL's text up to its path, which is its origin where it is one
// of HTTP; empty for others.
function originOf(href) {
  const parsed = op_url_parse(href, undefined, offsets);
  if (parsed === undefined) {
    return "";
  }
  const scheme = StringPrototypeSlice(parsed, 0, offsets[SCHEME_END]);
  return scheme === "http:" || scheme === "https:"
    ? `${scheme}//${StringPrototypeSlice(parsed, offsets[HOST_START], offsets[PATH_START])}`
    : "";
}

// url.spec.whatwg.org/#concept-url-origin: whether it is that of the base.
exports.hasBaseOrigin = (href) => {
  const base = baseURL();
  const origin = originOf(href);
  return base !== undefined && origin !== "" && origin === originOf(base);
};

exports.parseURL = parseURL;
