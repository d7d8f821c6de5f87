"use strict";

// url.spec.whatwg.org/#url-class
//
// A URL is its serialization and the places where its components begin; see
// `Offsets` in url/mod.rs. Getters take their component out of the serialization,
// setters have the parser make a new one.

const {
  ArrayBuffer,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  TypeError,
  Uint32Array,
} = primordials;
const { op_url_can_parse, op_url_parse, op_url_set } = ops;
const {
  defineInterface,
  fallBack,
  internal,
  requireArguments,
} = require("webidl/interface");
const { DOMString, USVString } = require("webidl/convert");

// Where ops put the places. With a buffer of its own, the view never moves.
const offsets = new Uint32Array(new ArrayBuffer(28));

// The numbers of attributes in `Attribute::ALL`.
const PROTOCOL = 0;
const USERNAME = 1;
const PASSWORD = 2;
const HOST = 3;
const HOSTNAME = 4;
const PORT = 5;
const PATHNAME = 6;
const SEARCH = 7;
const HASH = 8;

// The parser replaces lone surrogates, so DOMString does for USVString.
const optionalString = (value, context) =>
  value === undefined ? undefined : DOMString(value, context);

function invalid(prefix, input) {
  throw new TypeError(`${prefix}: '${input}' is not a valid URL.`);
}

let markStale;

class URL {
  #href;
  #schemeEnd = 0;
  #usernameEnd = 0;
  #hostStart = 0;
  #hostEnd = 0;
  #pathStart = 0;
  #queryStart = 0;
  #fragmentStart = 0;
  // url.spec.whatwg.org/#concept-url-query-object, once somebody has asked for it.
  #params = null;
  // Whether the query object has changed since the serialization was made: only
  // who reads the query pays for that.
  #stale = false;

  // url.spec.whatwg.org/#dom-url-url
  constructor(url, base = undefined) {
    if (url === internal) {
      this.#adopt(base);
      return;
    }
    const prefix = "Failed to construct 'URL'";
    requireArguments(arguments.length, 1, prefix);
    const input = DOMString(url, "Failed to construct 'URL': parameter 1");
    const baseInput = optionalString(base, "Failed to construct 'URL': parameter 2");
    const href = op_url_parse(input, baseInput, offsets);
    if (href === undefined) {
      invalid(prefix, input);
    }
    this.#adopt(href);
    fallBack(this, new.target, URL);
  }

  static {
    markStale = (url) => {
      url.#stale = true;
    };
  }

