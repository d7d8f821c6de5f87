"use strict";
// Any value as text. Objects are walked depth first; each level keeps the
// context's indentation, so that inner lines come out at their final place.

const { StringPrototypeSlice } = primordials;
const { op_inspect_proxy, op_value_kind } = ops;
const { KIND } = require("console/value_kind");
const { List } = require("console/list");
const { startsNumeric } = require("console/inspect_collections");
const { Context } = require("console/inspect_context");
const { customText } = require("console/inspect_custom");
const { assemble } = require("console/inspect_layout");
const {
  fallbackName,
  findConstructor,
  internalName,
  prefix,
  quietly,
  read,
  tagOf,
  withoutProxy,
} = require("console/inspect_names");
const { more, primitiveText } = require("console/inspect_primitive");
const { EXTRA, PROPERTY, inheritedTexts, propertyText } = require("console/inspect_property");
const { shapeOf } = require("console/inspect_shapes");

// The constructor's name; null for an object without prototype. Where
// prototypes exist but none names a constructor, V8's own name and what the
// chain looks like.
function constructorName(context, value, depth) {
  const { name, first } = findConstructor(value);
  if (name !== null || first === null) return name;
  const internal = internalName(value);
  if (depth > context.depth) return internal + " <Complex prototype>";
  const parent = constructorName(context, first, depth + 1);
  if (parent !== null) return internal + " <" + parent + ">";
  const fork = context.fork();
  fork.depth = -1;
  fork.customInspect = false;
  return internal + " <" + fork.visit(first, 0, false) + ">";
}

function circularText(context, object) {
  let index = context.circular.indexOf(object);
  if (index === -1) {
    index = context.circular.length;
    context.circular.push(object);
  }
  return context.paint("[Circular *" + (index + 1) + "]", "special");
}

function proxyText(context, proxy, depth) {
  const { 0: target, 1: handler } = op_inspect_proxy(proxy);
  if (target === null) return context.paint("<Revoked Proxy>", "special");
  if (depth > context.depth) return context.paint("Proxy [Array]", "special");
  const texts = new List();
  context.indentation += 2;
  texts.push(context.visit(target, depth + 1, false));
  texts.push(context.visit(handler, depth + 1, false));
  context.indentation -= 2;
  const shape = { __proto__: null, base: "", open: "Proxy [", close: "]", listLike: true };
  return assemble(context, shape, texts, depth + 1);
}

// The text of what a chain of proxies stands for, with a word for each of them;
// one that was revoked has its own.
function withProxies(context, proxy, text) {
  let inner = op_inspect_proxy(proxy)[0];
  while (inner !== null) {
    text = context.paint("Proxy(", "special") + text + context.paint(")", "special");
    if (op_value_kind(inner) !== KIND.PROXY) break;
    inner = op_inspect_proxy(inner)[0];
  }
  return text;
}

function pushProperties(context, shape, texts, depth) {
  const { value, keys } = shape;
  const role = shape.listLike ? EXTRA : PROPERTY;
  for (let i = 0; i < keys.length; i++) {
    if (context.exhausted) {
      const left = keys.length - i;
      texts.push("... " + left + " more " + (left === 1 ? "property" : "properties"));
      return;
    }
    texts.push(propertyText(context, value, depth, keys[i], role, value));
  }
}

