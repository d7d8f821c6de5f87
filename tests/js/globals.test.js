import { assert_array_equals, assert_equals, assert_false, assert_throws_js, assert_true, test } from "./harness.js";

export { run } from "./harness.js";

const interfaces = ["DOMException", "QuotaExceededError", "Event", "EventTarget", "CustomEvent", "ErrorEvent",
  "PromiseRejectionEvent", "AbortController", "AbortSignal", "Performance", "ReadableStream",
  "ReadableStreamDefaultReader", "ReadableStreamBYOBReader", "ReadableStreamDefaultController",
  "ReadableByteStreamController", "ReadableStreamBYOBRequest", "WritableStream", "WritableStreamDefaultWriter",
  "WritableStreamDefaultController", "TransformStream", "TransformStreamDefaultController",
  "ByteLengthQueuingStrategy", "CountQueuingStrategy"];
const operations = ["setTimeout", "setInterval", "clearTimeout", "clearInterval", "queueMicrotask",
  "reportError", "structuredClone", "addEventListener", "removeEventListener", "dispatchEvent"];

for (const name of interfaces) {
  test(() => {
    const property = Object.getOwnPropertyDescriptor(globalThis, name);
    assert_equals(property.value, globalThis[name]);
    assert_true(property.writable && property.configurable);
    assert_false(property.enumerable);
    const Class = property.value;
    assert_equals(Class.name, name);
    assert_equals(Class.prototype[Symbol.toStringTag], name);
    assert_false(Object.getOwnPropertyDescriptor(Class, "prototype").writable);
    for (const key of Object.getOwnPropertyNames(Class.prototype)) {
      const member = Object.getOwnPropertyDescriptor(Class.prototype, key);
      assert_equals(member.enumerable, key !== "constructor", key);
    }
  }, `interface ${name}`);
}

test(() => {
  for (const name of operations) {
    const property = Object.getOwnPropertyDescriptor(globalThis, name);
    assert_true(property.enumerable && property.writable && property.configurable, name);
    assert_equals(property.value.name, name);
    assert_false(Object.hasOwn(property.value, "prototype"), name);
    assert_throws_js(TypeError, () => new property.value(), name);
  }
}, "operations are enumerable and no constructors");

test(() => {
  const lengths = [setTimeout, clearTimeout, queueMicrotask, reportError, structuredClone,
    addEventListener, dispatchEvent, Event, DOMException, AbortSignal.timeout, AbortSignal.any];
  assert_array_equals(lengths.map((f) => f.length), [1, 0, 1, 1, 1, 2, 1, 1, 0, 1, 1]);
}, "lengths count the required arguments");

test(() => {
  assert_equals(self, globalThis);
  const property = Object.getOwnPropertyDescriptor(WorkerGlobalScope.prototype, "self");
  assert_equals(property.get.name, "get self");
  assert_equals(property.set, undefined);
  assert_throws_js(TypeError, () => property.get.call({}));
  assert_throws_js(TypeError, () => { globalThis.self = 1; });
  assert_equals(self, globalThis);
}, "self is read-only");

test(() => {
  assert_true(performance instanceof Performance);
  assert_throws_js(TypeError, () => new Performance());
  assert_throws_js(TypeError, () => Performance.prototype.now.call({}));
}, "performance is the only instance of its class");

test(() => {
  assert_equals(Object.prototype.toString.call(console), "[object console]");
  assert_equals(Object.getPrototypeOf(Object.getPrototypeOf(console)), Object.prototype);
  const { log } = console;
  assert_equals(typeof log, "function");
}, "console is a namespace");

test(() => {
  const property = Object.getOwnPropertyDescriptor(globalThis, "AggregateError");
  assert_equals(property.value, Object.getPrototypeOf(new AggregateError([])).constructor);
  assert_true(property.writable && property.configurable && !property.enumerable);
  const any = Object.getOwnPropertyDescriptor(Promise, "any");
  assert_true(any.writable && any.configurable && !any.enumerable);
  assert_equals(any.value.name, "any");
}, "the lazy built-ins look like V8's own");
