"use strict";
// What an object is called: its constructor, its tag, and the words in front
// of its braces. Nothing here calls user code but a getter of
// `Symbol.toStringTag` or of a constructor's `name`, and quietly not even
// these.

const {
  ErrorPrototype,
  FunctionPrototypeToString,
  ObjectGetOwnPropertyDescriptor,
  ObjectGetPrototypeOf,
  ObjectHasOwn,
  StringPrototypeIndexOf,
  StringPrototypeLastIndexOf,
  StringPrototypeSlice,
  SymbolToStringTag,
} = primordials;
const { op_inspect_constructor_name, op_inspect_function, op_inspect_proxy, op_value_kind } = ops;
const { KIND } = require("console/value_kind");
const { endsWith, startsWith } = require("console/text");

// The object itself, or what a chain of proxies stands for: null if revoked.
function withoutProxy(object) {
  while (object !== null && op_value_kind(object) === KIND.PROXY) {
    object = op_inspect_proxy(object)[0];
  }
  return object;
}

function prototypeOf(object) {
  return withoutProxy(ObjectGetPrototypeOf(object));
}

// The value of an own data property, else undefined. A descriptor inherits
// from Object.prototype, hence the look at its own fields only.
function ownValue(object, key) {
  if (quiet && op_value_kind(object) === KIND.PROXY) return undefined;
  const descriptor = ObjectGetOwnPropertyDescriptor(object, key);
  if (descriptor === undefined || !ObjectHasOwn(descriptor, "value")) return undefined;
  return descriptor.value;
}

// Whether no getter of the program's may run.
let quiet = false;

function quietly(inspection) {
  const before = quiet;
  quiet = true;
  try {
    return inspection();
  } finally {
    quiet = before;
  }
}

// What a getter gives that is none of the program's: the stack of an error, name and message of a DOMException.
function readHidden(error, key) {
  if (key === "stack") return require("error/own_stack").ownStack(error);
  const texts = require("dom/dom_exception").texts(error);
  if (texts === undefined) return undefined;
  return key === "name" ? texts[0] : key === "message" ? texts[1] : undefined;
}

// What a data property gives, the object's own or an inherited one.
function readQuietly(object, key) {
  const receiver = object;
  for (; object !== null; object = ObjectGetPrototypeOf(object)) {
    if (op_value_kind(object) === KIND.PROXY) return undefined;
    const descriptor = ObjectGetOwnPropertyDescriptor(object, key);
    if (descriptor === undefined) continue;
    if (ObjectHasOwn(descriptor, "value")) return descriptor.value;
    return op_value_kind(receiver) === KIND.ERROR ? readHidden(receiver, key) : undefined;
  }
  return undefined;
}

function read(object, key) {
  try {
    return quiet ? readQuietly(object, key) : object[key];
  } catch {
    return undefined;
  }
}

function inherits(object, prototype) {
  if (prototype === undefined || prototype === null) return false;
  do {
    object = prototypeOf(object);
    if (object === prototype) return true;
  } while (object !== null);
  return false;
}

// Native errors aside, this holds for what derives from Error.prototype by
// other means, as DOMException does.
function isErrorLike(object) {
  return op_value_kind(object) === KIND.ERROR || inherits(object, ErrorPrototype);
}

function isNative(fn) {
  return endsWith(FunctionPrototypeToString(fn), "{ [native code] }");
}

// Where in the prototype chain the constructor was found, and its name: null
// if no prototype has one.
function findConstructor(value) {
  let object = value;
  let first = null;
  do {
    const constructor = ownValue(object, "constructor");
    if (typeof constructor === "function" && inherits(value, ownValue(constructor, "prototype"))) {
      const name = read(constructor, "name");
      if (typeof name === "string" && name !== "") {
        return { __proto__: null, name, constructor, holder: object, first };
      }
    }
    object = prototypeOf(object);
    if (first === null) first = object;
  } while (object !== null);
  return { __proto__: null, name: null, constructor: undefined, holder: null, first };
}

