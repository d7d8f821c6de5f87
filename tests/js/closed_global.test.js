// The global object is closed before anything has touched an event.

import { assert_equals, assert_false, assert_throws_js, assert_true, test } from "./harness.js";

export { run } from "./harness.js";

const before = String(globalThis);
const scope = Object.getPrototypeOf(globalThis);
Object.freeze(globalThis);

test(() => {
  assert_equals(before, "[object WorkerGlobalScope]");
  assert_equals(scope.constructor.name, "WorkerGlobalScope");
  assert_equals(scope.constructor.prototype, scope);
  assert_equals(Object.getPrototypeOf(scope.constructor), EventTarget);
  assert_throws_js(TypeError, () => new scope.constructor());
  const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(scope, "constructor");
  assert_true(writable && configurable);
  assert_false(enumerable);
}, "the prototype of the global object is there from the start");

test(() => {
  class Target extends EventTarget {}
  let fired = 0;
  for (const target of [new Target(), new AbortController().signal, globalThis]) {
    target.addEventListener("x", () => { fired++; });
    target.dispatchEvent(new Event("x"));
  }
  assert_equals(fired, 3);
  assert_true(globalThis instanceof EventTarget);
  assert_equals(globalThis.onerror, null);
  const handler = () => {};
  globalThis.onerror = handler;
  assert_equals(globalThis.onerror, handler);
}, "events work though the global object is closed");

test(() => {
  assert_equals(Object.getPrototypeOf(globalThis), scope);
  assert_equals(Object.getPrototypeOf(scope), EventTarget.prototype);
}, "what it inherits from is what it was");
