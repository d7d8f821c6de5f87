// Everything that a program can overwrite is overwritten before the runtime's
// lazy files run. What is needed afterwards is kept here.

import { ask, spawn, watch } from "nano:actor";
import { assert_equals, assert_throws_dom, assert_true, promise_test, run as runTests, test } from "./harness.js";

const { defineProperty, getOwnPropertyDescriptor, getOwnPropertyNames, getPrototypeOf } = Object;
const { apply } = Reflect;
const originals = [];

function replace(object, key, value) {
  const descriptor = getOwnPropertyDescriptor(object, key);
  if (descriptor === undefined || !descriptor.configurable || typeof descriptor.value !== "function") return;
  originals[originals.length] = { object, key, descriptor };
  const { writable, enumerable, configurable } = descriptor;
  defineProperty(object, key, { value, writable, enumerable, configurable });
}

function breakEverything() {
  const broken = function () { throw new RangeErrorOriginal("a patched method ran"); };
  const targets = [
    [Array.prototype, ["push", "pop", "map", "forEach", "join", "slice", "splice", "indexOf", "concat"]],
    [Map.prototype, ["get", "set", "has", "delete", "forEach"]],
    [Set.prototype, ["add", "has", "delete", "forEach"]],
    [String.prototype, ["slice", "indexOf", "charCodeAt", "startsWith", "split", "replace", "repeat"]],
    [Promise.prototype, ["then", "catch", "finally"]],
    [Function.prototype, ["call", "apply", "bind"]],
    [RegExp.prototype, ["exec", "test"]],
    [Error, ["captureStackTrace"]],
    [Object, ["keys", "entries", "getOwnPropertyDescriptor", "hasOwn", "setPrototypeOf"]],
    [Reflect, ["ownKeys", "construct"]],
    [JSON, ["stringify"]],
    [Array, ["from", "of", "isArray"]],
  ];
  for (let i = 0; i < targets.length; i++) {
    const keys = targets[i][1];
    for (let j = 0; j < keys.length; j++) replace(targets[i][0], keys[j], broken);
  }
  originals[originals.length] = { object: Object.prototype, key: "get", descriptor: undefined };
  // The runtime makes its descriptors without a prototype.
  defineProperty(Object.prototype, "get", { get: broken, configurable: true });
}

const RangeErrorOriginal = RangeError;

function restore() {
  while (originals.length > 0) {
    const { object, key, descriptor } = originals[originals.length - 1];
    originals.length--;
    if (descriptor === undefined) delete object[key];
    else defineProperty(object, key, descriptor);
  }
}

function whileBroken(body) {
  breakEverything();
  try {
    return body();
  } finally {
    restore();
  }
}

test(() => {
  let fired = 0;
  whileBroken(() => {
    const target = new EventTarget();
    target.addEventListener("x", () => { fired++; }, { once: true });
    target.dispatchEvent(new CustomEvent("x", { detail: 1 }));
    target.dispatchEvent(new Event("x"));
  });
  assert_equals(fired, 1);
}, "events");

test(() => {
  let reason;
  whileBroken(() => {
    const controller = new AbortController();
    const any = AbortSignal.any([controller.signal]);
    controller.abort("why");
    reason = any.reason;
  });
  assert_equals(reason, "why");
}, "abort signals");

test(() => {
  const buffer = new ArrayBuffer(4);
  const value = { list: [1, new Map([[1, 2]])], buffer };
  const copy = whileBroken(() => structuredClone(value, { transfer: [buffer] }));
  assert_equals(copy.list[1].get(1), 2);
  assert_true(buffer.detached);
}, "structured clone");

test(() => {
  let error;
  whileBroken(() => {
    try {
      structuredClone({ deep: [() => {}] });
    } catch (thrown) {
      error = thrown;
    }
  });
  assert_throws_dom("DataCloneError", () => { throw error; });
  assert_true(error.message.includes("value.deep[0]"), error.message);
}, "the path of a DataCloneError");

promise_test(() => new Promise((resolve) => {
  whileBroken(() => {
    let fired = 0;
    setTimeout(() => { fired++; }, 0);
    queueMicrotask(() => { fired++; });
    setTimeout(() => resolve(fired), 1);
  });
}).then((fired) => assert_equals(fired, 2)), "timers and microtasks");

test(() => {
  const value = { a: [1, "x"], m: new Map([[1, new Set([2])]]), e: new Error("e") };
  whileBroken(() => console.debug("%s %o", "x", value, value));
}, "console");

