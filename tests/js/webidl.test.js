// The property rules of Web IDL, for everything that nano adds to the global object.

import { Actor } from "nano:actor";
import {
  assert_array_equals, assert_equals, assert_false, assert_throws_js, assert_true, promise_test,
  promise_rejects_js, test,
} from "./harness.js";

export { run } from "./harness.js";

// What ECMA-262, ECMA-402 and WebAssembly define; V8 has it already.
const LANGUAGE = new Set(`Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean
  String Symbol Date Promise RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError
  TypeError URIError globalThis JSON Math Intl ArrayBuffer Atomics Uint8Array Int8Array Uint16Array
  Int16Array Uint32Array Int32Array Float16Array Float32Array Float64Array Uint8ClampedArray
  BigUint64Array BigInt64Array DataView Map BigInt Set Iterator WeakMap WeakSet WeakRef Proxy Reflect
  FinalizationRegistry decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape eval
  isFinite isNaN SharedArrayBuffer WebAssembly Temporal SuppressedError DisposableStack
  AsyncDisposableStack`.split(/\s+/));

const describe = (object, key) => Object.getOwnPropertyDescriptor(object, key);

// Attributes stand on the prototype of the global object.
const scope = Object.getPrototypeOf(globalThis);
const attributes = Object.getOwnPropertyNames(scope).filter((name) => name !== "constructor");
const added = Object.getOwnPropertyNames(globalThis).filter((name) => !LANGUAGE.has(name)).concat(attributes);
const describeGlobal = (name) => describe(globalThis, name) ?? describe(scope, name);

function checkFlags(descriptor, flags, where) {
  for (const flag of ["writable", "enumerable", "configurable"]) {
    if (flag in descriptor) assert_equals(descriptor[flag], flags.includes(flag), `${where}: ${flag}`);
  }
}

// webidl.spec.whatwg.org/#js-operations, #js-attributes: what functions are like.
function checkFunction(fn, name, where) {
  assert_equals(typeof fn, "function", where);
  assert_equals(fn.name, name, `${where}: name`);
  checkFlags(describe(fn, "name"), ["configurable"], `${where}: name`);
  checkFlags(describe(fn, "length"), ["configurable"], `${where}: length`);
  assert_false(Object.hasOwn(fn, "prototype"), `${where}: prototype`);
  assert_throws_js(TypeError, () => Reflect.construct(function () {}, [], fn), `${where}: constructs`);
}

const wrongs = [{}, Object.create(null), 5, "text", Symbol(), [], () => {}];

// With too many arguments rather than too few, so that only the receiver can be at fault.
async function refusesReceivers(fn, where) {
  for (const wrong of wrongs) {
    let result;
    try {
      result = fn.call(wrong, "a", () => {}, {}, 1);
    } catch (error) {
      assert_equals(error.constructor, TypeError, where);
      continue;
    }
    assert_true(result instanceof Promise, `${where} takes ${typeof wrong}`);
    await promise_rejects_js(TypeError, result, where);
  }
}

async function checkAccessor({ get, set, ...flags }, key, where, receivers = true) {
  checkFlags(flags, ["enumerable", "configurable"], where);
  checkFunction(get, `get ${key}`, where);
  assert_equals(get.length, 0, where);
  if (receivers) await refusesReceivers(get, where);
  if (set !== undefined) {
    checkFunction(set, `set ${key}`, where);
    assert_equals(set.length, 1, where);
    if (receivers) await refusesReceivers(set, where);
  }
}

async function checkMember(holder, key, where, receivers) {
  const member = describe(holder, key);
  if (member.get !== undefined || member.set !== undefined) {
    await checkAccessor(member, key, where, receivers);
  } else if (typeof member.value === "function") {
    checkFlags(member, ["writable", "enumerable", "configurable"], where);
    checkFunction(member.value, key, where);
    if (receivers) await refusesReceivers(member.value, where);
  } else {
    // A constant.
    assert_equals(typeof member.value, "number", where);
    checkFlags(member, ["enumerable"], where);
    return true;
  }
  return false;
}

