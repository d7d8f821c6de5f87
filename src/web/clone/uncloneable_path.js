"use strict";

// Where in a value lies what structured cloning has refused.
//
// Runs only after the serializer has failed, to word its DataCloneError. It
// follows the serializer's order, so that the first offender found is the one
// that was refused, and runs no code of the program: accessors are passed over
// and a proxy is itself an offender.

const {
  JSONStringify,
  MapPrototypeForEach,
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
const MAP = 9;
const SET = 10;
const ERROR = 16;
const BOXED_PRIMITIVE = 19;
const ARRAY = 24;

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
  children = null;
  next = 0;

  constructor(parent, label, value) {
    this.parent = parent;
    this.label = label;
    this.value = value;
  }
}

function isRefused(value, kind) {
  return REFUSED[kind] === true || (kind === BOXED_PRIMITIVE && isBoxedSymbol(value));
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
    const child = new Place(place, label, value);
    place.children[place.children.length++] = child;
  }
}

function findChildren(place, kind) {
  place.children = { __proto__: null, length: 0 };
  const { value } = place;
  switch (kind) {
    case PLAIN:
    case ARRAY:
      addProperties(place, kind === ARRAY);
      break;
    case ERROR:
      // The two of an error that are cloned although they are not enumerable.
      addProperty(place, "cause", false, true);
      addProperty(place, "errors", false, true);
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
  if (
    descriptor !== undefined &&
    (descriptor.enumerable || evenHidden) &&
    ObjectHasOwn(descriptor, "value")
  ) {
    add(place, propertyLabel(key, inArray), descriptor.value);
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

// The path, for instance `value.a[3].fn`, or undefined if there is none to be
// seen (a getter may have returned the offender, or a buffer may be detached).
// Depth first, without recursion: the value may be as deep as the heap allows.
exports.find = (root) => {
  if (!isCandidate(root)) {
    return undefined;
  }
  const seen = new Set();
  let place = new Place(null, "value", root);
  while (place !== null) {
    if (place.children === null) {
      const kind = op_value_kind(place.value, true);
      if (isRefused(place.value, kind)) {
        return pathTo(place);
      }
      SetPrototypeAdd(seen, place.value);
      findChildren(place, kind);
    }
    let child = null;
    while (child === null && place.next < place.children.length) {
      child = place.children[place.next++];
      if (SetPrototypeHas(seen, child.value)) {
        child = null;
      }
    }
    place = child ?? place.parent;
  }
  return undefined;
};
