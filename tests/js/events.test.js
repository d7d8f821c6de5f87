import {
  assert_array_equals, assert_equals, assert_false, assert_throws_dom, assert_throws_js, assert_true,
  delay, promise_test, test,
} from "./harness.js";

export { run } from "./harness.js";

test(() => {
  const event = new Event("x", { bubbles: true, cancelable: true });
  assert_equals(event.type, "x");
  assert_true(event.bubbles);
  assert_true(event.cancelable);
  assert_false(event.composed);
  assert_false(event.isTrusted);
  assert_equals(event.target, null);
  assert_equals(event.eventPhase, Event.NONE);
  assert_equals(event.composedPath().length, 0);
  assert_true(event.timeStamp >= 0);
}, "a new event");

test(() => {
  assert_throws_js(TypeError, () => new Event());
  assert_throws_js(TypeError, () => Event("x"));
  assert_throws_js(TypeError, () => new Event(Symbol()));
  assert_throws_js(TypeError, () => new Event("x", 1));
  assert_equals(new Event(undefined).type, "undefined");
  assert_equals(new Event("x", null).bubbles, false);
}, "the constructor converts its arguments");

test(() => {
  const target = new EventTarget();
  const calls = [];
  const twice = () => calls.push("twice");
  target.addEventListener("x", twice);
  target.addEventListener("x", twice);
  target.addEventListener("x", twice, true);
  target.addEventListener("x", () => calls.push("once"), { once: true });
  target.addEventListener("x", { handleEvent(event) { calls.push(this === event.currentTarget); } });
  target.dispatchEvent(new Event("x"));
  target.dispatchEvent(new Event("x"));
  assert_array_equals(calls, ["twice", "twice", "once", false, "twice", "twice", false]);
}, "listeners are called in order, each once for a phase");

test(() => {
  const target = new EventTarget();
  const event = new Event("x", { cancelable: true });
  target.addEventListener("x", (e) => e.preventDefault());
  assert_false(target.dispatchEvent(event));
  assert_true(event.defaultPrevented);
  const passive = new EventTarget();
  passive.addEventListener("x", (e) => e.preventDefault(), { passive: true });
  assert_true(passive.dispatchEvent(new Event("x", { cancelable: true })));
}, "preventDefault cancels, except from a passive listener");

test(() => {
  const target = new EventTarget();
  const calls = [];
  target.addEventListener("x", (e) => { calls.push(1); e.stopImmediatePropagation(); });
  target.addEventListener("x", () => calls.push(2));
  target.dispatchEvent(new Event("x"));
  assert_array_equals(calls, [1]);
}, "stopImmediatePropagation ends the dispatch");

test(() => {
  const target = new EventTarget();
  const event = new Event("x");
  target.addEventListener("x", () => {
    assert_throws_dom("InvalidStateError", () => target.dispatchEvent(event));
    assert_equals(event.eventPhase, Event.AT_TARGET);
    assert_equals(event.composedPath()[0], target);
  });
  target.dispatchEvent(event);
  assert_throws_js(TypeError, () => target.dispatchEvent({}));
}, "an event is dispatched once at a time");

test(() => {
  const target = new EventTarget();
  const calls = [];
  const late = () => calls.push("late");
  target.addEventListener("x", () => {
    calls.push("first");
    target.removeEventListener("x", removed);
    target.addEventListener("x", late);
  });
  const removed = () => calls.push("removed");
  target.addEventListener("x", removed);
  target.dispatchEvent(new Event("x"));
  assert_array_equals(calls, ["first"]);
}, "listeners removed in a dispatch are not called, added ones neither");

test(() => {
  const event = new CustomEvent("x", { detail: { a: 1 } });
  assert_equals(event.detail.a, 1);
  assert_equals(new CustomEvent("x").detail, null);
  assert_true(event instanceof Event);
}, "CustomEvent carries a detail");

test(() => {
  const event = new ErrorEvent("error", { message: "m", filename: "f", lineno: 1, colno: 2, error: 3 });
  assert_array_equals([event.message, event.filename, event.lineno, event.colno, event.error],
    ["m", "f", 1, 2, 3]);
  assert_equals(new ErrorEvent("error").error, undefined);
}, "ErrorEvent carries what and where");

test(() => {
  const promise = Promise.resolve();
  const event = new PromiseRejectionEvent("unhandledrejection", { promise, reason: 1 });
  assert_equals(event.promise, promise);
  assert_equals(event.reason, 1);
  assert_throws_js(TypeError, () => new PromiseRejectionEvent("x"));
  assert_throws_js(TypeError, () => new PromiseRejectionEvent("x", {}));
}, "PromiseRejectionEvent requires its promise");

promise_test(async () => {
  const seen = [];
  const listener = (event) => {
    seen.push(event.error);
    event.preventDefault();
  };
  addEventListener("error", listener);
  reportError("reported");
  setTimeout(() => { throw "thrown"; });
  queueMicrotask(() => { throw "micro"; });
  new EventTarget().dispatchEvent(new Event("x"));
  await delay(5);
  removeEventListener("error", listener);
  assert_array_equals(seen, ["reported", "micro", "thrown"]);
}, "uncaught errors are reported to the global object");

