// What nobody caught is reported without running anything of the program's.

import { spawn } from "nano:actor";
import {
  assert_array_equals, assert_equals, assert_true, promise_rejects_dom, promise_rejects_js, promise_test, test,
} from "./harness.js";

export { run } from "./harness.js";

let ran = [];

/** An object that notes whatever is read of it. */
function noisy(object = {}) {
  for (const key of ["name", "message", "stack", "cause", "code", "errors", "constructor", "toString", "fileName",
    Symbol.toStringTag, Symbol.toPrimitive, Symbol.for("nodejs.util.inspect.custom"), Symbol.for("nano.inspect")]) {
    Object.defineProperty(object, key, { get() { ran.push(String(key)); }, enumerable: true, configurable: true });
  }
  return object;
}

const noisyProxy = () => new Proxy({}, new Proxy({}, { get(_, trap) { ran.push(`trap ${trap}`); } }));

class Named extends Error {
  get name() { ran.push("the name of a class"); return "Named"; }
}

/** The event that a report fires, which is handled. */
function reported(value) {
  ran = [];
  let event;
  addEventListener("error", (e) => { e.preventDefault(); event = e; }, { once: true });
  reportError(value);
  assert_equals(event.error, value);
  assert_array_equals(ran, []);
  return event.message;
}

test(() => {
  assert_true(reported(noisy()).startsWith("Uncaught {\n  name: [Getter]"));
  assert_true(reported([noisy()]).startsWith("Uncaught [\n  {\n    name: [Getter]"));
  assert_equals(reported(Object.create(noisyProxy())), "Uncaught {}");
  reported(noisyProxy());
  reported(Object.create(noisy()));
  reported({ constructor: noisyProxy() });
  reported({ [Symbol.for("nodejs.util.inspect.custom")]() { ran.push("custom"); } });
}, "of an object");

test(() => {
  assert_equals(reported(noisy(new Error("x"))), "Uncaught Error");
  assert_equals(reported(new Named("x")), "Uncaught Named: x");
  assert_equals(reported(new RangeError("far", { cause: noisy() })), "Uncaught RangeError: far");
  assert_equals(reported(Object.assign(new Error("x"), { name: "Mine" })), "Uncaught Mine: x");
  const inherited = class extends Error {};
  inherited.prototype.name = "Inherited";
  assert_equals(reported(new inherited("x")), "Uncaught Inherited: x");
  assert_equals(reported(new DOMException("gone", "NotFoundError")), "Uncaught NotFoundError: gone");
  assert_equals(reported({ name: "Odd", message: "one" }), "Uncaught Odd: one");
  assert_equals(reported(7), "Uncaught 7");
}, "of an error");

/** An isolate whose main module throws. */
const threw = (thrown) => spawn("nano:threw", { source: `const ran = []; ${Named} throw ${thrown};` });

promise_test(async () => {
  const dom = await promise_rejects_dom("NotFoundError", threw(`new DOMException("gone", "NotFoundError")`));
  assert_equals(dom.message, "gone");
  const many = await promise_rejects_js(AggregateError,
    threw(`new AggregateError([new DOMException("in", "AbortError"), 2], "m")`));
  assert_equals(many.errors[0].name, "AbortError");
  assert_equals(many.errors[1], 2);
  const range = await promise_rejects_js(RangeError, threw(`new RangeError("far", { cause: { a: 1 } })`));
  assert_equals(range.cause.a, 1);
  const named = await promise_rejects_js(Error, threw(`new Named("x", { cause: new TypeError("why") })`));
  assert_equals(`${named}`, "Named: x");
  assert_equals(`${named.cause}`, "TypeError: why");
}, "what was thrown still arrives as what it is");

test(() => {
  const places = [];
  const note = (event) => {
    places.push(event.filename);
    event.preventDefault();
  };
  addEventListener("error", note);
  for (const thrown of ["1", "undefined", "new Error('x')"]) {
    (0, eval)(`reportError(${thrown});\n//# sourceURL=https://example.com/named.js`);
    (0, eval)(`reportError(${thrown});`);
  }
  removeEventListener("error", note);
  for (let i = 0; i < places.length; i += 2) assert_equals(places[i], "https://example.com/named.js");
  for (let i = 1; i < 4; i += 2) assert_equals(places[i], import.meta.url);
}, "what eval runs is where it says that it is, else where it was called");
