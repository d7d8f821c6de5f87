// Calls between isolates: what their options are, what a handler is, and what
// its signal says after the call was given up.

import { spawn } from "nano:actor";
import {
  assert_array_equals, assert_equals, assert_throws_js, assert_true, promise_rejects_dom, promise_rejects_exactly,
  promise_rejects_js, promise_test,
} from "./harness.js";

export { run } from "./harness.js";

const source = `
  import { self } from "nano:actor";
  const rest = () => new Promise((resolve) => setTimeout(resolve, 1));
  const burn = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
  let heard = 0;
  let seen;
  export const echo = (value) => value;
  export const note = () => ++heard;
  export const count = () => heard;
  // Reads the signal afresh each time, and stops by itself if that never aborts.
  const poll = async (ms, mark) => {
    mark(self.signal);
    for (let i = 0; i < 2_000 && !self.signal.aborted; i++) { if (ms > 0) burn(ms); await rest(); }
    const { aborted, reason } = self.signal;
    await rest();
    seen = [aborted, reason?.name, self.signal.aborted, self.signal === self.signal];
  };
  export const polled = async (ms) => {
    let listened;
    await poll(ms, (signal) => signal.addEventListener("abort", () => {
      listened = [self.signal.aborted, self.signal === signal];
    }));
    seen.push(...listened);
  };
  // Looks for the first time when nobody waits any longer.
  export const late = async () => {
    for (let i = 0; i < 30; i++) await rest();
    await poll(0, () => {});
  };
  export const ended = async () => {
    const before = self.signal;
    rest().then(rest).then(() => { seen = [before.aborted, self.signal.aborted]; });
  };
  export default {
    "\\ufffd": () => "not this", "\\ud800": () => "nor this", "\\u{1f600}\\ufffd": () => "found",
  };
  let gate, open, hung = 0;
  export const close = () => { gate = new Promise((resolve) => { open = resolve; }); hung = 0; };
  export const release = () => open();
  export const hanging = () => hung;
  // Given up and never done.
  export const hang = () => { hung++; return new Promise(() => {}); };
  export const afterwards = async () => {
    await gate;
    const { aborted, reason } = self.signal;
    seen = [aborted, reason?.name];
  };
  // Ended by itself; looks when the gate opens.
  export const background = () => { gate.then(() => { seen = [self.signal.aborted]; }); };
  export const look = async () => {
    for (let i = 0; seen === undefined && i < 5_000; i++) await rest();
    const last = seen;
    seen = undefined;
    return last;
  };
`;

const child = await spawn("nano:child", { source });

promise_test(async () => {
  for (const name of ["\ud800", "a\udc00b"]) {
    await promise_rejects_js(TypeError, child.ask(name));
    await promise_rejects_js(TypeError, child.ask(name, 1, { timeout: 1_000 }));
    assert_throws_js(TypeError, () => child.tell(name));
  }
  // Other names are what they are, that of the replacement character too.
  assert_equals(await child.ask("\u{1f600}\ufffd"), "found");
}, "a name with half of a surrogate pair is refused");

promise_test(async () => {
  const controller = new AbortController();
  const asked = child.ask("polled", 0, { signal: controller.signal });
  await child.ask("echo");
  controller.abort("enough");
  await promise_rejects_exactly("enough", asked);
  assert_array_equals(await child.ask("look"), [true, "AbortError", true, true, true, true]);
}, "a signal that is read again stays aborted after the caller went away");

promise_test(async () => {
  await promise_rejects_dom("TimeoutError", child.ask("polled", 0, { timeout: 10 }));
  assert_array_equals(await child.ask("look"), [true, "TimeoutError", true, true, true, true]);
}, "a signal that is read again stays aborted after the deadline");

promise_test(async () => {
  const busy = await spawn("nano:busy", { source, cpuMs: 40 });
  const error = await busy.ask("polled", 5).then(() => undefined, (error) => error);
  assert_equals(error?.code, "limit");
  assert_array_equals(await busy.ask("look"), [true, "QuotaExceededError", true, true, true, true]);
  busy.stop();
}, "a signal that is read again stays aborted after the CPU limit");