promise_test(async () => {
  const seen = [];
  onerror = (message, file, line, column, error) => {
    seen.push(message, typeof file, error.message);
    return true;
  };
  const target = new EventTarget();
  target.addEventListener("x", () => { throw new TypeError("from a listener"); });
  target.addEventListener("x", () => seen.push("next"));
  target.dispatchEvent(new Event("x"));
  onerror = null;
  assert_array_equals(seen,
    ["Uncaught TypeError: from a listener", "string", "from a listener", "next"]);
}, "onerror handles what a listener throws, and the next listener runs");

promise_test(async () => {
  const seen = [];
  onunhandledrejection = (event) => {
    event.preventDefault();
    seen.push(["unhandled", event.reason, event.promise]);
  };
  onrejectionhandled = (event) => seen.push(["handled", event.reason, event.promise]);
  const promise = Promise.reject("why");
  await delay(2);
  promise.catch(() => {});
  await delay(2);
  onunhandledrejection = onrejectionhandled = null;
  assert_equals(seen.length, 2);
  assert_array_equals(seen[0], ["unhandled", "why", promise]);
  assert_array_equals(seen[1], ["handled", "why", promise]);
}, "unhandled rejections and late handlers are told of");

test(() => {
  class Mine extends EventTarget {}
  const mine = new Mine();
  let called = false;
  mine.addEventListener("x", () => { called = true; });
  mine.dispatchEvent(new Event("x"));
  assert_true(called);
  assert_throws_js(TypeError, () => EventTarget.prototype.addEventListener.call({}, "x", null));
}, "EventTarget can be extended and checks its brand");

promise_test(async () => {
  const seen = [];
  const listener = (event) => {
    event.preventDefault();
    seen.push(event.reason);
    if (event.reason < 3) Promise.reject(event.reason + 1);
  };
  addEventListener("unhandledrejection", listener);
  Promise.reject(1);
  await new Promise((resolve) => setTimeout(resolve, 0));
  removeEventListener("unhandledrejection", listener);
  assert_equals(seen.join(), "1,2,3");
}, "what a listener of unhandledrejection rejects is told of before the next task");

promise_test(async () => {
  const seen = [];
  const listener = (event) => {
    event.preventDefault();
    seen.push(event.message);
  };
  addEventListener("error", listener);
  const registry = new FinalizationRegistry(() => {
    throw new RangeError("collected");
  });
  for (let i = 0; seen.length === 0 && i < 500; i++) {
    registry.register({ i }, i);
    new Array(100_000).fill(i);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  removeEventListener("error", listener);
  assert_equals(seen[0], "Uncaught RangeError: collected");
}, "what the callback of a FinalizationRegistry throws is reported");

test(() => {
  // Few are compared one by one, many are found by an index.
  for (const count of [4, 100]) {
    const target = new EventTarget();
    let seen = [];
    const listeners = Array.from({ length: count }, (_, i) => () => seen.push(i));
    const fired = () => {
      seen = [];
      target.dispatchEvent(new Event("x"));
      return seen.join();
    };
    const order = listeners.map((_, i) => i);
    for (let round = 0; round < 2; round++) {
      for (const listener of listeners) target.addEventListener("x", listener);
    }
    assert_equals(fired(), order.join(), "each once");
    for (const listener of listeners) target.addEventListener("x", listener, true);
    assert_equals(fired(), [...order, ...order].join(), "capturing first");
    for (const listener of listeners) target.removeEventListener("x", listener, { capture: true });
    const last = count - 1;
    for (const i of [last, 0, 2]) {
      target.removeEventListener("x", listeners[i]);
      target.removeEventListener("x", listeners[i]);
    }
    assert_equals(fired(), order.filter((i) => i !== 0 && i !== 2 && i !== last).join());
    for (const i of [last, 0, 0, 2]) target.addEventListener("x", listeners[i]);
    assert_equals(fired(), [...order.filter((i) => i !== 0 && i !== 2 && i !== last), last, 0, 2].join());
    for (const listener of listeners) target.removeEventListener("x", listener);
    assert_equals(fired(), "");
    target.addEventListener("x", listeners[1]);
    assert_equals(fired(), "1");
  }
}, "many listeners are kept as few are");

test(() => {
  for (const count of [6, 100]) {
    const target = new EventTarget();
    const seen = [];
    const listeners = Array.from({ length: count }, (_, i) => () => {
      seen.push(i);
      if (i !== 1) return;
      // This one, those behind it, and one that is before it.
      for (const gone of [1, 2, 3, 0, count - 1]) target.removeEventListener("x", listeners[gone]);
      target.addEventListener("x", listeners[2]);
    });
    for (const listener of listeners) target.addEventListener("x", listener, { once: count > 6 });
    target.dispatchEvent(new Event("x"));
    const left = listeners.map((_, i) => i).filter((i) => i > 3 && i < count - 1);
    assert_array_equals(seen, [0, 1, ...left]);
    seen.length = 0;
    target.dispatchEvent(new Event("x"));
    assert_array_equals(seen, count > 6 ? [2] : [...left, 2]);
  }
}, "listeners may come and go while many are called");
