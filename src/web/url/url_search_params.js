"use strict";

// url.spec.whatwg.org/#interface-urlsearchparams

const { TypeError } = primordials;
const {
  defineInterface,
  fallBack,
  illegalInvocation,
  internal,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { USVString } = require("webidl/convert");
const { inspectWith } = require("console/inspect_interface");
const { definePairIterable } = require("webidl/pair_iterator");
const { TupleList, parseFlat, serializeFlat, sortFlat } = require("url/urlencoded");

// Tells the URL of a query object that the list has changed.
let markStale = null;
let friends;

class URLSearchParams {
  // Names and values in turn.
  #list;
  // url.spec.whatwg.org/#urlsearchparams-url-object
  #url = null;

  // url.spec.whatwg.org/#dom-urlsearchparams-urlsearchparams
  constructor(init = "") {
    if (init === internal) {
      return;
    }
    const context = "Failed to construct 'URLSearchParams': parameter 1";
    this.#list = isObject(init)
      ? listOfObject(init, context)
      : listOfString(USVString(init, context));
    fallBack(this, new.target, URLSearchParams);
  }

  static {
    friends = {
      __proto__: null,
      isURLSearchParams: (value) => isObject(value) && #list in value,
      listOf: (params) => params.#list,
      setList: (params, list) => {
        params.#list = list;
      },
      setURL: (params, url) => {
        params.#url = url;
      },
    };
  }

  // url.spec.whatwg.org/#concept-urlsearchparams-update
  #update() {
    if (this.#url !== null) {
      markStale(this.#url);
    }
  }

  get size() {
    return this.#list.length / 2;
  }

  // url.spec.whatwg.org/#dom-urlsearchparams-append
  append(name, value) {
    this.#list;
    requireArguments(arguments.length, 2, "Failed to execute 'append' on 'URLSearchParams'");
    const key = USVString(name, "Failed to execute 'append' on 'URLSearchParams': parameter 1");
    const text = USVString(value, "Failed to execute 'append' on 'URLSearchParams': parameter 2");
    const list = this.#list;
    list[list.length++] = key;
    list[list.length++] = text;
    this.#update();
  }

  // url.spec.whatwg.org/#dom-urlsearchparams-delete
  delete(name, value = undefined) {
    this.#list;
    requireArguments(arguments.length, 1, "Failed to execute 'delete' on 'URLSearchParams'");
    const key = USVString(name, "Failed to execute 'delete' on 'URLSearchParams': parameter 1");
    const text =
      value === undefined
        ? undefined
        : USVString(value, "Failed to execute 'delete' on 'URLSearchParams': parameter 2");
    const list = this.#list;
    let kept = 0;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] !== key || (text !== undefined && list[i + 1] !== text)) {
        list[kept] = list[i];
        list[kept + 1] = list[i + 1];
        kept += 2;
      }
    }
    truncate(list, kept);
    this.#update();
  }

  // url.spec.whatwg.org/#dom-urlsearchparams-get
  get(name) {
    this.#list;
    requireArguments(arguments.length, 1, "Failed to execute 'get' on 'URLSearchParams'");
    const key = USVString(name, "Failed to execute 'get' on 'URLSearchParams': parameter 1");
    const list = this.#list;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === key) {
        return list[i + 1];
      }
    }
    return null;
  }

  // url.spec.whatwg.org/#dom-urlsearchparams-getall
  getAll(name) {
    this.#list;
    requireArguments(arguments.length, 1, "Failed to execute 'getAll' on 'URLSearchParams'");
    const key = USVString(name, "Failed to execute 'getAll' on 'URLSearchParams': parameter 1");
    const list = this.#list;
    const values = { __proto__: null, length: 0 };
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === key) {
        values[values.length++] = list[i + 1];
      }
    }
    return require("webidl/sequence").toArray(values);
  }

  // url.spec.whatwg.org/#dom-urlsearchparams-has
  has(name, value = undefined) {
    this.#list;
    requireArguments(arguments.length, 1, "Failed to execute 'has' on 'URLSearchParams'");
    const key = USVString(name, "Failed to execute 'has' on 'URLSearchParams': parameter 1");
    const text =
      value === undefined
        ? undefined
        : USVString(value, "Failed to execute 'has' on 'URLSearchParams': parameter 2");
    const list = this.#list;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] === key && (text === undefined || list[i + 1] === text)) {
        return true;
      }
    }
    return false;
  }

  // url.spec.whatwg.org/#dom-urlsearchparams-set
  set(name, value) {
    this.#list;
    requireArguments(arguments.length, 2, "Failed to execute 'set' on 'URLSearchParams'");
    const key = USVString(name, "Failed to execute 'set' on 'URLSearchParams': parameter 1");
    const text = USVString(value, "Failed to execute 'set' on 'URLSearchParams': parameter 2");
    const list = this.#list;
    let found = false;
    let kept = 0;
    for (let i = 0; i < list.length; i += 2) {
      const matches = list[i] === key;
      if (!matches || !found) {
        list[kept] = list[i];
        list[kept + 1] = matches ? text : list[i + 1];
        kept += 2;
      }
      found ||= matches;
    }
    truncate(list, kept);
    if (!found) {
      list[list.length++] = key;
      list[list.length++] = text;
    }
    this.#update();
  }

  // url.spec.whatwg.org/#dom-urlsearchparams-sort
  sort() {
    this.#list = sortFlat(this.#list);
    this.#update();
  }

  // url.spec.whatwg.org/#urlsearchparams-stringification-behavior
  toString() {
    return serializeFlat(this.#list);
  }
}

