import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import async_hooks from "node:async_hooks";
import unprefixed, * as all from "async_hooks";
import { spawn } from "nano:actor";
import {
  assert_equals, assert_throws_exactly, assert_throws_js, assert_true, delay, promise_test, test,
} from "./harness.js";

export { run } from "./harness.js";

const storage = new AsyncLocalStorage();

test(() => {
  assert_equals(async_hooks.AsyncLocalStorage, AsyncLocalStorage);
  assert_equals(async_hooks.AsyncResource, AsyncResource);
  assert_equals(Object.keys(async_hooks).join(), "AsyncLocalStorage,AsyncResource");
  assert_equals(Object.getPrototypeOf(async_hooks), Object.prototype);
  assert_equals(unprefixed, async_hooks);
  assert_equals(Object.keys(all).join(), "AsyncLocalStorage,AsyncResource,default");
}, "the module has a default export");

test(() => {
  assert_equals(storage.getStore(), undefined);
  assert_equals(storage.run(1, () => storage.run(2, () => storage.getStore()) + storage.getStore()), 3);
  assert_equals(storage.getStore(), undefined);
}, "run nests and restores");

test(() => {
  assert_throws_exactly(1, () => storage.run(2, () => { throw 1; }));
  assert_equals(storage.getStore(), undefined);
}, "run restores after an exception");

promise_test(async () => {
  const seen = await Promise.all([1, 2, 3].map((n) => storage.run(n, async () => {
    await null;
    await delay(4 - n);
    return storage.getStore();
  })));
  assert_equals(seen.join(), "1,2,3");
}, "promises and timers carry the store");

promise_test(async () => {
  const seen = await new Promise((resolve) => {
    storage.run("micro", () => queueMicrotask(() => resolve(storage.getStore())));
  });
  assert_equals(seen, "micro");
}, "microtasks carry the store");

promise_test(async () => {
  const source = "export const echo = async (v) => { await null; return v; };";
  const actor = await spawn("nano:child", { source });
  const seen = await storage.run("asked", async () => {
    await actor.ask("echo", 1);
    return storage.getStore();
  });
  actor.stop();
  assert_equals(seen, "asked");
}, "asks carry the store");

test(() => {
  const bound = storage.run("bound", () => AsyncLocalStorage.bind(() => storage.getStore()));
  const snapshot = storage.run("shot", () => AsyncLocalStorage.snapshot());
  const resource = storage.run("resource", () => new AsyncResource("test"));
  storage.run("other", () => {
    assert_equals(bound(), "bound");
    assert_equals(snapshot(() => storage.getStore()), "shot");
    assert_equals(resource.runInAsyncScope(() => storage.getStore()), "resource");
    assert_equals(storage.getStore(), "other");
  });
}, "bind, snapshot and AsyncResource bring a context back");

test(() => {
  const other = new AsyncLocalStorage({ defaultValue: "default" });
  storage.run("a", () => {
    assert_equals(other.getStore(), "default");
    other.run("b", () => {
      assert_equals(storage.getStore() + other.getStore(), "ab");
      storage.exit(() => assert_equals(storage.getStore(), undefined));
    });
  });
}, "storages do not mix");

promise_test(async () => {
  let seen;
  const interval = storage.run("tick", () => setInterval(() => {
    seen = storage.getStore();
    clearInterval(interval);
  }, 1));
  await delay(10);
  assert_equals(seen, "tick");
}, "intervals carry the store");

promise_test(async () => {
  const own = new AsyncLocalStorage({ name: "mine" });
  assert_equals(own.name, "mine");
  await (async () => {
    own.enterWith("entered");
    assert_equals(own.getStore(), "entered");
    await null;
    await delay(1);
    assert_equals(own.getStore(), "entered");
    own.disable();
    assert_equals(own.getStore(), undefined);
    own.run("again", () => assert_equals(own.getStore(), "again"));
  })();
}, "enterWith holds across await, disable ends it");

promise_test(async () => {
  const target = new EventTarget();
  let seen;
  storage.run("listener", () => target.addEventListener("x", () => { seen = storage.getStore(); }));
  // A listener runs where the event is dispatched.
  storage.run("dispatcher", () => target.dispatchEvent(new Event("x")));
  assert_equals(seen, "dispatcher");
  storage.run("bound", () => target.addEventListener("y", AsyncLocalStorage.bind(() => { seen = storage.getStore(); })));
  target.dispatchEvent(new Event("y"));
  assert_equals(seen, "bound");
  const controller = new AbortController();
  storage.run("signal", () => {
    controller.signal.addEventListener("abort", AsyncResource.bind(() => { seen = storage.getStore(); }));
  });
  controller.abort();
  assert_equals(seen, "signal");
}, "listeners run in the dispatcher's context, bound ones in their own");