test(() => {
  const name = whileBroken(() => new DOMException("m", "AbortError").name);
  assert_equals(name, "AbortError");
  assert_equals(getPrototypeOf(structuredClone([])), Array.prototype);
  assert_true(getOwnPropertyNames(globalThis).length > 50 && typeof apply === "function");
}, "DOMException");

const source = "export const echo = (value) => value; export const fails = () => { throw new TypeError('no'); };";
const worker = await spawn("nano:worker", { source });

// What nobody can wait for meanwhile.
const outcome = (promise) => apply(then, promise, [(value) => ({ value }), (reason) => ({ reason })]);
const { then } = Promise.prototype;

promise_test(async () => {
  const { signal } = new AbortController();
  const list = whileBroken(() => [
    outcome(worker.ask("echo", 1)),
    outcome(worker.ask("echo", 2, { signal, timeout: 10_000 })),
    outcome(ask(worker, "fails")),
    outcome(spawn("nano:other", { source })),
    outcome(worker.watch()),
    outcome(watch(worker)),
    outcome(spawn()),
    outcome(watch(1)),
  ]);
  const [one, two, fails, other] = [await list[0], await list[1], await list[2], await list[3]];
  assert_equals(one.value, 1);
  assert_equals(two.value, 2);
  assert_equals(fails.reason.message, "no");
  assert_equals(await other.value.ask("echo", 3), 3);
  other.value.kill();
  worker.kill();
  assert_equals((await list[4]).value, "killed");
  assert_equals((await list[5]).value, "killed");
  assert_equals((await list[6]).reason.constructor, TypeError);
  assert_equals((await list[7]).reason.constructor, TypeError);
}, "actors");

promise_test(async () => {
  const actor = await spawn("nano:species", { source });
  const { signal } = new AbortController();
  const species = getOwnPropertyDescriptor(Promise, Symbol.species);
  const constructor = getOwnPropertyDescriptor(Promise.prototype, "constructor");
  defineProperty(Promise, Symbol.species, { configurable: true, get() { throw new RangeErrorOriginal("species"); } });
  defineProperty(Promise.prototype, "constructor", { configurable: true, get() { throw new RangeErrorOriginal("constructor"); } });
  let asked;
  try {
    asked = actor.ask("echo", 1, { signal });
  } finally {
    defineProperty(Promise, Symbol.species, species);
    defineProperty(Promise.prototype, "constructor", constructor);
  }
  assert_equals(await asked, 1);
  actor.kill();
}, "asks with a signal, where promises mislead `then`");

test(() => {
  const error = new AggregateError([new RangeErrorOriginal("x")], "m");
  const iterator = getOwnPropertyDescriptor(Array.prototype, Symbol.iterator);
  defineProperty(Array.prototype, Symbol.iterator, { ...iterator, value() { throw new RangeErrorOriginal("iterator"); } });
  let copy;
  try {
    copy = structuredClone(error);
  } finally {
    defineProperty(Array.prototype, Symbol.iterator, iterator);
  }
  assert_equals(copy.errors[0].message, "x");
  assert_equals(copy.message, "m");
}, "AggregateErrors");

test(() => {
  const { prototype } = Object;
  const traps = ["value", "copy", "others"];
  for (const key of traps) {
    defineProperty(prototype, key, { __proto__: null, configurable: true, set() { throw new RangeErrorOriginal(key); }, get() {} });
  }
  let copy;
  try {
    copy = structuredClone({ a: 1 });
  } finally {
    for (const key of traps) delete prototype[key];
  }
  assert_equals(copy.a, 1);
}, "structured clone, where objects inherit setters");

promise_test(async () => {
  const source = `
    const { prototype } = Object;
    const fail = (name) => { throw new TypeError(name); };
    for (const key of ["get", "set", "value", "writable", "0", "1", "97"]) {
      const trap = { __proto__: null, configurable: true, get: () => fail(key), set: () => fail(key) };
      Object.defineProperty(prototype, key, trap);
    }
    const names = [];
    for (const make of [
      () => new Response("x"), () => new Request("http://a.test/"), () => new URLSearchParams("a=b c").toString(),
      () => new URL("http://a.test/?a=b").searchParams.append("c", "\u20ac"),
    ]) {
      try {
        make();
      } catch (error) {
        names.push(error.message);
      }
    }
    for (const key of ["get", "set", "value", "writable", "0", "1", "97"]) delete prototype[key];
    export const failed = () => names.join();
  `;
  const actor = await spawn("nano:inherited", { source });
  assert_equals(await actor.ask("failed"), "");
}, "interfaces that are first met where objects inherit accessors");

export const run = runTests;
