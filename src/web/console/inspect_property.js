"use strict";
// Properties: which ones an object shows, and `key: value` for each.

const {
  ObjectGetOwnPropertyDescriptor,
  ObjectHasOwn,
  ReflectApply,
  SymbolPrototypeToString,
} = primordials;
const { op_inspect_keys } = ops;
const { List, listOf } = require("console/list");
const { findConstructor, isNative, ownValue, prototypeOf } = require("console/inspect_names");
const { primitiveText } = require("console/inspect_primitive");
const { escape, isDigit, quote, spaces, width } = require("console/text");

// How a property is shown: with its key; as an element of a list, without; or
// with its key among the elements of a list.
const PROPERTY = 0;
const ELEMENT = 1;
const EXTRA = 2;

// How many prototypes above an object are searched for inherited accessors.
const INHERITED_LEVELS = 3;

function ownKeys(context, object, nonIndexOnly) {
  try {
    return listOf(op_inspect_keys(object, nonIndexOnly, context.showHidden));
  } catch {
    // A binding of a module namespace that is not initialized yet has no
    // attributes to filter by. All bindings are enumerable, the tag is not.
    const all = op_inspect_keys(object, nonIndexOnly, true);
    const names = new List();
    for (let i = 0; i < all.length; i++) {
      if (typeof all[i] === "string") names.push(all[i]);
    }
    return names;
  }
}

function isIdentifier(key) {
  if (key === "" || isDigit(key[0])) return false;
  for (let i = 0; i < key.length; i++) {
    const c = key[i];
    const letter = (c >= "a" && c <= "z") || (c >= "A" && c <= "Z");
    if (!letter && c !== "_" && !isDigit(c)) return false;
  }
  return true;
}

function keyText(context, key, enumerable) {
  const name = nameText(context, key);
  return enumerable ? name : "[" + name + "]";
}

function nameText(context, key) {
  if (typeof key === "symbol") {
    return context.paint(escape(SymbolPrototypeToString(key), false), "symbol");
  }
  // An unquoted __proto__ in a literal would set the prototype.
  if (key === "__proto__") return "['__proto__']";
  if (isIdentifier(key)) return context.paint(key, "name");
  return context.paint(quote(key), "string");
}

function wantsGetters(context, hasSetter) {
  const { getters } = context;
  if (getters === true) return true;
  return hasSetter ? getters === "set" : getters === "get";
}

// An accessor; with the option `getters`, also what it gives for `receiver`.
function accessorText(context, depth, getter, setter, receiver) {
  if (getter === undefined) {
    return setter === undefined
      ? context.paint("undefined", "undefined")
      : context.paint("[Setter]", "special");
  }
  const label = setter === undefined ? "[Getter" : "[Getter/Setter";
  if (!wantsGetters(context, setter !== undefined)) return context.paint(label + "]", "special");
  const open = context.paint(label + ":", "special");
  const close = context.paint("]", "special");
  let value;
  try {
    value = ReflectApply(getter, receiver, []);
  } catch (error) {
    context.indentation += 2;
    const thrown = context.visit(error, depth, false);
    context.indentation -= 2;
    return open + " <Inspection threw (" + thrown + ")>" + close;
  }
  context.indentation += 2;
  const text = (typeof value === "object" && value !== null) || typeof value === "function"
    ? context.paint(label + "]", "special") + " " + context.visit(value, depth, false)
    : open + " " + primitiveText(context, value) + close;
  context.indentation -= 2;
  return text;
}

function propertyText(context, object, depth, key, role, receiver) {
  let descriptor;
  try {
    descriptor = ObjectGetOwnPropertyDescriptor(object, key);
  } catch {
    const name = keyText(context, key, true);
    return name + ": " + context.paint("<uninitialized>", "special");
  }
  if (descriptor === undefined) return keyText(context, key, true) + ": undefined";
  if (!ObjectHasOwn(descriptor, "value")) {
    const text = accessorText(context, depth, descriptor.get, descriptor.set, receiver);
    if (role === ELEMENT) return text;
    return context.spend(keyText(context, key, descriptor.enumerable)) + ": " + text;
  }
  if (role === ELEMENT) return elementText(context, descriptor.value, depth);
  const name = context.spend(keyText(context, key, descriptor.enumerable));
  return fieldText(context, name, descriptor.value, depth, role);
}

function elementText(context, value, depth) {
  context.indentation += 2;
  const text = context.visit(value, depth, false);
  context.indentation -= 2;
  return text;
}

// `name: value` for a name that needs no quotes or has them.
function fieldText(context, name, value, depth, role) {
  const indent = context.compact !== true || role !== PROPERTY ? 2 : 3;
  context.indentation += indent;
  const text = context.visit(value, depth, false);
  // The densest form starts a value too long for its line on one of its own.
  const apart = indent === 3 && context.breakLength < width(text);
  const gap = apart ? "\n" + spaces(context.indentation) : " ";
  context.indentation -= indent;
  return name + ":" + gap + text;
}

// A property that is shown although no own data property holds it, as the
// length of a buffer or the cause of an error.
function hiddenText(context, name, value, depth, bare) {
  context.indentation += 2;
  const label = context.paint("[" + name + "]", "string");
  const text = label + ": " + context.visit(value, depth, bare);
  context.indentation -= 2;
  return text;
}

// With hidden properties wanted: the accessors and data that a program's own
// prototypes give the object. Methods and what the language defines are left
// out.
function inheritedTexts(context, object, depth) {
  const texts = new List();
  const found = findConstructor(object);
  if (found.name === null || found.first === null) return texts;
  if (found.holder === found.first && isNative(found.constructor)) return texts;
  const shadowed = { __proto__: null };
  let prototype = found.first;
  for (let level = 0; level < INHERITED_LEVELS && prototype !== null; level++) {
    if (level > 0) {
      const constructor = ownValue(prototype, "constructor");
      if (typeof constructor === "function" && isNative(constructor)) break;
    }
    const keys = op_inspect_keys(prototype, false, true);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      const shown = key !== "constructor" && !shadowed[key] && !ObjectHasOwn(object, key);
      if (shown && typeof ownValue(prototype, key) !== "function") {
        const text = propertyText(context, prototype, depth, key, PROPERTY, object);
        texts.push(context.paint(text, "inherited"));
      }
      shadowed[key] = true;
    }
    prototype = prototypeOf(prototype);
  }
  return texts;
}

exports.ELEMENT = ELEMENT;
exports.EXTRA = EXTRA;
exports.PROPERTY = PROPERTY;
exports.elementText = elementText;
exports.fieldText = fieldText;
exports.hiddenText = hiddenText;
exports.inheritedTexts = inheritedTexts;
exports.keyText = keyText;
exports.ownKeys = ownKeys;
exports.propertyText = propertyText;