  #adopt(href) {
    this.#href = href;
    this.#schemeEnd = offsets[0];
    this.#usernameEnd = offsets[1];
    this.#hostStart = offsets[2];
    this.#hostEnd = offsets[3];
    this.#pathStart = offsets[4];
    this.#queryStart = offsets[5];
    this.#fragmentStart = offsets[6];
  }

  // url.spec.whatwg.org/#concept-urlsearchparams-update
  #fresh() {
    if (this.#stale) {
      const query = require("url/url_search_params").serialize(this.#params);
      const before = StringPrototypeSlice(this.#href, 0, this.#queryStart);
      const after = StringPrototypeSlice(this.#href, this.#fragmentStart);
      // What the serializer leaves as it is the query state would too.
      const search = query === "" ? "" : `?${query}`;
      this.#fragmentStart = this.#queryStart + search.length;
      this.#href = `${before}${search}${after}`;
      this.#stale = false;
    }
    return this.#href;
  }

  #set(attribute, value) {
    const href = op_url_set(this.#fresh(), attribute, value, offsets);
    if (href !== undefined) {
      this.#adopt(href);
    }
  }

  // url.spec.whatwg.org/#concept-url-origin, serialized.
  #origin() {
    const href = this.#href;
    const protocol = StringPrototypeSlice(href, 0, this.#schemeEnd);
    switch (protocol) {
      case "http:":
      case "https:":
      case "ws:":
      case "wss:":
      case "ftp:":
        return `${protocol}//${StringPrototypeSlice(href, this.#hostStart, this.#pathStart)}`;
      case "blob:": {
        const path = StringPrototypeSlice(href, this.#pathStart, this.#queryStart);
        const inner = op_url_parse(path, undefined, offsets);
        const scheme = inner === undefined ? "" : StringPrototypeSlice(inner, 0, offsets[0]);
        return scheme === "http:" || scheme === "https:"
          ? new URL(internal, inner).#origin()
          : "null";
      }
      default:
        return "null";
    }
  }

  #query() {
    return StringPrototypeSlice(this.#href, this.#queryStart + 1, this.#fragmentStart);
  }

  #queryObject() {
    return (this.#params ??= require("url/url_search_params").createForURL(
      this,
      this.#query(),
      markStale,
    ));
  }

  // url.spec.whatwg.org/#dom-url-parse
  static parse(url, base = undefined) {
    requireArguments(arguments.length, 1, "Failed to execute 'parse' on 'URL'");
    const input = DOMString(url, "Failed to execute 'parse' on 'URL': parameter 1");
    const baseInput = optionalString(base, "Failed to execute 'parse' on 'URL': parameter 2");
    const href = op_url_parse(input, baseInput, offsets);
    return href === undefined ? null : new URL(internal, href);
  }

  // url.spec.whatwg.org/#dom-url-canparse
  static canParse(url, base = undefined) {
    requireArguments(arguments.length, 1, "Failed to execute 'canParse' on 'URL'");
    return op_url_can_parse(
      DOMString(url, "Failed to execute 'canParse' on 'URL': parameter 1"),
      optionalString(base, "Failed to execute 'canParse' on 'URL': parameter 2"),
    );
  }

  // w3c.github.io/FileAPI/#dfn-createObjectURL
  static createObjectURL(object) {
    requireArguments(arguments.length, 1, "Failed to execute 'createObjectURL' on 'URL'");
    return require("file/blob_url").createObjectURL(object);
  }

  // w3c.github.io/FileAPI/#dfn-revokeObjectURL
  static revokeObjectURL(url) {
    requireArguments(arguments.length, 1, "Failed to execute 'revokeObjectURL' on 'URL'");
    const context = "Failed to execute 'revokeObjectURL' on 'URL': parameter 1";
    require("file/blob_url").revokeObjectURL(DOMString(url, context));
  }

  // url.spec.whatwg.org/#dom-url-href
  get href() {
    return this.#fresh();
  }

  set href(value) {
    this.#fresh();
    const context = "Failed to set the 'href' property on 'URL'";
    const input = DOMString(value, context);
    const href = op_url_parse(input, undefined, offsets);
    if (href === undefined) {
      invalid(context, input);
    }
    this.#adopt(href);
    if (this.#params !== null) {
      // The conversion of the value may have changed the query object.
      this.#stale = false;
      require("url/url_search_params").replaceList(this.#params, this.#query());
    }
  }

  // url.spec.whatwg.org/#dom-url-origin
  get origin() {
    return this.#origin();
  }

  get protocol() {
    return StringPrototypeSlice(this.#href, 0, this.#schemeEnd);
  }

  set protocol(value) {
    this.#fresh();
    this.#set(PROTOCOL, DOMString(value, "Failed to set the 'protocol' property on 'URL'"));
  }

  get username() {
    const start = this.#schemeEnd + 2;
    const end = this.#usernameEnd;
    return end > start ? StringPrototypeSlice(this.#href, start, end) : "";
  }

  set username(value) {
    this.#fresh();
    this.#set(USERNAME, DOMString(value, "Failed to set the 'username' property on 'URL'"));
  }

  get password() {
    const start = this.#usernameEnd + 1;
    const end = this.#hostStart - 1;
    return end > start ? StringPrototypeSlice(this.#href, start, end) : "";
  }

  set password(value) {
    this.#fresh();
    this.#set(PASSWORD, DOMString(value, "Failed to set the 'password' property on 'URL'"));
  }

  get host() {
    // Without an authority there may be "/." in front of the path.
    const end = this.#hostEnd > this.#schemeEnd ? this.#pathStart : this.#hostEnd;
    return StringPrototypeSlice(this.#href, this.#hostStart, end);
  }

  set host(value) {
    this.#fresh();
    this.#set(HOST, DOMString(value, "Failed to set the 'host' property on 'URL'"));
  }

  get hostname() {
    return StringPrototypeSlice(this.#href, this.#hostStart, this.#hostEnd);
  }

  set hostname(value) {
    this.#fresh();
    this.#set(HOSTNAME, DOMString(value, "Failed to set the 'hostname' property on 'URL'"));
  }

  get port() {
    return this.#hostEnd > this.#schemeEnd
      ? StringPrototypeSlice(this.#href, this.#hostEnd + 1, this.#pathStart)
      : "";
  }

  set port(value) {
    this.#fresh();
    this.#set(PORT, DOMString(value, "Failed to set the 'port' property on 'URL'"));
  }

  get pathname() {
    return StringPrototypeSlice(this.#href, this.#pathStart, this.#queryStart);
  }

  set pathname(value) {
    this.#fresh();
    this.#set(PATHNAME, DOMString(value, "Failed to set the 'pathname' property on 'URL'"));
  }

  // url.spec.whatwg.org/#dom-url-search
  get search() {
    const href = this.#fresh();
    const start = this.#queryStart;
    const end = this.#fragmentStart;
    return end > start + 1 ? StringPrototypeSlice(href, start, end) : "";
  }

  set search(value) {
    this.#fresh();
    const search = USVString(value, "Failed to set the 'search' property on 'URL'");
    this.#set(SEARCH, search);
    // The query object is made of what was given. The query is that but for what
    // the query state ignores.
    const ignored = (character) => StringPrototypeIndexOf(search, character) !== -1;
    if (this.#params !== null || ignored("\n") || ignored("\t") || ignored("\r")) {
      const start = search[0] === "?" ? 1 : 0;
      const query = StringPrototypeSlice(search, start);
      require("url/url_search_params").replaceList(this.#queryObject(), query);
    }
  }

  // url.spec.whatwg.org/#dom-url-searchparams
  get searchParams() {
    return this.#queryObject();
  }

  get hash() {
    const href = this.#fresh();
    const start = this.#fragmentStart;
    return href.length > start + 1 ? StringPrototypeSlice(href, start) : "";
  }

  set hash(value) {
    this.#fresh();
    this.#set(HASH, DOMString(value, "Failed to set the 'hash' property on 'URL'"));
  }

  toString() {
    return this.#fresh();
  }

  toJSON() {
    return this.#fresh();
  }
}

defineInterface(URL, [
  "href",
  "origin",
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "searchParams",
  "hash",
]);

exports.URL = URL;
