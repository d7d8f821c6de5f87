// What web-platform-tests do not look at: the timeline in a program that has replaced built-ins, and its bounds.

import { assert_array_equals, assert_equals, assert_throws_dom, assert_throws_js, assert_true, promise_test, test }
  from "./harness.js";

export { run } from "./harness.js";

const names = (entries) => entries.map((entry) => entry.name);

test(() => {
  const scope = Object.getPrototypeOf(globalThis);
  const { get, set, enumerable, configurable } = Object.getOwnPropertyDescriptor(scope, "performance");
  assert_equals(get.name, "get performance");
  assert_equals(set.name, "set performance");
  assert_true(enumerable && configurable);
  assert_equals(get.call(undefined), performance);
  assert_throws_js(TypeError, () => get.call({}));
  const kept = performance;
  globalThis.performance = 1;
  assert_equals(performance, 1);
  delete globalThis.performance;
  assert_equals(performance, kept);
}, "performance is a replaceable attribute of WorkerGlobalScope");

test(() => {
  performance.mark("late", { startTime: 30 });
  performance.mark("early", { startTime: 10 });
  const measure = performance.measure("between", "early", "late");
  assert_equals(measure.startTime, 10);
  assert_equals(measure.duration, 20);
  assert_array_equals(names(performance.getEntries()), ["early", "between", "late"]);
  assert_array_equals(names(performance.getEntriesByType("mark")), ["early", "late"]);
  performance.clearMarks("late");
  assert_throws_dom("SyntaxError", () => performance.measure("x", "late"));
  performance.clearMarks();
  assert_equals(performance.clearResourceTimings(), undefined);
  assert_array_equals(names(performance.getEntries()), ["between"]);
  performance.clearMeasures();
  assert_equals(performance.getEntries().length, 0);
}, "entries come in the order of their start");

test(() => {
  const count = 5000;
  for (let i = 0; i < count; i++) performance.mark("many", { startTime: count - i });
  const entries = performance.getEntriesByName("many", "mark");
  assert_equals(entries.length, count);
  assert_true(entries.every((entry, i) => entry.startTime === i + 1));
  const ids = new Set(entries.map((entry) => entry.id));
  assert_equals(ids.size, count);
  performance.clearMarks("many");
}, "many entries are all there, each with its id");

promise_test(async () => {
  const seen = [];
  const observer = new PerformanceObserver((list) => seen.push(...names(list.getEntries())));
  observer.observe({ entryTypes: ["mark", "measure"] });
  const { push } = Array.prototype;
  const next = Object.getPrototypeOf([][Symbol.iterator]()).next;
  Object.defineProperty(Array.prototype, 0, { set() { throw new Error("seen"); }, configurable: true });
  Array.prototype.push = () => { throw new Error("push"); };
  Object.getPrototypeOf([][Symbol.iterator]()).next = () => { throw new Error("next"); };
  Object.prototype.detail = "mine";
  let mark;
  let entries;
  try {
    mark = performance.mark("a", { __proto__: null, startTime: 1 });
    performance.measure("b", { __proto__: null, start: "a" });
    entries = performance.getEntries();
  } finally {
    delete Array.prototype[0];
    Array.prototype.push = push;
    Object.getPrototypeOf([][Symbol.iterator]()).next = next;
    delete Object.prototype.detail;
  }
  assert_array_equals(names(entries), ["a", "b"]);
  assert_equals(mark.detail, null);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert_array_equals(seen, ["a", "b"]);
  observer.disconnect();
}, "replaced built-ins are not seen");

promise_test(async () => {
  const errors = [];
  const note = (event) => { errors.push(event.error.message); event.preventDefault(); };
  addEventListener("error", note);
  const reached = new Promise((resolve) => {
    new PerformanceObserver((_, observer) => { observer.disconnect(); throw new Error("first"); }).observe({ type: "mark" });
    new PerformanceObserver((_, observer) => { observer.disconnect(); resolve(); }).observe({ type: "mark" });
  });
  performance.mark("x");
  await reached;
  removeEventListener("error", note);
  assert_array_equals(errors, ["first"]);
}, "an observer that throws keeps no other from being called");
