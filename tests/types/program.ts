// What types/nano.d.ts promises, checked by the compiler: `.ci/run types`.

import { Actor, ask, lookup, register, self, spawn, tell, watch } from "nano:actor";
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";

interface Worker {
  double(n: number): number;
  later(text: string): Promise<string>;
}

const worker: Actor<Worker> = await spawn<Worker>("./w.js", { heapBytes: 1 << 24, linked: true });
const n: number = await worker.ask("double", 2, { timeout: 100, signal: self.signal });
const t: string = await ask(worker, "later", "x", { transfer: [new ArrayBuffer(8)] });
tell(worker, "double", 1);
// @ts-expect-error: no such export
worker.tell("triple", 1);
// @ts-expect-error: not a number
worker.tell("double", "x");
// @ts-expect-error: not a number
await worker.ask("double", 1, { timeout: "soon" });
// @ts-expect-error: not a signal
await worker.ask("double", 1, { signal: 5 });
// @ts-expect-error: not a signal
await worker.ask("double", 1, { signal: {} });
// @ts-expect-error: no constructor
new Actor();
register("w", worker);
const reply: unknown = await lookup("w")?.ask("whatever", { a: 1 });
const reasons: string[] = [await worker.watch(), await watch(worker)];

const aborted: boolean = self.signal.aborted;
self.signal.throwIfAborted();

const storage = new AsyncLocalStorage<{ id: number }>({ name: "request" });
const got: number = storage.run({ id: 1 }, (x: number) => storage.getStore()?.id ?? x, 2);
new AsyncResource("x").runInAsyncScope(() => n, undefined);

const quota: QuotaExceededError = new QuotaExceededError("full", { quota: 1, requested: 2 });
const over: [number | null, string, string] = [quota.requested, quota.message, quota.name];
// @ts-expect-error: not a number
new QuotaExceededError("full", { quota: "1" });

const place: [string, string, boolean] = [import.meta.url, import.meta.resolve("./w.js"), import.meta.main];
const first: string | undefined = import.meta.args?.[0];

export const all = [n, t, reply, reasons, aborted, got, place, first, over];
