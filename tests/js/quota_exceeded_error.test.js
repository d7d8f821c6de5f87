import {
  assert_equals, assert_false, assert_throws_js, assert_throws_quotaexceedederror, assert_true,
  promise_test, test,
} from "./harness.js";
import { spawn } from "nano:actor";

export { run } from "./harness.js";

test(() => {
  const error = new QuotaExceededError();
  assert_equals(error.message, "");
  assert_equals(error.name, "QuotaExceededError");
  assert_equals(error.code, 22);
  assert_equals(error.quota, null);
  assert_equals(error.requested, null);
  assert_true(error instanceof DOMException && error instanceof Error && Error.isError(error));
  assert_equals(error.constructor, QuotaExceededError);
  assert_equals(Object.getPrototypeOf(QuotaExceededError), DOMException);
  assert_equals(Object.prototype.toString.call(error), "[object QuotaExceededError]");
  assert_equals(QuotaExceededError.length, 0);
}, "the defaults");

test(() => {
  const error = new QuotaExceededError("full", { quota: 10, requested: "12.5" });
  assert_equals(error.quota, 10);
  assert_equals(error.requested, 12.5);
  assert_equals(String(error), "QuotaExceededError: full");
  assert_true(error.stack.startsWith("QuotaExceededError: full\n"), error.stack);
  assert_true(error.stack.includes("quota_exceeded_error.test.js"), error.stack);
  assert_equals(new QuotaExceededError("", { quota: 0 }).quota, 0);
  assert_equals(new QuotaExceededError("", { requested: 0, quota: 0 }).requested, 0);
  assert_equals(new QuotaExceededError("", null).quota, null);
}, "the options");

test(() => {
  for (const options of [{ quota: -1 }, { requested: -1 }, { quota: 2, requested: 1 }]) {
    assert_throws_js(RangeError, () => new QuotaExceededError("", options));
  }
  for (const options of [{ quota: NaN }, { requested: Infinity }, { quota: 1n }, 1]) {
    assert_throws_js(TypeError, () => new QuotaExceededError("", options));
  }
  assert_throws_js(TypeError, () => QuotaExceededError());
  assert_throws_js(TypeError, () => QuotaExceededError.prototype.quota);
  assert_throws_js(TypeError, () => {
    Object.getOwnPropertyDescriptor(QuotaExceededError.prototype, "requested").get.call(new DOMException());
  });
}, "what is refused");

test(() => {
  // The name alone makes no such object.
  const plain = new DOMException("m", "QuotaExceededError");
  assert_equals(plain.code, 22);
  assert_false(plain instanceof QuotaExceededError);
}, "a DOMException of that name is a plain one");

promise_test(async () => {
  const error = new QuotaExceededError("full", { quota: 1, requested: 2 });
  const check = (copy) => {
    assert_equals(copy.constructor, QuotaExceededError);
    assert_equals(copy.message, "full");
    assert_equals(copy.quota, 1);
    assert_equals(copy.requested, 2);
    assert_equals(copy.stack, error.stack);
  };
  check(structuredClone(error));
  check(structuredClone({ deep: [error] }).deep[0]);
  assert_equals(structuredClone(new QuotaExceededError()).quota, null);
  const source = "export const echo = (x) => x; export const fail = (x) => { throw x; };";
  const actor = await spawn("nano:child", { source });
  check(await actor.ask("echo", error));
  check(await actor.ask("fail", error).catch((thrown) => thrown));
  actor.kill();
}, "it is cloned with its numbers");

test(() => {
  const timers = [];
  const error = assert_throws_quotaexceedederror(() => {
    for (;;) timers.push(setTimeout(() => {}, 1e6));
  }, 10_001, 10_000);
  timers.forEach(clearTimeout);
  assert_equals(error.code, "limit");
  assert_true(error.message.includes("timers"), error.message);
}, "limits throw it");