async function checkInterface(Class, name) {
  assert_equals(Class.name, name);
  checkFlags(describe(Class, "name"), ["configurable"], "name");
  checkFlags(describe(Class, "length"), ["configurable"], "length");
  checkFlags(describe(Class, "prototype"), [], "prototype");
  assert_throws_js(TypeError, () => Class(), "called without new");
  const { prototype } = Class;
  const constructor = describe(prototype, "constructor");
  assert_equals(constructor.value, Class);
  checkFlags(constructor, ["writable", "configurable"], "constructor");
  const tag = describe(prototype, Symbol.toStringTag);
  assert_equals(tag.value, name);
  checkFlags(tag, ["configurable"], "Symbol.toStringTag");
  const Parent = Object.getPrototypeOf(Class);
  if (Parent === Function.prototype) {
    const above = Object.getPrototypeOf(prototype);
    assert_true(above === Object.prototype || (name === "DOMException" && above === Error.prototype));
  } else {
    assert_equals(Object.getPrototypeOf(prototype), Parent.prototype);
  }
  for (const key of Object.getOwnPropertyNames(prototype)) {
    if (key === "constructor") continue;
    // EventTarget's operations take an absent receiver for the global object; these are present.
    const isConstant = await checkMember(prototype, key, `${name}.prototype.${key}`, true);
    if (isConstant) assert_equals(Class[key], prototype[key]);
  }
  for (const key of Object.getOwnPropertyNames(Class)) {
    if (["name", "length", "prototype"].includes(key)) continue;
    const isConstant = await checkMember(Class, key, `${name}.${key}`, false);
    if (isConstant) assert_equals(prototype[key], Class[key]);
  }
}

test(() => {
  // Whoever adds a global finds it checked here.
  for (const name of ["Event", "QuotaExceededError", "setTimeout", "self", "performance", "crypto",
    "onerror"]) {
    assert_true(added.includes(name), name);
  }
  assert_equals(LANGUAGE.has("console"), false);
}, "the globals are found");

const notInterfaces = [];
for (const name of added) {
  const property = describeGlobal(name);
  if (typeof property.value === "function" && /^[A-Z]/.test(name)) {
    test(() => checkFlags(property, ["writable", "configurable"], name), `${name} is a property of the global`);
    promise_test(() => checkInterface(property.value, name), `interface ${name}`);
  } else {
    notInterfaces.push(name);
  }
}

promise_test(() => checkInterface(Actor, "Actor"), "interface Actor");

for (const name of notInterfaces) {
  if (name === "console") continue;
  promise_test(async () => {
    const property = describeGlobal(name);
    if ("value" in property) {
      checkFlags(property, ["writable", "enumerable", "configurable"], name);
      checkFunction(property.value, name, name);
      assert_throws_js(TypeError, () => property.value.call({}, () => {}), `${name}: receiver`);
      return;
    }
    await checkAccessor(property, name, name, false);
    // The global object is meant where there is no receiver.
    assert_equals(property.get.call(undefined), globalThis[name]);
    assert_throws_js(TypeError, () => property.get.call({}), `${name}: getter`);
    if (property.set !== undefined) {
      assert_throws_js(TypeError, () => property.set.call({}, 1), `${name}: setter`);
    }
  }, `global ${name}`);
}

test(() => {
  checkFlags(describe(globalThis, "console"), ["writable", "configurable"], "console");
  const tag = describe(console, Symbol.toStringTag);
  assert_equals(tag.value, "console");
  checkFlags(tag, ["configurable"], "Symbol.toStringTag");
  for (const key of Object.getOwnPropertyNames(console)) {
    const member = describe(console, key);
    checkFlags(member, ["writable", "enumerable", "configurable"], key);
    checkFunction(member.value, key, key);
    assert_equals(member.value.length, { assert: 0, table: 0, dir: 0, count: 0, countReset: 0,
      time: 0, timeLog: 0, timeEnd: 0 }[key] ?? 0, key);
  }
}, "namespace console");

test(() => {
  // [LegacyUnforgeable] stands on the instance.
  const trusted = describe(new Event("x"), "isTrusted");
  checkFlags(trusted, ["enumerable"], "isTrusted");
  assert_equals(trusted.get.name, "get isTrusted");
  assert_throws_js(TypeError, () => trusted.get.call({}));
  assert_equals(describe(new Event("y"), "isTrusted").get, trusted.get);
}, "Event's isTrusted is unforgeable");

test(() => {
  const keys = Object.keys(AbortSignal.prototype);
  assert_array_equals(keys, ["aborted", "reason", "throwIfAborted", "onabort"]);
}, "members stand in the order of their IDL");

const constructed = {
  AbortController: [],
  CustomEvent: ["x"],
  DOMException: [],
  ErrorEvent: ["x"],
  Event: ["x"],
  EventTarget: [],
  PromiseRejectionEvent: ["x", { promise: Promise.resolve() }],
  QuotaExceededError: [],
};

for (const [name, args] of Object.entries(constructed)) {
  test(() => {
    const Class = globalThis[name];
    const bare = function () {}.bind();
    const made = (newTarget) => Object.getPrototypeOf(Reflect.construct(Class, args, newTarget));
    assert_equals(made(bare), Class.prototype);
    const other = function () {};
    assert_equals(made(other), other.prototype);
    other.prototype = Object.prototype;
    assert_equals(made(other), Object.prototype);
    assert_equals(made(class extends Class {}) === Class.prototype, false);
    assert_equals(Object.getPrototypeOf(new Class(...args)), Class.prototype);
  }, `${name} has its own prototype where the new target has none`);
}
