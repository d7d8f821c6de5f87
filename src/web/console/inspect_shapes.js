"use strict";
// For each kind of object: its braces, what stands before them, and where its
// entries come from.

const { DatePrototypeToISOString, SymbolPrototypeValueOf } = primordials;
const {
  op_inspect_boxed,
  op_inspect_buffer,
  op_inspect_entries,
  op_inspect_promise,
  op_inspect_regexp,
  op_inspect_view,
} = ops;
const { KIND } = require("console/value_kind");
const { List } = require("console/list");
const collections = require("console/inspect_collections");
const { errorText } = require("console/inspect_errors");
const { describeFunction, fallbackName, isErrorLike, prefix } = require("console/inspect_names");
const { more, primitiveText } = require("console/inspect_primitive");
const { elementText, hiddenText, ownKeys } = require("console/inspect_property");
const { hasInspections } = require("webidl/interface");

function Shape(value, kind, name, tag, bare) {
  this.value = value;
  this.kind = kind;
  // The constructor's name; null if no prototype tells it.
  this.name = name;
  this.tag = tag;
  // The buffer of a typed array, whose contents are shown already.
  this.bare = bare;
  this.keys = null;
  // Stands for the object when it has no keys, else before the braces.
  this.base = "";
  this.style = "special";
  this.open = "{";
  this.close = "}";
  // Entries that may be set in columns.
  this.listLike = false;
  this.alignRight = false;
  // Makes the entries that are no properties; null if there are none.
  this.texts = null;
  this.entries = null;
  this.view = null;
  // What an interface shows of its instance.
  this.fields = null;
}

Shape.prototype = { __proto__: null };

function describePlain(context, shape) {
  const { value, name, tag } = shape;
  shape.keys = ownKeys(context, value, false);
  if (name === "Object" && tag === "") return;
  shape.open = prefix(name, tag, fallbackName(value, name, tag), "") + "{";
  if (!hasInspections()) return;
  const { platformFields, platformTexts } = require("console/inspect_platform");
  const fields = platformFields(value);
  if (fields === undefined) return;
  // The class's name says what the tag would.
  shape.open = prefix(name, "", fallbackName(value, name, tag), "") + "{";
  if (fields.length > 0) {
    shape.fields = fields;
    shape.texts = platformTexts;
  }
}

function describeArguments(context, shape) {
  const { name, tag } = shape;
  shape.keys = ownKeys(context, shape.value, false);
  shape.open = name === "Object" ? "[Arguments] {" : prefix(name, tag, "Arguments", "") + "{";
}

function describeArray(context, shape) {
  const { value, name, tag } = shape;
  shape.keys = ownKeys(context, value, true);
  const plain = name === "Array" && tag === "";
  shape.open = plain ? "[" : prefix(name, tag, "Array", "(" + value.length + ")") + "[";
  shape.close = "]";
  shape.listLike = true;
  if (value.length > 0) shape.texts = collections.arrayTexts;
}

function describeSet(context, shape) {
  shape.keys = ownKeys(context, shape.value, false);
  shape.entries = op_inspect_entries(shape.value)[0];
  const { length } = shape.entries;
  shape.open = prefix(shape.name, shape.tag, "Set", "(" + length + ")") + "{";
  if (length > 0) shape.texts = collections.setTexts;
}

function describeMap(context, shape) {
  shape.keys = ownKeys(context, shape.value, false);
  shape.entries = op_inspect_entries(shape.value)[0];
  const size = shape.entries.length / 2;
  shape.open = prefix(shape.name, shape.tag, "Map", "(" + size + ")") + "{";
  if (size > 0) shape.texts = collections.mapTexts;
}

function describeIterator(context, shape) {
  const usual = shape.kind === KIND.MAP_ITERATOR ? "Map Iterator" : "Set Iterator";
  const { tag } = shape;
  shape.keys = ownKeys(context, shape.value, false);
  const other = tag === usual || tag === "" ? "" : "[" + tag + "] ";
  shape.open = other + "[" + usual + "] {";
  shape.texts = collections.iteratorTexts;
}

function unknownItems(context) {
  const texts = new List();
  texts.push(context.paint("<items unknown>", "special"));
  return texts;
}

function describeWeak(context, shape) {
  const fallback = shape.kind === KIND.WEAK_SET ? "WeakSet" : "WeakMap";
  shape.keys = ownKeys(context, shape.value, false);
  shape.open = prefix(shape.name, shape.tag, fallback, "") + "{";
  shape.texts = context.showHidden ? collections.weakTexts : unknownItems;
}

function describeView(context, shape) {
  const { value, name, tag } = shape;
  const { 0: type, 1: length, 2: byteLength, 3: byteOffset, 4: buffer, 5: elementSize } =
    op_inspect_view(value);
  shape.view = { __proto__: null, length, byteLength, byteOffset, buffer, elementSize };
  if (type === "DataView") {
    shape.keys = ownKeys(context, value, false);
    shape.open = prefix(name, tag, type, "") + "{";
    shape.texts = dataViewTexts;
    return;
  }
  shape.keys = ownKeys(context, value, true);
  shape.open = prefix(name, tag, type, "(" + length + ")") + "[";
  shape.close = "]";
  shape.listLike = true;
  if (length > 0 || context.showHidden) shape.texts = collections.typedArrayTexts;
}

function dataViewTexts(context, shape, depth) {
  const texts = new List();
  texts.push(hiddenText(context, "byteLength", shape.view.byteLength, depth, false));
  texts.push(hiddenText(context, "byteOffset", shape.view.byteOffset, depth, false));
  texts.push(hiddenText(context, "buffer", shape.view.buffer, depth, false));
  return texts;
}