promise_test(async () => {
  const thenable = { then(resolve) { resolve(storage.getStore()); } };
  assert_equals(await storage.run("thenable", async () => await thenable), "thenable");
  assert_equals(await storage.run("returned", async () => thenable), "returned");
  assert_equals(await storage.run("chained", () => Promise.resolve(thenable)), "chained");
  const seen = [];
  let settle;
  const promise = new Promise((resolve) => { settle = resolve; });
  storage.run("one", () => promise.then(() => seen.push(storage.getStore())));
  storage.run("two", () => promise.finally(() => seen.push(storage.getStore())));
  storage.run("other", () => settle());
  await promise;
  await null;
  assert_equals(seen.join(), "one,two");
}, "thenables and reactions run in the context that attached them");

promise_test(async () => {
  const caught = await storage.run("failing", async () => {
    try {
      await Promise.reject(new Error("x"));
    } catch {
      return storage.getStore();
    }
  });
  assert_equals(caught, "failing");
  async function* numbers() {
    yield storage.getStore();
    await delay(1);
    yield storage.getStore();
  }
  const seen = await storage.run("generated", async () => {
    const all = [];
    for await (const store of numbers()) all.push(store);
    return all.join();
  });
  assert_equals(seen, "generated,generated");
}, "rejections and async generators carry the store");

test(() => {
  const receiver = {};
  const resource = storage.run("r", () => new AsyncResource("test"));
  assert_equals(resource.runInAsyncScope(function (a, b) { return this === receiver && a + b; }, receiver, 1, 2), 3);
  const bound = resource.bind(function (a) { return [this === receiver, a, storage.getStore()].join(); }, receiver);
  assert_equals(bound(5), "true,5,r");
  assert_equals(AsyncLocalStorage.bind((a, b) => a * b)(2, 3), 6);
  assert_equals(AsyncLocalStorage.bind((a, b) => 0).length, 2);
  assert_equals(AsyncLocalStorage.snapshot()((a, b) => a - b, 5, 3), 2);
  assert_true(resource.asyncId() > 0);
  assert_equals(resource.emitDestroy(), resource);
  assert_throws_js(TypeError, () => AsyncLocalStorage.bind(5));
  assert_throws_js(TypeError, () => new AsyncResource());
}, "arguments, receivers and results pass through");

promise_test(async () => {
  const seen = [];
  const scoped = new AsyncLocalStorage({ name: "scoped", defaultValue: "default" });
  const look = () => seen.push(scoped.getStore());
  {
    using outer = scoped.withScope("outer");
    look();
    {
      using inner = scoped.withScope("inner");
      look();
      await null;
      look();
    }
    look();
    outer.dispose();
    look();
    scoped.enterWith("entered");
  }
  look();
  assert_equals(seen.join(), "outer,inner,inner,outer,default,entered");
  assert_equals(scoped.withScope.length, 1);
  for (const options of [null, 5, [], () => {}]) assert_throws_js(TypeError, () => new AsyncLocalStorage(options));
}, "a scope gives back what was there, once");

promise_test(async () => {
  const source = `
    import { AsyncLocalStorage } from "node:async_hooks";
    const storage = new AsyncLocalStorage();
    export const enter = async (v) => { storage.enterWith(v); await null; return storage.getStore(); };
    export const look = () => storage.getStore() ?? "nothing";
  `;
  const actor = await spawn("nano:entering", { source });
  assert_equals(await actor.ask("enter", "call"), "call");
  assert_equals(await actor.ask("look"), "nothing");
  actor.kill();
}, "what a call entered ends with it");

promise_test(async () => {
  const storage = new AsyncLocalStorage();
  const seen = await new Promise((resolve) => {
    addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      resolve([event.reason, storage.getStore()]);
    }, { once: true });
    storage.run("inside", () => { Promise.reject("why"); });
  });
  assert_equals(seen.join(), "why,inside");
  assert_equals(storage.getStore(), undefined);
}, "whoever is told of a rejection is where that happened");
