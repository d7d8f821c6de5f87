"use strict";

// Classes of a program that opt in to structured cloning and messages.
//
// A class declares two members, keyed by registered symbols:
//
//   class Point {
//     [Symbol.for("nano.serialize")]() { return [this.x, this.y]; }
//     static [Symbol.for("nano.deserialize")]([x, y]) { return new Point(x, y); }
//   }
//
// and is registered under a name, in every isolate that sends or receives it:
// the name is what travels, with whatever the first method returns, which is
// cloned in its turn. An isolate that receives a name which it does not know
// gets a DataCloneError instead of an object without its methods. An instance
// of a subclass that is not registered travels as the registered class, as the
// platform's own serializable interfaces do.
//
// differs: HTML's sub-serializations share the memory of the whole. Here what the first method returns is a value of its
// own, since the second one must run before the instance can be put where it belongs: it would see, and could change,
// what V8 has not finished reading. So nothing in it is the same object as outside, and no circle leads through it.
//
// What kind of object an instance is comes before its class: an Array or a Map is cloned as one, whatever it inherits
// from, and nothing asks for hooks. So a class that extends such a built-in is refused when it is registered.

const {
  Map,
  MapPrototypeGet,
  MapPrototypeSet,
  ObjectGetPrototypeOf,
  ReflectApply,
  StringPrototypeSlice,
  SymbolFor,
  TypeError,
} = primordials;
const { op_platform_object_mark, op_value_kind } = ops;
const { isObject, requireArguments } = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { builtInOf } = require("clone/built_in");

const serialize = SymbolFor("nano.serialize");
const deserialize = SymbolFor("nano.deserialize");

const PROXY = 7;

const classes = new Map();
const names = new Map();

function checkClass(Class, prefix) {
  if (typeof Class !== "function" || op_value_kind(Class) === PROXY) {
    throw new TypeError(`${prefix}: parameter 2 is not a class.`);
  }
  const { prototype } = Class;
  if (!isObject(prototype) || typeof prototype[serialize] !== "function") {
    throw new TypeError(`${prefix}: the class has no method [Symbol.for("nano.serialize")].`);
  }
  if (typeof Class[deserialize] !== "function") {
    throw new TypeError(
      `${prefix}: the class has no static method ` + `[Symbol.for("nano.deserialize")].`,
    );
  }
  const builtIn = builtInOf(Class, prototype);
  if (builtIn !== undefined) {
    throw new TypeError(
      `${prefix}: the class extends ${builtIn}, whose instances are cloned without asking their class; ` +
        `keep one in a field instead.`,
    );
  }
  return prototype;
}

// Until the first call nothing here exists, and the serializer, which looks
// only at objects whose prototype is marked, asks nothing.
exports.register = function registerClass(name, Class) {
  const prefix = "Failed to execute 'registerClass'";
  requireArguments(arguments.length, 2, prefix);
  const nameString = DOMString(name, "Failed to execute 'registerClass': name");
  if (StringPrototypeSlice(nameString, 0, 5) === "nano:") {
    throw new TypeError(`${prefix}: names that begin with 'nano:' are the platform's.`);
  }
  const prototype = checkClass(Class, prefix);
  const known = MapPrototypeGet(classes, nameString);
  if (known === Class) {
    return;
  }
  if (known !== undefined) {
    throw new TypeError(`${prefix}: another class is registered as '${nameString}'.`);
  }
  if (MapPrototypeGet(names, prototype) !== undefined) {
    throw new TypeError(`${prefix}: the class is registered under another name.`);
  }
  MapPrototypeSet(classes, nameString, Class);
  MapPrototypeSet(names, prototype, nameString);
  op_platform_object_mark(prototype);
};

function nameOf(object) {
  let prototype = object;
  do {
    prototype = ObjectGetPrototypeOf(prototype);
    if (prototype === null || op_value_kind(prototype) === PROXY) {
      return undefined;
    }
  } while (MapPrototypeGet(names, prototype) === undefined);
  return MapPrototypeGet(names, prototype);
}

exports.nameOf = nameOf;

// For the serializer: what to write for an object, undefined if its class is
// not registered. Exceptions of the program's method go through.
exports.serialize = (object) => {
  const name = nameOf(object);
  if (name === undefined) {
    return undefined;
  }
  const method = object[serialize];
  if (typeof method !== "function") {
    throw new TypeError(`${name}[Symbol.for("nano.serialize")] is not a function.`);
  }
  return [name, ReflectApply(method, object, [])];
};

// For the deserializer.
exports.deserialize = (name, data) => {
  const Class = MapPrototypeGet(classes, name);
  if (Class === undefined) {
    throw require("dom/dom_exception").create(
      `No class is registered as '${name}' in this isolate.`,
      "DataCloneError",
    );
  }
  const object = ReflectApply(Class[deserialize], Class, [data]);
  if (!isObject(object)) {
    throw new TypeError(`${name}[Symbol.for("nano.deserialize")] did not return an object.`);
  }
  return object;
};