// The own property that overrides the tag is listed with the others, so the
// tag is said only when it is inherited.
function tagOf(value, showHidden) {
  const tag = read(value, SymbolToStringTag);
  if (typeof tag !== "string" || tag === "") return "";
  const own = ObjectGetOwnPropertyDescriptor(value, SymbolToStringTag);
  return own !== undefined && (showHidden || own.enumerable) ? "" : tag;
}

// `Foo(2) [tag] `: what stands in front of the opening brace.
function prefix(name, tag, fallback, size) {
  if (name === null) {
    const base = "[" + fallback + size + ": null prototype] ";
    return tag !== "" && tag !== fallback ? base + "[" + tag + "] " : base;
  }
  // The tag of a class in a namespace, as Intl.Collator, says it all.
  const dot = StringPrototypeLastIndexOf(tag, ".");
  if (tag !== "" && name === (dot >= 1 ? StringPrototypeSlice(tag, dot + 1) : tag)) {
    return tag + size + " ";
  }
  return tag !== "" ? name + size + " [" + tag + "] " : name + size + " ";
}

function isSpace(c) {
  return c === " " || c === "\n" || c === "\t" || c === "\r";
}

// Whether the source text is a class's: a method called `class` starts with
// the same word, but a parenthesis follows it.
function isClassSource(source) {
  if (!startsWith(source, "class") || source[source.length - 1] !== "}") return false;
  let i = 5;
  while (i < source.length) {
    if (isSpace(source[i])) {
      i++;
    } else if (startsWith(StringPrototypeSlice(source, i, i + 2), "/*")) {
      i = StringPrototypeIndexOf(source, "*/", i) + 2;
    } else if (startsWith(StringPrototypeSlice(source, i, i + 2), "//")) {
      i = StringPrototypeIndexOf(source, "\n", i) + 1;
    } else {
      break;
    }
  }
  return source[i] === "{" || (i > 5 && source[i] !== "(");
}

function describeClass(value, name, tag) {
  const ownName = ObjectHasOwn(value, "name") ? read(value, "name") : "";
  let text = "class " + (typeof ownName === "string" && ownName !== "" ? ownName : "(anonymous)");
  if (name !== "Function" && name !== null) text += " [" + name + "]";
  if (tag !== "" && tag !== name) text += " [" + tag + "]";
  if (name === null) return text + " extends [null prototype]";
  const parent = prototypeOf(value);
  const parentName = parent === null ? "" : read(parent, "name");
  if (typeof parentName === "string" && parentName !== "") text += " extends " + parentName;
  return text;
}

// op_inspect_function: 0 ordinary, 1 async, 2 generator, 3 async generator.
const FUNCTION_TYPES = [
  "Function",
  "AsyncFunction",
  "GeneratorFunction",
  "AsyncGeneratorFunction",
];

function describeFunction(value, name, tag) {
  if (isClassSource(FunctionPrototypeToString(value))) {
    return "[" + describeClass(value, name, tag) + "]";
  }
  const type = FUNCTION_TYPES[op_inspect_function(value)];
  let text = "[" + type;
  if (name === null) text += " (null prototype)";
  const own = read(value, "name");
  const named = (typeof own === "string" && own !== "") || typeof own === "number";
  text += named ? ": " + own + "]" : " (anonymous)]";
  if (name !== type && name !== null) text += " " + name;
  if (tag !== "" && tag !== name) text += " [" + tag + "]";
  return text;
}

// V8's own name for the object, for those whose prototype says nothing.
function internalName(value) {
  return op_inspect_constructor_name(value);
}

// What an object is called that has neither prototype nor constructor. V8 goes by the tag, which is said anyway.
function fallbackName(value, name, tag) {
  if (name !== null) return "Object";
  const internal = internalName(value);
  return internal === "" || internal === tag ? "Object" : internal;
}

exports.describeFunction = describeFunction;
exports.fallbackName = fallbackName;
exports.findConstructor = findConstructor;
exports.inherits = inherits;
exports.internalName = internalName;
exports.isErrorLike = isErrorLike;
exports.isNative = isNative;
exports.isQuiet = () => quiet;
exports.ownValue = ownValue;
exports.prefix = prefix;
exports.prototypeOf = prototypeOf;
exports.quietly = quietly;
exports.read = read;
exports.tagOf = tagOf;
exports.withoutProxy = withoutProxy;
