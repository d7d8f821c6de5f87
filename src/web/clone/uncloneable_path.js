"use strict";

// Where in a value lies what structured cloning has refused.
//
// Runs only after the serializer has failed, to word its DataCloneError. It
// follows the serializer's order, so that the first offender found is the one
// that was refused, and runs no code of the program: a proxy is itself an
// offender, and what a getter gave to the serializer nobody knows any more.

const {
  AggregateError,
  JSONStringify,
  MapPrototypeForEach,
  ObjectGetPrototypeOf,
  ObjectHasOwn,
  ReflectGetOwnPropertyDescriptor,
  ReflectOwnKeys,
  Set,
  SetPrototypeAdd,
  SetPrototypeForEach,
  SetPrototypeHas,
  StringPrototypeCharCodeAt,
  StringPrototypeSlice,
  SymbolPrototypeToString,
} = primordials;
const { op_value_kind } = ops;
const { isObject } = require("webidl/interface");

// What op_value_kind answers, for kinds that are walked or need a closer look.
const PLAIN = 0;
const PROXY = 7;
const MAP = 9;
const SET = 10;
const ERROR = 16;
const BOXED_PRIMITIVE = 19;
const ARRAY = 24;
const DETACHED_BUFFER = 28;
const VIEW_OF_DETACHED = 29;

// Functions, symbols, WeakMap, WeakSet, WeakRef, promises, proxies, generators;
// module namespaces, arguments objects; iterators and externals; whatever else
// the serializer knows no form for.
const REFUSED = {
  __proto__: null,
  1: true,
  2: true,
  3: true,
  4: true,
  5: true,
  6: true,
  7: true,
  8: true,
  17: true,
  18: true,
  20: true,
  21: true,
  22: true,
  26: true,
};

// A place in the value: `label` is how it is reached from its parent.
class Place {
  parent;
  label;
  value;
  isGetter = false;
  // Where the walk goes on when all of this place was seen.
  after;
  children = null;
  next = 0;

  constructor(parent, label, value, after) {
    this.parent = parent;
    this.label = label;
    this.value = value;
    this.after = after;
  }
}

function isRefused(value, kind) {
  return REFUSED[kind] === true || (kind === BOXED_PRIMITIVE && isBoxedSymbol(value));
}

function isDetached(value, kind) {
  return kind === DETACHED_BUFFER || kind === VIEW_OF_DETACHED;
}

function isBoxedSymbol(value) {
  try {
    SymbolPrototypeToString(value);
    return true;
  } catch {
    return false;
  }
}

// Only these can be or hold an offender.
function isCandidate(value) {
  return isObject(value) || typeof value === "symbol";
}

function add(place, label, value) {
  if (isCandidate(value)) {
    const child = new Place(place, label, value, place);
    place.children[place.children.length++] = child;
  }
}

function isAggregate(error) {
  let prototype = error;
  do {
    prototype = ObjectGetPrototypeOf(prototype);
    if (prototype === AggregateError.prototype) {
      return true;
    }
  } while (prototype !== null && op_value_kind(prototype) !== PROXY);
  return false;
}

// `behind` is what the serializer writes when all else is written.
function findChildren(place, kind, behind) {
  place.children = { __proto__: null, length: 0 };
  const { value } = place;
  switch (kind) {
    case PLAIN:
    case ARRAY:
      addProperties(place, kind === ARRAY);
      break;
    case ERROR:
      // What of an error is cloned although it is not enumerable.
      addProperty(place, "cause", false, true);
      if (isAggregate(value)) {
        addProperty(place, "errors", false, true);
        for (let i = 0; i < place.children.length; i++) {
          const child = place.children[i];
          child.after = null;
          behind[behind.length++] = child;
        }
        place.children.length = 0;
      }
      break;
    case MAP: {
      let index = 0;
      MapPrototypeForEach(value, (item, key) => {
        add(place, `.keys()[${index}]`, key);
        const label = isCandidate(key) ? `.values()[${index}]` : `.get(${primitiveText(key)})`;
        add(place, label, item);
        index++;
      });
      break;
    }
    case SET: {
      let index = 0;
      SetPrototypeForEach(value, (item) => {
        add(place, `.values()[${index++}]`, item);
      });
      break;
    }
  }
}

function addProperties(place, inArray) {
  const keys = ReflectOwnKeys(place.value);
  for (let i = 0; i < keys.length; i++) {
    if (typeof keys[i] === "string") {
      addProperty(place, keys[i], inArray, false);
    }
  }
}