function bufferTexts(context, shape, depth) {
  const max = context.maxArrayLength > 0 ? context.maxArrayLength : 0;
  const { 0: byteLength, 1: hex, 2: detached } = op_inspect_buffer(shape.value, max);
  const texts = new List();
  if (detached) {
    texts.push(context.paint("(detached)", "special"));
  } else {
    const rest = byteLength > max ? " " + more(byteLength - max, "byte") : "";
    const label = context.paint("[Uint8Contents]", "special");
    texts.push(label + ": <" + context.spend(hex) + rest + ">");
  }
  texts.push(hiddenText(context, "byteLength", byteLength, depth, false));
  return texts;
}

function describeBuffer(context, shape) {
  const fallback = shape.kind === KIND.ARRAY_BUFFER ? "ArrayBuffer" : "SharedArrayBuffer";
  shape.keys = ownKeys(context, shape.value, false);
  shape.open = prefix(shape.name, shape.tag, fallback, "") + "{";
  if (shape.bare && shape.keys.length === 0) {
    const byteLength = primitiveText(context, op_inspect_buffer(shape.value, 0)[0]);
    shape.base = shape.open + " [byteLength]: " + byteLength + " }";
    shape.style = "name";
  } else {
    shape.texts = bufferTexts;
  }
}

function promiseTexts(context, shape, depth) {
  const promise = op_inspect_promise(shape.value);
  const texts = new List();
  if (promise[0] === 0) {
    texts.push(context.paint("<pending>", "special"));
    return texts;
  }
  const text = elementText(context, promise[1], depth);
  texts.push(promise[0] === 2 ? context.paint("<rejected>", "special") + " " + text : text);
  return texts;
}

function describePromise(context, shape) {
  shape.keys = ownKeys(context, shape.value, false);
  shape.open = prefix(shape.name, shape.tag, "Promise", "") + "{";
  shape.texts = promiseTexts;
}

function describeModule(context, shape) {
  shape.keys = ownKeys(context, shape.value, false);
  shape.open = prefix(shape.name, shape.tag, "Module", "") + "{";
}

function describeFunctionObject(context, shape) {
  shape.keys = ownKeys(context, shape.value, false);
  shape.base = describeFunction(shape.value, shape.name, shape.tag);
}

// `usual` is the class that needs no mention.
function withPrefix(shape, usual, text) {
  const before = prefix(shape.name, shape.tag, usual, "");
  return before === usual + " " ? text : before + text;
}

function describeRegExp(context, shape) {
  shape.keys = ownKeys(context, shape.value, false);
  const literal = op_inspect_regexp(shape.value);
  const { colors } = context;
  // differs: Node runs the class's name through the colours, and loses its first letter.
  const text = colors ? require("console/regexp_colors").paintRegExp(literal) : literal;
  shape.base = withPrefix(shape, "RegExp", text);
  shape.style = "name";
}

function describeDate(context, shape) {
  shape.keys = ownKeys(context, shape.value, false);
  let text;
  try {
    text = DatePrototypeToISOString(shape.value);
  } catch {
    text = "Invalid Date";
  }
  shape.base = withPrefix(shape, "Date", text);
  shape.style = "date";
}

function describeError(context, shape) {
  shape.keys = ownKeys(context, shape.value, false);
  shape.base = errorText(context, shape);
  shape.style = "name";
}

const BOXED_NAMES = {
  __proto__: null,
  bigint: "BigInt",
  boolean: "Boolean",
  number: "Number",
  string: "String",
  symbol: "Symbol",
};

function describeBoxed(context, shape) {
  const { value, name, tag } = shape;
  const primitive = op_inspect_boxed(value) ?? SymbolPrototypeValueOf(value);
  const type = BOXED_NAMES[typeof primitive];
  // The characters of a string object are properties that say nothing new.
  shape.keys = ownKeys(context, value, typeof primitive === "string");
  let base = "[" + type;
  if (name === null) base += " (null prototype)";
  else if (name !== type) base += " (" + name + ")";
  const { colors } = context;
  context.colors = false;
  base += ": " + primitiveText(context, primitive) + "]";
  context.colors = colors;
  if (tag !== "" && tag !== name) base += " [" + tag + "]";
  shape.base = base;
  shape.style = typeof primitive;
}

function describeExternal(context, shape) {
  shape.keys = new List();
  shape.base = "[External]";
}

const DESCRIBERS = {
  __proto__: null,
  [KIND.FUNCTION]: describeFunctionObject,
  [KIND.WEAK_MAP]: describeWeak,
  [KIND.WEAK_SET]: describeWeak,
  [KIND.PROMISE]: describePromise,
  [KIND.MAP]: describeMap,
  [KIND.SET]: describeSet,
  [KIND.DATE]: describeDate,
  [KIND.REGEXP]: describeRegExp,
  [KIND.ARRAY_BUFFER]: describeBuffer,
  [KIND.SHARED_ARRAY_BUFFER]: describeBuffer,
  [KIND.VIEW]: describeView,
  [KIND.ERROR]: describeError,
  [KIND.MODULE]: describeModule,
  [KIND.ARGUMENTS]: describeArguments,
  [KIND.BOXED]: describeBoxed,
  [KIND.MAP_ITERATOR]: describeIterator,
  [KIND.SET_ITERATOR]: describeIterator,
  [KIND.EXTERNAL]: describeExternal,
  [KIND.ARRAY]: describeArray,
};

function shapeOf(context, value, kind, name, tag, bare) {
  const shape = new Shape(value, kind, name, tag, bare);
  const describe = DESCRIBERS[kind];
  if (describe !== undefined) describe(context, shape);
  else if (name !== "Object" && isErrorLike(value)) describeError(context, shape);
  else describePlain(context, shape);
  return shape;
}

exports.shapeOf = shapeOf;
