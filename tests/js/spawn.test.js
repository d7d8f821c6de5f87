// How JavaScript is told that a child did not start, and of the names of isolates.

import { lookup, register, spawn } from "nano:actor";
import {
  assert_equals, assert_false, assert_throws_dom, assert_throws_js, assert_true, promise_test, test,
} from "./harness.js";

export { run } from "./harness.js";

async function refused(source, options = {}) {
  try {
    await spawn("nano:child", { source, ...options });
  } catch (error) {
    return error;
  }
  throw new Error("it started");
}

promise_test(async () => {
  const error = await refused("export const a = 1;\nexport const b = ;");
  assert_equals(error.constructor, SyntaxError);
  assert_equals(error.name, "SyntaxError");
  assert_equals(error.message, "Unexpected token ';'");
  assert_equals(error.code, "start_failed");
  assert_true(error.stack.startsWith("SyntaxError: Unexpected token ';'\n    at nano:child:2:18"), error.stack);
}, "a module that does not parse rejects with its SyntaxError and the place");

promise_test(async () => {
  const error = await refused("function deep() { throw new RangeError('deep', { cause: 7 }); }\n\ndeep();");
  assert_equals(error.constructor, RangeError);
  assert_equals(error.message, "deep");
  assert_equals(error.cause, 7);
  assert_equals(error.code, "start_failed");
  assert_true(error.stack.includes("at deep (nano:child:1:25)"), error.stack);
  const later = await refused("await Promise.reject(new TypeError('later'));");
  assert_equals(later.constructor, TypeError);
  assert_equals(later.message, "later");
}, "a module that throws rejects with what it threw");

promise_test(async () => {
  const own = await refused("class Mine extends Error { name = 'Mine'; code = 'E_MINE'; } throw new Mine('m');");
  assert_equals(own.name, "Mine");
  assert_equals(own.code, "E_MINE");
  assert_true(own.stack.includes("nano:child:1:"), own.stack);
  const dom = await refused("throw new DOMException('gone', 'NotFoundError');");
  assert_equals(dom.constructor, DOMException);
  assert_equals(dom.name, "NotFoundError");
  const uncloneable = await refused("throw Object.assign(new TypeError('f'), { cause: () => {} });");
  assert_equals(uncloneable.constructor, TypeError);
  assert_equals(uncloneable.message, "f");
  assert_true(uncloneable.stack.includes("nano:child:1:"), uncloneable.stack);
  assert_equals(await refused("throw 5;"), 5);
  assert_equals(await refused("throw null;"), null);
}, "what a module threw keeps its name and its code, whatever it is");

promise_test(async () => {
  let error;
  try {
    await spawn(import.meta.resolve("./there_is_none.js"));
  } catch (thrown) {
    error = thrown;
  }
  assert_equals(error.constructor, TypeError);
  assert_equals(error.code, "module_not_found");
  assert_true(error.message.includes("there_is_none.js"), error.message);
  const inner = await refused("\nimport 'data:text/javascript,throw new RangeError(1)';");
  assert_equals(inner.constructor, RangeError);
}, "a module that is not there says so");

promise_test(async () => {
  const codes = { bare: "bare_specifier", "http://[": "invalid_module_url", "no:where": "unsupported_scheme" };
  for (const [module, code] of Object.entries(codes)) {
    let error;
    try {
      await spawn(module);
    } catch (thrown) {
      error = thrown;
    }
    assert_equals(error.constructor, TypeError);
    assert_equals(error.code, code);
    assert_false(Object.keys(error).includes("code"));
  }
}, "a module that cannot be had rejects with a code that says why");

promise_test(async () => {
  const error = await refused("for (;;);", { cpuMs: 20 });
  assert_equals(error.constructor, QuotaExceededError);
  assert_equals(error.code, "limit");
  assert_equals(error.quota, 20);
  assert_true(error.message.includes("spawn's cpuMs and cpuTurnMs"), error.message);
}, "a child that reaches a limit rejects with a QuotaExceededError");

promise_test(async () => {
  const error = await refused("import { self } from 'nano:actor'; self.actor.kill(); await 1;");
  assert_equals(error.name, "OperationError");
  assert_equals(error.constructor, DOMException);
  assert_equals(error.code, "start_failed");
  assert_equals(error.message, "the isolate ended while it started: killed");
  const stopped = await refused("import { self } from 'nano:actor'; self.actor.stop(); await new Promise((go) => setTimeout(go, 1e6));");
  assert_equals(stopped.message, "the isolate ended while it started: stopped");
  const later = await refused("setTimeout(() => { throw new RangeError('late') }); await new Promise((go) => setTimeout(go, 1e6));");
  assert_equals(later.constructor, RangeError);
  assert_equals(later.code, "start_failed");
}, "a child that ends while it starts rejects with how it ended");

promise_test(async () => {
  const actor = await spawn("nano:brief", { source: "" });
  actor.kill();
  await actor.watch();
  const error = assert_throws_dom("InvalidStateError", () => register("spawn-test-ended", actor));
  assert_true(error.message.includes("has ended"), error.message);
  register("spawn-test-taken");
  const other = await spawn("nano:other", { source: "" });
  const taken = assert_throws_dom("InvalidStateError", () => register("spawn-test-taken", other));
  assert_true(taken.message.includes("is taken"), taken.message);
  other.kill();
}, "a name is refused for the reason that there is");

test(() => {
  assert_throws_js(TypeError, () => register("\ud800"));
  register("\ufffd");
  assert_equals(lookup("\ud800"), undefined);
  assert_false(lookup("\ufffd") === undefined);
  register("\u{1F600}");
  assert_false(lookup("\u{1F600}") === undefined);
}, "names with half of a surrogate pair are no names");

promise_test(async () => {
  const error = await refused("", { name: Symbol("no text") });
  assert_equals(error.constructor, TypeError);
}, "a name that is no text is refused");

promise_test(async () => {
  const child = await spawn("nano:thrower", {
    source: "export const arrow = () => { throw () => 1; };\nexport const symbol = () => { throw Symbol('s'); };",
  });
  for (const [handler, said] of [["arrow", "[Function (anonymous)]"], ["symbol", "Symbol(s)"]]) {
    let caught;
    await child.ask(handler).catch((error) => { caught = error; });
    assert_equals(caught.message, said);
  }
}, "what is thrown and cannot cross is described");

promise_test(async () => {
  const read = [];
  const options = new Proxy({ source: "" }, {
    get(target, key) {
      read.push(key);
      return target[key];
    },
  });
  const child = await spawn("nano:child", options);
  child.kill();
  const [first, ...rest] = read;
  assert_equals(first, "source");
  assert_equals(rest.join(), [...new Set(rest)].sort().join());
  assert_true(rest.includes("cpuTurnMs"));
  assert_false(rest.includes("subrequests"));
}, "each option is read once, in order");
