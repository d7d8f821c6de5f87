"use strict";

// structuredClone of what consists of plain objects, arrays, Maps, Sets, Dates and primitives alone, as most values do:
// made in JavaScript, which the compiler makes fast, and with the strings shared instead of written and read. The steps are
// those of html.spec.whatwg.org/multipage/structured-data.html#structuredserializeinternal for these types. For
// anything else the answer is OTHER, and V8's serializer begins anew: so nothing here runs code of the program's, which
// would see that. A getter is something else.

const {
  ArrayPrototypeToSpliced,
  Date,
  DatePrototypeGetTime,
  Map,
  MapPrototypeForEach,
  MapPrototypeGet,
  MapPrototypeSet,
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptor,
  ObjectGetPrototypeOf,
  ObjectHasOwn,
  ObjectPrototype,
  Set,
  SetPrototypeAdd,
  SetPrototypeForEach,
} = primordials;
const { op_clone_kind } = ops;
const { List } = require("console/list");
const { clonerOf, isObject } = require("webidl/interface");

/** The answer for a value that has more in it. */
const OTHER = { __proto__: null };
exports.OTHER = OTHER;

// What `op_clone_kind` answers.
const OBJECT = 1;
const ARRAY = 2;
const MAP = 3;
const SET = 4;
const DATE = 5;

// Deeper values are left to the serializer, since they would use up the stack, and so are arrays of many primitives,
// which it reads faster.
const DEEPEST = 100;
const SHORT = 16;

/** Objects that have a copy: in most values there are none but the value itself. */
class Copies {
  // Fields, which no setter of the program's sees.
  value;
  copy = undefined;
  others = undefined;

  constructor(value) {
    this.value = value;
  }

  /** The copy of an object, if it has one. */
  of(object) {
    if (object === this.value) {
      return this.copy;
    }
    return this.others === undefined ? undefined : MapPrototypeGet(this.others, object);
  }

  note(object, copy) {
    if (object === this.value) {
      this.copy = copy;
      return;
    }
    this.others ??= new Map();
    MapPrototypeSet(this.others, object, copy);
  }
}

/** A clone of an object, or OTHER. */
exports.plainClone = function plainClone(value) {
  return cloneObject(value, new Copies(value), 0);
};

function cloneObject(value, copies, depth) {
  const known = copies.of(value);
  if (known !== undefined) {
    return known;
  }
  if (depth === DEEPEST) {
    return OTHER;
  }
  // Before anything that would enter a proxy.
  switch (op_clone_kind(value)) {
    case OBJECT: {
      const prototype = ObjectGetPrototypeOf(value);
      return prototype === ObjectPrototype
        ? cloneProperties(value, copies, depth + 1)
        : clonePlatformObject(value, prototype, copies);
    }
    case ARRAY:
      return cloneArray(value, copies, depth + 1);
    case MAP:
      return cloneMap(value, copies, depth + 1);
    case SET:
      return cloneSet(value, copies, depth + 1);
    case DATE: {
      const copy = new Date(DatePrototypeGetTime(value));
      copies.note(value, copy);
      return copy;
    }
    default:
      return OTHER;
  }
}

/** An instance of an interface that clones its own. */
function clonePlatformObject(value, prototype, copies) {
  const cloneOf = clonerOf(prototype);
  const copy = cloneOf === undefined ? undefined : cloneOf(value);
  if (copy === undefined) {
    return OTHER;
  }
  copies.note(value, copy);
  return copy;
}

/** A primitive is its own clone, but for symbols. */
function cloneValue(value, copies, depth) {
  switch (typeof value) {
    case "object":
      return value === null ? null : cloneObject(value, copies, depth);
    case "function":
    case "symbol":
      return OTHER;
    default:
      return value;
  }
}

function cloneProperties(value, copies, depth) {
  const copy = {};
  copies.note(value, copy);
  for (const key in value) {
    const property = ObjectGetOwnPropertyDescriptor(value, key);
    if (property === undefined) {
      // Inherited.
      continue;
    }
    const cloned = ObjectHasOwn(property, "value")
      ? cloneValue(property.value, copies, depth)
      : OTHER;
    if (cloned === OTHER) {
      return OTHER;
    }
    if (key in ObjectPrototype) {
      // An assignment would find a setter, or what is read-only.
      define(copy, key, cloned);
    } else {
      copy[key] = cloned;
    }
  }
  return copy;
}

function define(object, key, value) {
  const descriptor = {
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  };
  ObjectDefineProperty(object, key, descriptor);
}

function cloneArray(value, copies, depth) {
  const { length } = value;
  for (let i = 0; i < length; i++) {
    // No element is a hole, hidden or an accessor.
    const element = ObjectGetOwnPropertyDescriptor(value, i);
    if (element === undefined || !element.enumerable || !ObjectHasOwn(element, "value")) {
      return OTHER;
    }
    if (length > SHORT && i < SHORT && !isObject(element.value)) {
      return OTHER;
    }
  }
  // Of all functions that copy an array this one alone asks neither a constructor nor an iterator.
  const copy = ArrayPrototypeToSpliced(value, 0, 0);
  copies.note(value, copy);
  for (let i = 0; i < length; i++) {
    const element = copy[i];
    const cloned = cloneValue(element, copies, depth);
    if (cloned === OTHER) {
      return OTHER;
    }
    if (cloned !== element) {
      copy[i] = cloned;
    }
  }
  return copy;
}

function cloneMap(value, copies, depth) {
  const copy = new Map();
  copies.note(value, copy);
  const entries = new List();
  MapPrototypeForEach(value, (element, key) => {
    entries.push(key);
    entries.push(element);
  });
  for (let i = 0; i < entries.length; i += 2) {
    const key = cloneValue(entries[i], copies, depth);
    const element = key === OTHER ? OTHER : cloneValue(entries[i + 1], copies, depth);
    if (element === OTHER) {
      return OTHER;
    }
    MapPrototypeSet(copy, key, element);
  }
  return copy;
}

function cloneSet(value, copies, depth) {
  const copy = new Set();
  copies.note(value, copy);
  const elements = new List();
  SetPrototypeForEach(value, (element) => elements.push(element));
  for (let i = 0; i < elements.length; i++) {
    const element = cloneValue(elements[i], copies, depth);
    if (element === OTHER) {
      return OTHER;
    }
    SetPrototypeAdd(copy, element);
  }
  return copy;
}