function addProperty(place, key, inArray, evenHidden) {
  const descriptor = ReflectGetOwnPropertyDescriptor(place.value, key);
  if (descriptor === undefined || !(descriptor.enumerable || evenHidden)) {
    return;
  }
  if (ObjectHasOwn(descriptor, "value")) {
    add(place, propertyLabel(key, inArray), descriptor.value);
  } else if (!evenHidden && descriptor.get !== undefined) {
    const getter = new Place(place, propertyLabel(key, inArray), undefined, place);
    getter.isGetter = true;
    getter.children = { __proto__: null, length: 0 };
    place.children[place.children.length++] = getter;
  }
}

function propertyLabel(key, inArray) {
  if (isIdentifier(key)) {
    return `.${key}`;
  }
  return inArray && isDigits(key) ? `[${key}]` : `[${JSONStringify(key)}]`;
}

function isDigit(code) {
  return code >= 48 && code <= 57;
}

function isDigits(key) {
  for (let i = 0; i < key.length; i++) {
    if (!isDigit(StringPrototypeCharCodeAt(key, i))) {
      return false;
    }
  }
  return key.length > 0;
}

// ASCII identifiers are enough: anything else is shown in quotes.
function isIdentifier(key) {
  for (let i = 0; i < key.length; i++) {
    const code = StringPrototypeCharCodeAt(key, i);
    const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
    const isOther = code === 95 || code === 36 || (isDigit(code) && i > 0);
    if (!isLetter && !isOther) {
      return false;
    }
  }
  return key.length > 0;
}

function primitiveText(value) {
  return typeof value === "string" ? JSONStringify(value) : `${value}`;
}

const LONGEST = 240;

function pathTo(place) {
  let path = "";
  for (let at = place; at !== null; at = at.parent) {
    path = `${at.label}${path}`;
  }
  if (path.length <= LONGEST) {
    return path;
  }
  const half = LONGEST / 2;
  const start = StringPrototypeSlice(path, 0, half);
  return `${start}\u2026${StringPrototypeSlice(path, path.length - half)}`;
}

// Walks through the value as the serializer does, up to the first place that
// `isOffender` tells of its value and kind. Depth first, without recursion: the
// value may be as deep as the heap allows. Getters that lie before it are
// counted in `getters`, with the first of them.
function search(root, label, isOffender, getters) {
  if (!isCandidate(root)) {
    return undefined;
  }
  const seen = new Set();
  const behind = { __proto__: null, length: 0 };
  let next = 0;
  let place = new Place(null, label, root, null);
  while (place !== null) {
    if (place.children === null) {
      const kind = op_value_kind(place.value, true);
      if (isOffender(place.value, kind)) {
        return place;
      }
      SetPrototypeAdd(seen, place.value);
      findChildren(place, kind, behind);
    } else if (place.isGetter) {
      getters.first ??= place;
      getters.count++;
    }
    let child = null;
    while (child === null && place.next < place.children.length) {
      child = place.children[place.next++];
      if (!child.isGetter && SetPrototypeHas(seen, child.value)) {
        child = null;
      }
    }
    place = child ?? place.after;
    while (place === null && next < behind.length) {
      place = behind[next++];
      if (SetPrototypeHas(seen, place.value)) {
        place = null;
      }
    }
  }
  return undefined;
}

// Where an object is in the value, for instance `value.a[3]`; undefined where it
// is not to be seen. `label` is what the value itself is called.
exports.pathOf = (root, label, object) => {
  const place = search(root, label, (value) => value === object, {
    __proto__: null,
    first: undefined,
    count: 0,
  });
  return place === undefined ? undefined : pathTo(place);
};

// Where what was refused lies, in words; undefined where nothing is to be said.
exports.whereRefused = (root, label) => describe(root, label, isRefused);

// The same for a buffer that was refused because it is detached.
exports.whereDetached = (root, label) => describe(root, label, isDetached);

function describe(root, label, isOffender) {
  const getters = { __proto__: null, first: undefined, count: 0 };
  const place = search(root, label, isOffender, getters);
  if (place === undefined) {
    return getters.count === 1 ? `given by the getter ${pathTo(getters.first)}` : undefined;
  }
  const buffer = op_value_kind(place.value, true) === VIEW_OF_DETACHED ? ".buffer" : "";
  const path = `at ${pathTo(place)}${buffer}`;
  switch (getters.count) {
    case 0:
      return path;
    case 1:
      return `${path}, unless the getter ${pathTo(getters.first)} gave it`;
    default:
      return `${path}, unless a getter gave it`;
  }
}
