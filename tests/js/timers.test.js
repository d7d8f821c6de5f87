import {
  assert_array_equals, assert_equals, assert_false, assert_throws_js, assert_true, delay,
  promise_test, test,
} from "./harness.js";

export { run } from "./harness.js";

promise_test(async () => {
  const order = [];
  setTimeout(() => order.push("2ms"), 2);
  setTimeout(() => order.push("a"));
  setTimeout(() => order.push("b"), 0);
  setTimeout(() => order.push("c"), -5);
  Promise.resolve().then(() => order.push("promise"));
  queueMicrotask(() => order.push("micro"));
  order.push("sync");
  await delay(10);
  assert_array_equals(order, ["sync", "promise", "micro", "a", "b", "c", "2ms"]);
}, "timers fire by deadline, then by age, after microtasks");

promise_test(async () => {
  const order = [];
  setTimeout(() => {
    order.push("one");
    queueMicrotask(() => order.push("micro"));
    Promise.resolve().then(() => order.push("promise"));
  });
  setTimeout(() => order.push("two"));
  await delay(5);
  assert_array_equals(order, ["one", "micro", "promise", "two"]);
}, "a checkpoint stands between two timers");

promise_test(async () => {
  const args = await new Promise((resolve) => setTimeout((...a) => resolve(a), 0, 1, "two"));
  assert_array_equals(args, [1, "two"]);
}, "arguments are passed on");

promise_test(async () => {
  const self_ = await new Promise((resolve) => setTimeout(function () { resolve(this); }));
  assert_equals(self_, globalThis);
}, "a callback's receiver is the global object");

promise_test(async () => {
  let fired = false;
  clearTimeout(setTimeout(() => { fired = true; }));
  clearInterval(setTimeout(() => { fired = true; }));
  clearTimeout(undefined);
  clearTimeout(12345);
  clearTimeout("x");
  await delay(5);
  assert_false(fired);
}, "a cleared timer does not fire");

promise_test(async () => {
  let ticks = 0;
  await new Promise((resolve) => {
    const id = setInterval(() => {
      if (++ticks === 3) {
        clearInterval(id);
        resolve();
      }
    }, 1);
  });
  await delay(5);
  assert_equals(ticks, 3);
}, "an interval repeats until it is cleared");

promise_test(async () => {
  globalThis.evaluated = 0;
  setTimeout("globalThis.evaluated = 1");
  await delay(5);
  assert_equals(globalThis.evaluated, 1);
}, "a string is evaluated");

promise_test(async () => {
  let fired = false;
  setTimeout(() => { fired = true; }, { valueOf: () => 2 });
  setTimeout(() => { fired = true; }, 2 ** 32 + 1);
  assert_throws_js(TypeError, () => setTimeout());
  assert_throws_js(TypeError, () => setTimeout(() => {}, Symbol()));
  await delay(10);
  assert_true(fired);
}, "the delay is converted to a long");

test(() => {
  const id = setTimeout(() => {});
  assert_equals(typeof id, "number");
  assert_true(id > 0);
  clearTimeout(id);
}, "an id is a positive number");

promise_test(async () => {
  const order = [];
  queueMicrotask(() => {
    order.push(1);
    queueMicrotask(() => order.push(3));
  });
  queueMicrotask(() => order.push(2));
  await delay(0);
  assert_array_equals(order, [1, 2, 3]);
}, "microtasks are first in, first out, and nest");

promise_test(async () => {
  let event;
  addEventListener("error", (e) => { e.preventDefault(); event = e; }, { once: true });
  const [, line] = /:(\d+):\d+/.exec(new Error().stack);
  queueMicrotask(() => { throw "no error"; });
  await null;
  assert_equals(event.error, "no error");
  assert_equals(event.filename, import.meta.url);
  assert_equals(event.lineno, Number(line) + 1);
  assert_equals(event.colno, 26);
}, "what a microtask throws is reported with its place");

test(() => {
  for (const value of [undefined, null, 1, "text", {}]) {
    assert_throws_js(TypeError, () => queueMicrotask(value));
  }
  assert_throws_js(TypeError, () => queueMicrotask());
}, "queueMicrotask takes functions alone");

promise_test(async () => {
  const length = await new Promise((resolve) => {
    queueMicrotask(function () { resolve(arguments.length); }, 1, 2);
  });
  assert_equals(length, 0);
}, "a microtask gets no arguments");

promise_test(async () => {
  const before = performance.now();
  await delay(10);
  const passed = performance.now() - before;
  assert_true(passed >= 9.9 && passed < 5000, `${passed}`);
  assert_true(Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 1000);
  assert_equals(performance.toJSON().timeOrigin, performance.timeOrigin);
}, "performance.now measures the delay");

test(() => {
  let last = performance.now();
  for (let i = 0; i < 10000; i++) {
    const now = performance.now();
    assert_true(now >= last);
    last = now;
  }
}, "performance.now never goes back");