promise_test(async () => {
  await promise_rejects_dom("TimeoutError", child.ask("late", 0, { timeout: 5 }));
  assert_array_equals(await child.ask("look"), [true, "TimeoutError", true, true]);
}, "a signal that is first read after the deadline is aborted");

// Has so many calls of a handler begin, and gives them up.
async function giveUp(name, calls) {
  for (let left = calls; left > 0; left -= 500) {
    const controller = new AbortController();
    const now = Math.min(left, 500);
    const before = await child.ask("hanging");
    const asked = Array.from({ length: now }, () => child.ask(name, 0, { signal: controller.signal }));
    while (await child.ask("hanging") < before + now);
    controller.abort();
    await Promise.allSettled(asked);
  }
}

promise_test(async () => {
  await child.ask("close");
  const controller = new AbortController();
  const asked = child.ask("afterwards", 0, { signal: controller.signal });
  await child.ask("echo");
  controller.abort("enough");
  await promise_rejects_exactly("enough", asked);
  await giveUp("hang", 1_100);
  await child.ask("release");
  assert_array_equals(await child.ask("look"), [true, "AbortError"]);
}, "a signal that is first read after a thousand others were given up is aborted");

promise_test(async () => {
  const other = await spawn("nano:other", { source });
  await other.ask("close");
  await other.ask("background");
  for (let i = 0; i < 1_100; i++) {
    const controller = new AbortController();
    const asked = other.ask("polled", 0, { signal: controller.signal });
    await other.ask("echo");
    controller.abort();
    await asked.catch(() => {});
    await other.ask("look");
  }
  await other.ask("release");
  assert_array_equals(await other.ask("look"), [false]);
  other.stop();
}, "a call that ended by itself stays so where handlers that are given up return");

promise_test(async () => {
  await child.ask("ended");
  assert_array_equals(await child.ask("look"), [false, false]);
}, "the signal of a call that ended by itself does not abort");

promise_test(async () => {
  const before = await child.ask("count");
  for (const signal of [5, null, "x", true, {}, { aborted: true, reason: 5 }, new EventTarget()]) {
    const error = await promise_rejects_js(TypeError, child.ask("note", 0, { signal }));
    assert_true(error.message.includes("member signal is not an AbortSignal"), error.message);
  }
  await promise_rejects_exactly("gone", child.ask("note", 0, { signal: AbortSignal.abort("gone") }));
  const controller = new AbortController();
  const value = { get a() { controller.abort("meanwhile"); return 1; } };
  await promise_rejects_exactly("meanwhile", child.ask("echo", value, { signal: controller.signal }));
  assert_equals(await child.ask("count"), before);
  assert_equals(await child.ask("echo", 1, { signal: undefined }), 1);
}, "what is no AbortSignal is refused before anything is sent");

promise_test(async () => {
  const before = await child.ask("count");
  for (const timeout of [NaN, "abc", -1, {}, 1n, Symbol(), Infinity, 2 ** 53]) {
    const error = await promise_rejects_js(TypeError, child.ask("note", 0, { timeout }));
    assert_true(error.message.includes("member timeout"), error.message);
  }
  assert_equals(await child.ask("count"), before);
  assert_equals(await child.ask("echo", 1, { timeout: "10000" }), 1);
  assert_equals(await child.ask("echo", 1, { timeout: undefined }), 1);
}, "what is no timeout is refused before anything is sent");

promise_test(async () => {
  const own = "class Base { base() { return this.mine(); } mine() { return 1; } } " +
    "class Derived extends Base { mine() { return 2; } constructor() { super(); this.own = () => 3; } }";
  const inherited = ["toString", "constructor", "hasOwnProperty", "valueOf", "__defineGetter__",
    "__lookupGetter__", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "__proto__"];
  const refuses = async (actor, names) => {
    for (const name of names) {
      const error = await promise_rejects_dom("InvalidStateError", actor.ask(name));
      assert_true(error.message.includes(`no handler named "${name}"`), error.message);
      assert_equals(error.code, "not_delivered");
    }
  };
  const object = await spawn("nano:object", { source: `${own} export default new Derived();` });
  assert_array_equals([await object.ask("base"), await object.ask("mine"), await object.ask("own")], [2, 2, 3]);
  await refuses(object, inherited);
  const plain = await spawn("nano:plain", { source: "export default { toString: () => 'mine', f: () => 1 };" });
  assert_equals(await plain.ask("toString"), "mine");
  assert_equals(await plain.ask("f"), 1);
  await refuses(plain, inherited.slice(1));
  const func = await spawn("nano:func", {
    source: "const f = () => 1; f.g = () => 2; export default f;",
  });
  assert_equals(await func.ask("default"), 1);
  assert_equals(await func.ask("g"), 2);
  await refuses(func, [...inherited, "call", "bind", "apply"]);
  for (const actor of [object, plain, func]) actor.stop();
}, "what a default export inherits from the language is no handler");

