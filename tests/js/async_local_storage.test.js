import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { spawn } from "nano:actor";
import { assert_equals, assert_throws_exactly, delay, promise_test, test } from "./harness.js";

export { run } from "./harness.js";

const storage = new AsyncLocalStorage();

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
