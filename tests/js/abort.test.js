import {
  assert_equals, assert_false, assert_throws_dom, assert_throws_exactly, assert_throws_js, assert_true,
  delay, promise_test, test,
} from "./harness.js";

export { run } from "./harness.js";

test(() => {
  const controller = new AbortController();
  assert_true(controller.signal instanceof AbortSignal);
  assert_true(controller.signal instanceof EventTarget);
  assert_false(controller.signal.aborted);
  assert_equals(controller.signal.reason, undefined);
  assert_equals(controller.signal, controller.signal);
}, "a new controller has a signal that is not aborted");

test(() => {
  const controller = new AbortController();
  let fired = 0;
  controller.signal.onabort = (event) => {
    fired++;
    assert_equals(event.type, "abort");
    assert_equals(event.target, controller.signal);
    assert_true(event.isTrusted);
    assert_false(event.bubbles);
  };
  controller.abort();
  controller.abort();
  assert_equals(fired, 1);
  assert_true(controller.signal.aborted);
  assert_equals(controller.signal.reason.name, "AbortError");
}, "abort fires once, with an AbortError as reason");

test(() => {
  const controller = new AbortController();
  controller.abort(null);
  assert_equals(controller.signal.reason, null);
  assert_throws_exactly(null, () => controller.signal.throwIfAborted());
}, "any reason but undefined is kept");

test(() => {
  new AbortController().signal.throwIfAborted();
  assert_throws_dom("AbortError", () => AbortSignal.abort().throwIfAborted());
}, "throwIfAborted throws the reason");

test(() => {
  assert_throws_js(TypeError, () => new AbortSignal());
  assert_throws_js(TypeError, () => AbortSignal.prototype.aborted);
  assert_throws_js(TypeError, () => AbortController.prototype.abort.call({}));
}, "signals are made by controllers and carry a brand");

test(() => {
  const signal = AbortSignal.abort("why");
  assert_true(signal.aborted);
  assert_equals(signal.reason, "why");
}, "AbortSignal.abort is aborted from the start");

promise_test(async () => {
  const signal = AbortSignal.timeout(5);
  assert_false(signal.aborted);
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  assert_true(signal.aborted);
  assert_equals(signal.reason.name, "TimeoutError");
}, "AbortSignal.timeout aborts with a TimeoutError");

test(() => {
  assert_throws_js(TypeError, () => AbortSignal.timeout(-1));
  assert_throws_js(TypeError, () => AbortSignal.timeout());
  assert_throws_js(TypeError, () => AbortSignal.timeout(NaN));
}, "AbortSignal.timeout enforces its range");

test(() => {
  const [a, b] = [new AbortController(), new AbortController()];
  const any = AbortSignal.any([a.signal, b.signal]);
  const order = [];
  a.signal.addEventListener("abort", () => order.push("a"));
  any.addEventListener("abort", () => order.push("any"));
  b.abort("b");
  a.abort("a");
  assert_equals(any.reason, "b");
  assert_equals(order.join(), "any,a");
}, "AbortSignal.any follows the first of its sources");

test(() => {
  const any = AbortSignal.any([AbortSignal.abort(1), AbortSignal.abort(2)]);
  assert_equals(any.reason, 1);
  assert_false(AbortSignal.any([]).aborted);
  assert_throws_js(TypeError, () => AbortSignal.any([{}]));
}, "AbortSignal.any of aborted signals is aborted at once");

test(() => {
  const controller = new AbortController();
  const outer = AbortSignal.any([AbortSignal.any([controller.signal])]);
  controller.abort(7);
  assert_equals(outer.reason, 7);
}, "AbortSignal.any nests");

test(() => {
  const controller = new AbortController();
  let calls = 0;
  const target = new EventTarget();
  target.addEventListener("x", () => calls++, { signal: controller.signal });
  target.dispatchEvent(new Event("x"));
  controller.abort();
  target.dispatchEvent(new Event("x"));
  target.addEventListener("x", () => calls++, { signal: controller.signal });
  target.dispatchEvent(new Event("x"));
  assert_equals(calls, 1);
}, "a signal removes an event listener");

promise_test(async () => {
  const order = [];
  AbortSignal.timeout(1).onabort = () => order.push("signal");
  setTimeout(() => order.push("timer"), 20);
  await delay(40);
  assert_equals(order.join(), "signal,timer");
}, "a timeout's signal and timers share a clock");
