"use strict";

// webidl.spec.whatwg.org/#js-sequence and #js-record
//
// A converted sequence is a *list*: an object with a null prototype, indices
// and a length, made in every file by
//
//   const list = { __proto__: null, length: 0 };
//   list[list.length++] = value;
//
// An array would not do: assigning beyond its end asks Array.prototype and
// Object.prototype for setters, and those belong to the user.
//
// Where it is made for every call it is a `List`, whose length V8 finds at
// once, unlike that of a literal without a prototype.

const {
  ArrayIteratorPrototype,
  ArrayIteratorPrototypeNext,
  ArrayIsArray,
  ArrayOf,
  ArrayPrototypeValues,
  MapPrototypeGet,
  MapPrototypeSet,
  ObjectDefineProperty,
  ObjectPrototypePropertyIsEnumerable,
  ObjectSetPrototypeOf,
  ReflectApply,
  ReflectOwnKeys,
  Map,
  SymbolIterator,
  TypeError,
} = primordials;
const { isObject } = require("webidl/interface");

class List {
  length = 0;
}
delete List.prototype.constructor;
ObjectSetPrototypeOf(List.prototype, null);

// webidl.spec.whatwg.org/#create-sequence-from-iterable
function fromIterable(iterable, method, convert, context) {
  const list = new List();
  if (
    method === ArrayPrototypeValues &&
    ArrayIsArray(iterable) &&
    ArrayIteratorPrototype.next === ArrayIteratorPrototypeNext
  ) {
    // The same steps that the built-in iterator would take.
    for (let i = 0; i < iterable.length; i++) {
      list[list.length++] = convert(iterable[i], context);
    }
    return list;
  }
  const iterator = ReflectApply(method, iterable, []);
  if (!isObject(iterator)) {
    throw new TypeError(`${context} has an iterator that is not an object.`);
  }
  const { next } = iterator;
  for (;;) {
    const result = ReflectApply(next, iterator, []);
    if (!isObject(result)) {
      throw new TypeError(`${context} has an iterator whose result is not an object.`);
    }
    if (result.done) {
      return list;
    }
    list[list.length++] = convert(result.value, context);
  }
}
exports.fromIterable = fromIterable;

// The @@iterator method of a value, undefined if it has none: which union
// members and overloads are told apart by.
function iteratorMethod(value, context) {
  const method = value[SymbolIterator];
  if (method === undefined || method === null) {
    return undefined;
  }
  if (typeof method !== "function") {
    throw new TypeError(`${context} has an @@iterator that is not a function.`);
  }
  return method;
}
exports.iteratorMethod = iteratorMethod;

// webidl.spec.whatwg.org/#js-sequence
exports.sequence = (value, convert, context) => {
  const method = isObject(value) ? iteratorMethod(value, context) : undefined;
  if (method === undefined) {
    throw new TypeError(`${context} is not iterable.`);
  }
  return fromIterable(value, method, convert, context);
};

// A real array for user code. `Array.of` without a constructor as `this` makes
// own properties in an array of this realm.
exports.toArray = (list) => {
  if (list.length <= 1024) {
    return ReflectApply(ArrayOf, undefined, list);
  }
  const array = [];
  for (let i = 0; i < list.length; i++) {
    ObjectDefineProperty(array, i, {
      __proto__: null,
      value: list[i],
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return array;
};

// webidl.spec.whatwg.org/#js-record
// The result is a list of keys and values in turn. Two keys may become equal
// by conversion; then the later value takes the place of the earlier one.
exports.record = (value, convertKey, convertValue, context) => {
  if (!isObject(value)) {
    throw new TypeError(`${context} is not an object.`);
  }
  const list = { __proto__: null, length: 0 };
  // Where the keys are, from the first one on that conversion has changed.
  let places = null;
  const keys = ReflectOwnKeys(value);
  for (let i = 0; i < keys.length; i++) {
    // Asks for the own property, as the spec does.
    if (!ObjectPrototypePropertyIsEnumerable(value, keys[i])) {
      continue;
    }
    const key = convertKey(keys[i], context);
    const converted = convertValue(value[keys[i]], context);
    if (places === null && key !== keys[i]) {
      places = placesOf(list);
    }
    if (places !== null) {
      const place = MapPrototypeGet(places, key);
      if (place !== undefined) {
        list[place] = converted;
        continue;
      }
      MapPrototypeSet(places, key, list.length + 1);
    }
    list[list.length++] = key;
    list[list.length++] = converted;
  }
  return list;
};

function placesOf(list) {
  const places = new Map();
  for (let i = 0; i < list.length; i += 2) {
    MapPrototypeSet(places, list[i], i + 1);
  }
  return places;
}