function byCodeUnits(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sortTexts(context, shape, texts) {
  const compare = typeof context.sorted === "function" ? context.sorted : byCodeUnits;
  // The elements of a list keep their order, its other properties do not.
  texts.sort(compare, shape.listLike ? texts.length - shape.keys.length : 0);
}

function entryTexts(context, shape, inherited, depth) {
  const texts = shape.texts === null ? new List() : shape.texts(context, shape, depth);
  pushProperties(context, shape, texts, depth);
  for (let i = 0; i < inherited.length; i++) texts.push(inherited[i]);
  if (context.sorted) sortTexts(context, shape, texts);
  if (shape.listLike) shape.alignRight = startsNumeric(shape, texts.length);
  return texts;
}

function withReference(context, shape, object) {
  const index = context.circular.indexOf(object);
  if (index === -1) return;
  const reference = context.paint("<ref *" + (index + 1) + ">", "special");
  if (context.compact === true) shape.open = reference + " " + shape.open;
  else shape.base = shape.base === "" ? reference : reference + " " + shape.base;
}

// What stands for an object that is not looked into: its name in brackets.
function closedText(context, shape) {
  if (shape.kind === KIND.REGEXP) return context.paint(shape.base, shape.style);
  const { value, name, tag } = shape;
  const before = prefix(name, tag, fallbackName(value, name, tag), "");
  const title = StringPrototypeSlice(before, 0, before.length - 1);
  return context.paint(title[0] === "[" ? title : "[" + title + "]", "special");
}

function interruptedText(context, shape, error) {
  const why = op_value_kind(error) === KIND.ERROR && read(error, "message");
  return context.paint(
    "[" + (shape.name === null ? "Object" : shape.name) +
      ": Inspection interrupted prematurely. " + (typeof why === "string" ? why : "") + "]",
    "special",
  );
}

function objectText(context, object, kind, depth, bare) {
  const name = constructorName(context, object, depth);
  const tag = tagOf(object, context.showHidden);
  const shape = shapeOf(context, object, kind, name, tag, bare);
  const inherited = context.showHidden && depth <= context.depth
    ? inheritedTexts(context, object, depth)
    : new List();
  if (shape.texts === null && shape.keys.length === 0 && inherited.length === 0) {
    if (shape.base !== "") return context.spend(context.paint(shape.base, shape.style));
    return context.spend(shape.open + shape.close);
  }
  if (depth > context.depth || context.exhausted) return closedText(context, shape);

  const { indentation, seen } = context;
  const outer = seen.length;
  let texts;
  try {
    seen.push(object);
    context.currentDepth = depth + 1;
    texts = entryTexts(context, shape, inherited, depth + 1);
  } catch (error) {
    // The stack is too short for an object nested this deeply, or a user's
    // comparison threw.
    context.indentation = indentation;
    return interruptedText(context, shape, error);
  } finally {
    while (seen.length > outer) seen.pop();
  }
  withReference(context, shape, object);
  return assemble(context, shape, texts, depth + 1);
}

// `depth` is how many objects enclose the value; `bare` asks for a buffer
// without its contents.
function visit(context, value, depth, bare) {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) {
    return context.spend(primitiveText(context, value));
  }
  let kind = op_value_kind(value);
  let object = value;
  if (kind === KIND.PROXY) {
    if (context.showProxy) return proxyText(context, value, depth);
    object = withoutProxy(value);
    if (object === null) {
      return withProxies(context, value, context.paint("<Revoked Proxy>", "special"));
    }
    kind = op_value_kind(object);
  }
  if (context.customInspect) {
    const text = customText(context, object, value, depth);
    if (text !== undefined) return text;
  }
  if (context.seen.indexOf(object) !== -1) return circularText(context, object);
  const text = objectText(context, object, kind, depth, bare);
  return object === value ? text : withProxies(context, value, text);
}

Context.prototype.visit = function (value, depth, bare) {
  return visit(this, value, depth, bare);
};

// Text for a value of any kind. Never throws: not for getters, proxies, hooks
// or options that do.
function inspect(value, options) {
  const context = new Context();
  try {
    context.configure(options);
    return context.visit(value, 0, false);
  } catch {
    return "[inspection failed]";
  }
}

// The same for a report of what nobody caught, which runs nothing of the program's: a property that would is as good as
// absent.
function inspectQuietly(value, options) {
  return quietly(() => inspect(value, { __proto__: null, ...options, customInspect: false }));
}

exports.inspect = inspect;
exports.inspectQuietly = inspectQuietly;
