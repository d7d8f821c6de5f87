"use strict";

// fetch.spec.whatwg.org/#headers-class

const {
  ArrayIsArray,
  ArrayIteratorPrototype,
  ArrayIteratorPrototypeNext,
  ArrayPrototypeValues,
  ObjectGetPrototypeOf,
  ObjectPrototypePropertyIsEnumerable,
  ReflectOwnKeys,
  SymbolIterator,
  TypeError,
} = primordials;
const {
  defineInspection,
  defineInterface,
  fallBack,
  illegalInvocation,
  internal,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { definePairIterable } = require("webidl/pair_iterator");
const {
  HeaderList,
  byteString,
  headerKey,
  headerValue,
  isPlainValue,
  knownKey,
} = require("fetch/header_list");
const { lazily } = require("lazily");

const sequences = lazily("webidl/sequence");

// fetch.spec.whatwg.org/#concept-headers-guard
//
// differs: "request" and "response" forbid no names. The standard's lists keep
// pages from speaking for the browser; a server's program sets cookies, hosts
// and origins itself, as it may in other runtimes.
const NONE = 0;
const REQUEST = 1;
const RESPONSE = 2;
const REQUEST_NO_CORS = 3;
const IMMUTABLE = 4;
exports.guards = { __proto__: null, NONE, REQUEST, RESPONSE, REQUEST_NO_CORS, IMMUTABLE };

let isHeaders;
let listOf;

class Headers {
  #list;
  #guard;

  constructor(init = undefined) {
    if (init === internal) {
      this.#list = arguments[1];
      this.#guard = arguments[2];
      return;
    }
    this.#list = new HeaderList();
    this.#guard = NONE;
    fallBack(this, new.target, Headers);
    if (init !== undefined) {
      fill(this.#list, NONE, toHeadersInit(init, "Failed to construct 'Headers': parameter 1"));
    }
  }

  static {
    isHeaders = (value) => isObject(value) && #list in value;
    listOf = (value) => (isHeaders(value) ? value.#list : illegalInvocation());
  }

  // fetch.spec.whatwg.org/#dom-headers-append
  append(name, value) {
    const list = listOf(this);
    requireArguments(arguments.length, 2, "Failed to execute 'append' on 'Headers'");
    const context = "Failed to execute 'append' on 'Headers': parameter 1";
    let key = knownKey(name);
    const nameString = key === undefined ? byteString(name, context) : name;
    const valueString = toHeaderValue(
      value,
      "Failed to execute 'append' on 'Headers': parameter 2",
    );
    key ??= headerKey(nameString, context);
    append(list, this.#guard, nameString, key, valueString);
  }

  // fetch.spec.whatwg.org/#dom-headers-delete
  delete(name) {
    const list = listOf(this);
    requireArguments(arguments.length, 1, "Failed to execute 'delete' on 'Headers'");
    const key = toKey(name, "Failed to execute 'delete' on 'Headers': parameter 1");
    const guard = this.#guard;
    if (guard >= REQUEST_NO_CORS) {
      checkMutable(guard);
      if (!require("fetch/no_cors").mayDelete(key)) {
        return;
      }
      list.delete("range");
    }
    list.delete(key);
  }

  // fetch.spec.whatwg.org/#dom-headers-get
  get(name) {
    const list = listOf(this);
    requireArguments(arguments.length, 1, "Failed to execute 'get' on 'Headers'");
    return list.get(toKey(name, "Failed to execute 'get' on 'Headers': parameter 1"));
  }

  // fetch.spec.whatwg.org/#dom-headers-getsetcookie
  getSetCookie() {
    return require("webidl/sequence").toArray(listOf(this).getAll("set-cookie"));
  }

  // fetch.spec.whatwg.org/#dom-headers-has
  has(name) {
    const list = listOf(this);
    requireArguments(arguments.length, 1, "Failed to execute 'has' on 'Headers'");
    return list.has(toKey(name, "Failed to execute 'has' on 'Headers': parameter 1"));
  }

  // fetch.spec.whatwg.org/#dom-headers-set
  set(name, value) {
    const list = listOf(this);
    requireArguments(arguments.length, 2, "Failed to execute 'set' on 'Headers'");
    const context = "Failed to execute 'set' on 'Headers': parameter 1";
    let key = knownKey(name);
    const nameString = key === undefined ? byteString(name, context) : name;
    const valueString = toHeaderValue(value, "Failed to execute 'set' on 'Headers': parameter 2");
    key ??= headerKey(nameString, context);
    const guard = this.#guard;
    if (guard >= REQUEST_NO_CORS) {
      checkMutable(guard);
      if (!require("fetch/no_cors").isSafelisted(key, valueString)) {
        return;
      }
      list.delete("range");
    }
    list.set(nameString, key, valueString);
  }
}

const toKey = (name, context) => knownKey(name) ?? headerKey(byteString(name, context), context);

const toHeaderValue = (value, context) =>
  isPlainValue(value) ? value : headerValue(byteString(value, context), context);

// fetch.spec.whatwg.org/#headers-validate, step 2
function checkMutable(guard) {
  if (guard === IMMUTABLE) {
    throw new TypeError("The headers are immutable.");
  }
}

// fetch.spec.whatwg.org/#concept-headers-append, behind the checks of name and
// value.
function append(list, guard, name, key, value) {
  if (guard < REQUEST_NO_CORS) {
    list.append(name, key, value);
    return;
  }
  checkMutable(guard);
  const { isSafelisted } = require("fetch/no_cors");
  const present = list.get(key);
  if (isSafelisted(key, present === null ? value : `${present}, ${value}`)) {
    list.append(name, key, value);
    list.delete("range");
  }
}

// fetch.spec.whatwg.org/#concept-headers-fill
// `init` is a list that toHeadersInit made, and nobody's afterwards.
function fill(list, guard, init) {
  for (let header = init.first; header !== null; header = header.next) {
    const { name, key, value } = header;
    if (key === "") {
      header.key = headerKey(name, `Header name '${name}'`);
      header.value = headerValue(value, `The value of header '${name}'`);
    }
    if (guard >= REQUEST_NO_CORS) {
      append(list, guard, name, header.key, header.value);
    }
  }
  if (guard < REQUEST_NO_CORS) {
    list.take(init);
  }
}

// Appends a name and a value that need not be a header yet.
function convert(list, name, value, context, key = knownKey(name)) {
  if (key !== undefined && isPlainValue(value)) {
    list.append(name, key, value);
    return;
  }
  list.append(name, "", byteString(value, context));
}

// fetch.spec.whatwg.org/#typedefdef-headersinit, converted to a header list.
// A header with an empty key is not checked yet: that comes behind the
// conversion of all of them.
function toHeadersInit(init, context) {
  if (!isObject(init)) {
    throw new TypeError(`${context} is neither a sequence nor a record.`);
  }
  const method = sequences().iteratorMethod(init, context);
  if (
    method === headersEntries &&
    isHeaders(init) &&
    iteratorPrototype.next === iteratorNext
  ) {
    // What the iterator would give, but for the case of names.
    return listOf(init).copy();
  }
  const list = new HeaderList();
  if (method === undefined) {
    fromRecord(list, init, context);
  } else {
    fromSequence(list, init, method, context);
  }
  return list;
}

// webidl.spec.whatwg.org/#js-record. No two keys become equal by conversion.
function fromRecord(list, record, context) {
  const keys = ReflectOwnKeys(record);
  for (let i = 0; i < keys.length; i++) {
    if (ObjectPrototypePropertyIsEnumerable(record, keys[i])) {
      const name = byteString(keys[i], context);
      convert(list, name, record[name], context);
    }
  }
}

function fromSequence(list, sequence, method, context) {
  const { fromIterable, sequence: toSequence } = sequences();
  let isComplete = true;
  const addPair = (value) => {
    if (isPairArray(value)) {
      let name = value[0];
      const key = knownKey(name);
      if (key === undefined) {
        name = byteString(name, context);
      }
      // Who made a string of it may have changed the array.
      if (value.length === 2) {
        convert(list, name, value[1], context, key);
        isComplete &&= value.length === 2;
        return;
      }
      isComplete = false;
      return;
    }
    const pair = toSequence(value, byteString, context);
    if (pair.length === 2) {
      convert(list, pair[0], pair[1], context);
    } else {
      isComplete = false;
    }
  };
  fromIterable(sequence, method, addPair, context);
  if (!isComplete) {
    throw new TypeError(`${context} contains a sequence that is not a name and a value.`);
  }
}

// An array of two that is iterated as arrays are.
const isPairArray = (value) =>
  ArrayIsArray(value) &&
  value[SymbolIterator] === ArrayPrototypeValues &&
  ArrayIteratorPrototype.next === ArrayIteratorPrototypeNext &&
  value.length === 2;

function pairAt(headers, index) {
  const sorted = listOf(headers).sortAndCombine();
  return index < sorted.length ? sorted[index] : null;
}

definePairIterable(Headers, (value) => (isHeaders(value) ? value : illegalInvocation()), pairAt);
defineInterface(Headers);
defineInspection(Headers, (value) => {
  if (!isHeaders(value)) {
    return undefined;
  }
  const sorted = listOf(value).sortAndCombine();
  const fields = { __proto__: null, length: 0 };
  for (let i = 0; i < sorted.length; i++) {
    fields[fields.length++] = sorted[i].key;
    fields[fields.length++] = sorted[i].value;
  }
  return fields;
});

const headersEntries = Headers.prototype[SymbolIterator];
const iteratorPrototype = ObjectGetPrototypeOf(new Headers().entries());
const iteratorNext = iteratorPrototype.next;

exports.Headers = Headers;
exports.append = append;
exports.createHeaders = (list, guard) => new Headers(internal, list, guard);
exports.fill = fill;
exports.listOf = listOf;
exports.toHeadersInit = toHeadersInit;