function truncate(list, length) {
  while (list.length > length) {
    delete list[--list.length];
  }
}

function listOfString(text) {
  return parseFlat(text, text[0] === "?" ? 1 : 0);
}

// url.spec.whatwg.org/#urlsearchparams-initialize
function listOfObject(init, context) {
  const { iteratorMethod, fromIterable, record, sequence } = require("webidl/sequence");
  const method = iteratorMethod(init, context);
  if (method === undefined) {
    return TupleList.from(record(init, USVString, USVString, context));
  }
  const toPair = (value) => sequence(value, USVString, context);
  const pairs = fromIterable(init, method, toPair, context);
  const list = new TupleList();
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i];
    if (pair.length !== 2) {
      throw new TypeError(`${context} holds a sequence that is not a pair of name and value.`);
    }
    list[list.length++] = pair[0];
    list[list.length++] = pair[1];
  }
  return list;
}

const check = (value) => (friends.isURLSearchParams(value) ? value : illegalInvocation());

const { listOf } = friends;

defineInterface(URLSearchParams);
definePairIterable(URLSearchParams, check, (params, index) => {
  const list = listOf(params);
  return index * 2 < list.length ? { key: list[index * 2], value: list[index * 2 + 1] } : null;
});

inspectWith(URLSearchParams, (params, show) => {
  const list = listOf(check(params));
  if (list.length === 0) {
    return "URLSearchParams {}";
  }
  let length = 0;
  for (let i = 0; i < list.length; i++) {
    length += list[i].length + 4;
  }
  // As wide as the console makes lines of objects.
  const space = length > 72 ? "\n  " : " ";
  let text = "URLSearchParams {";
  for (let i = 0; i < list.length; i += 2) {
    text += `${i === 0 ? "" : ","}${space}${show(list[i])} => ${show(list[i + 1])}`;
  }
  return `${text}${length > 72 ? "\n" : " "}}`;
});

exports.URLSearchParams = URLSearchParams;
exports.isURLSearchParams = friends.isURLSearchParams;

// The query object of a URL, whose query is given without the question mark.
exports.createForURL = (url, query, mark) => {
  markStale = mark;
  const params = new URLSearchParams(internal);
  friends.setList(params, parseFlat(query));
  friends.setURL(params, url);
  return params;
};

exports.replaceList = (params, query) => friends.setList(params, parseFlat(query));
exports.serialize = (params) => serializeFlat(listOf(params));

// For bodies.
exports.parseUrlencoded = (input) => require("url/urlencoded").parseUrlencoded(input);
exports.serializeUrlencoded = (list) => require("url/urlencoded").serializeUrlencoded(list);