promise_test(async () => {
  const actor = await spawn("nano:thenable", { source: `
    export const later = () => ({ then(resolve) { setTimeout(resolve, 1, "later"); } });
    export const now = () => ({ then(resolve) { resolve({ then(resolve) { resolve("now"); } }); } });
    export const fails = () => ({ then(_, reject) { reject(new RangeError("no")); } });
    export const throws = () => ({ get then() { throw new RangeError("no"); } });
    export const func = () => Object.assign(() => {}, { then(resolve) { resolve("func"); } });
    export const data = () => ({ then: 1 });
    export const proxied = () => new Proxy({}, {
      get: (_, key) => (key === "then" ? (resolve) => resolve("proxied") : undefined),
    });
    export const trapped = () => Object.create(new Proxy({}, { has() { throw new RangeError("trap"); } }));
    let gets = 0;
    export const once = () => ({ get then() { gets++; return (resolve) => resolve(gets); } });
  ` });
  for (const name of ["later", "now", "func", "proxied"]) assert_equals(await actor.ask(name), name);
  for (const name of ["fails", "throws", "trapped"]) await promise_rejects_js(RangeError, actor.ask(name));
  assert_equals((await actor.ask("data")).then, 1);
  assert_equals(await actor.ask("once"), 1);
  actor.stop();
}, "a thenable that a handler returns is awaited");

promise_test(async () => {
  const actor = await spawn("nano:hostile", { source: `
    const rest = () => new Promise((resolve) => setTimeout(resolve, 1, "rested"));
    export const getter = () => Object.defineProperty(rest(), "constructor", {
      get() { throw new RangeError("constructor"); },
    });
    export const other = () => Object.defineProperty(rest(), "constructor", { value: class {} });
    export const species = () => {
      Object.defineProperty(Promise, Symbol.species, { get() { throw new RangeError("species"); } });
      return rest();
    };
    export const then = () => {
      Promise.prototype.then = () => { throw new RangeError("then"); };
      return rest();
    };
  ` });
  await promise_rejects_js(RangeError, actor.ask("getter", 0, { timeout: 5_000 }));
  for (const name of ["other", "species", "then"]) {
    assert_equals(await actor.ask(name, 0, { timeout: 5_000 }), "rested");
  }
  actor.stop();
}, "a promise that misleads `then` does not keep a call from being answered");

promise_test(async () => {
  const inner = await spawn("nano:inner", { source: `
    export const own = () => { throw Object.assign(new TypeError("own"), { code: "E_OWN" }); };
    export const number = () => { throw Object.assign(new Error("number"), { code: 7 }); };
    export const plain = () => { throw { name: "n", code: "plain" }; };
    export const hang = () => new Promise(() => {});
  ` });
  const outer = await spawn("nano:outer", { source: `
    export const pass = ([inner, name, options]) => inner.ask(name, null, options);
  ` });
  const failure = (...asked) => outer.ask("pass", [inner, ...asked]).catch((error) => error);
  const own = await failure("own");
  assert_equals(own.constructor, TypeError);
  assert_equals(own.code, "E_OWN");
  assert_equals(Object.keys(own).length, 0);
  assert_equals((await failure("number")).code, undefined);
  assert_equals((await failure("plain")).code, "plain");
  assert_equals((await failure("missing")).code, "not_delivered");
  const late = await failure("hang", { timeout: 20 });
  assert_equals(late.name, "TimeoutError");
  assert_equals(late.code, "timeout");
  inner.kill();
  assert_equals((await failure("own")).code, "not_delivered");
}, "an error that a handler rethrows keeps its code");
