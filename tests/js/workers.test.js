import { ask, spawn } from "nano:actor";
import {
  assert_array_equals, assert_equals, assert_throws_dom, assert_throws_js, assert_true,
  promise_test, test,
} from "./harness.js";

export { run } from "./harness.js";

const once = (target, type) =>
  new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));

const make = (text, options) =>
  new Worker(`data:text/javascript,${encodeURIComponent(text)}`, { type: "module", ...options });

promise_test(async () => {
  const worker = make("onmessage = (e) => postMessage(['got', e.data]);");
  worker.postMessage({ a: 1 });
  const { data } = await once(worker, "message");
  assert_equals(data[0], "got");
  assert_equals(data[1].a, 1);
  worker.terminate();
}, "a worker answers");

promise_test(async () => {
  const worker = make("onmessage = (e) => { for (const p of e.ports) p.postMessage('hi'); postMessage(e.data, [e.data]); };");
  const { port1, port2 } = new MessageChannel();
  const buffer = new ArrayBuffer(8);
  worker.postMessage(buffer, [buffer, port2]);
  assert_equals(buffer.byteLength, 0);
  port1.start();
  const [{ data }, back] = await Promise.all([once(port1, "message"), once(worker, "message")]);
  assert_equals(data, "hi");
  assert_equals(back.data.byteLength, 8);
  worker.terminate();
}, "buffers and ports are moved to a worker and back");

promise_test(async () => {
  const worker = make("await 0; const first = await new Promise((r) => { self.onmessage = (e) => r(e.data); }); postMessage(first);");
  worker.postMessage("one");
  assert_equals((await once(worker, "message")).data, "one");
  worker.terminate();
}, "a worker awaits a message at its top level");

promise_test(async () => {
  const worker = make(`
    postMessage([
      name, typeof window, self instanceof DedicatedWorkerGlobalScope, self instanceof WorkerGlobalScope,
      self instanceof EventTarget, String(self), location.protocol, typeof location.href,
      Object.prototype.toString.call(location),
    ]);
    close();
  `, { name: "one" });
  const { data } = await once(worker, "message");
  assert_array_equals(data, [
    "one", "undefined", true, true, true, "[object DedicatedWorkerGlobalScope]", "data:", "string",
    "[object WorkerLocation]",
  ]);
}, "what a worker has in its global scope");

test(() => {
  assert_equals(typeof postMessage, "undefined");
  assert_equals(typeof close, "undefined");
  assert_equals(typeof location, "undefined");
  assert_equals(typeof DedicatedWorkerGlobalScope, "undefined");
}, "who is no worker has none of that");

promise_test(async () => {
  const worker = make("setTimeout(() => { throw new TypeError('late'); }, 0); onmessage = () => postMessage('lives');");
  const event = await new Promise((resolve) => {
    worker.onerror = (event) => { event.preventDefault(); resolve(event); };
  });
  assert_true(event instanceof ErrorEvent);
  assert_equals(event.message, "Uncaught TypeError: late");
  assert_equals(event.error, null);
  assert_true(event.lineno > 0);
  worker.postMessage(0);
  assert_equals((await once(worker, "message")).data, "lives");
  worker.terminate();
}, "an error of a worker reaches its maker, and the worker goes on");

promise_test(async () => {
  const worker = make("setTimeout(() => { throw new Error('up'); }, 0);");
  const handled = new Promise((resolve) => {
    onerror = (message) => { resolve(message); return true; };
  });
  assert_equals(await handled, "Uncaught Error: up");
  onerror = null;
  worker.terminate();
}, "an error that nobody handles goes on to the maker's global object");

promise_test(async () => {
  const worker = make("self.onerror = () => true; setTimeout(() => { throw 1; }, 0); setTimeout(() => postMessage('fine'), 1);");
  worker.onerror = () => { throw new Error("it was handled"); };
  assert_equals((await once(worker, "message")).data, "fine");
  worker.terminate();
}, "an error that a worker handles stays there");

promise_test(async () => {
  for (const type of ["classic", "module"]) {
    const worker = make("onmessage = () => postMessage('lives'); throw new Error('at the start');", { type });
    const message = await new Promise((resolve) => {
      worker.onerror = (event) => { event.preventDefault(); resolve(event.message); };
    });
    assert_equals(message, "Uncaught Error: at the start");
    worker.postMessage(0);
    assert_equals((await once(worker, "message")).data, "lives");
    worker.terminate();
  }
}, "a worker whose script throws goes on");

promise_test(async () => {
  const url = URL.createObjectURL(new Blob(["postMessage('runs'); onmessage = (e) => postMessage(e.data);"]));
  const workers = ["classic", "module"].map((type) => new Worker(url + "#part", { type }));
  URL.revokeObjectURL(url);
  await Promise.all(workers.map(async (worker) => {
    worker.onerror = (event) => { throw new Error(event.message); };
    assert_equals((await once(worker, "message")).data, "runs");
    worker.terminate();
  }));
  const late = new Worker(url, { type: "module" });
  await new Promise((resolve) => {
    late.onerror = (event) => { event.preventDefault(); resolve(); };
  });
}, "a worker has the Blob that its URL stood for when it was made");

promise_test(async () => {
  for (const text of ["syntax error", "import './nowhere.js';", "import { none } from 'nano:actor';"]) {
    const worker = make(text);
    await new Promise((resolve) => {
      worker.onerror = (event) => { event.preventDefault(); resolve(); };
    });
  }
  const worker = new Worker("./no_such_file.js", { type: "module" });
  const message = await new Promise((resolve) => {
    worker.onerror = (event) => { event.preventDefault(); resolve(event.message); };
  });
  assert_true(message.includes("no_such_file.js"), message);
}, "a worker that does not start fires error");

promise_test(async () => {
  const worker = make("postMessage('runs'); for (;;);");
  await once(worker, "message");
  worker.onmessage = () => { throw new Error("it was terminated"); };
  worker.terminate();
  worker.terminate();
  worker.postMessage("nobody hears");
}, "a worker in an endless loop is terminated");

promise_test(async () => {
  const inner = encodeURIComponent("onmessage = (e) => postMessage(e.data + 1);");
  const worker = make(`
    const inner = new Worker("data:text/javascript,${inner.replaceAll("'", "%27")}", { type: "module" });
    inner.onmessage = (e) => postMessage(e.data + 1);
    onmessage = (e) => inner.postMessage(e.data + 1);
  `);
  worker.postMessage(0);
  assert_equals((await once(worker, "message")).data, 3);
  worker.terminate();
}, "workers are nested");

promise_test(async () => {
  const worker = make("for (let i = 0; i < 1000; i++) postMessage(i); close(); postMessage('last'); setTimeout(() => postMessage('never'), 0);");
  const got = [];
  worker.onmessage = (e) => got.push(e.data);
  const closed = make("setTimeout(() => postMessage(0), 50)");
  await once(closed, "message");
  assert_equals(got.length, 1001);
  assert_equals(got.at(-1), "last");
}, "what a worker sends before it closes itself arrives");

promise_test(async () => {
  const worker = new Worker("data:text/javascript,var a = 1; this.postMessage([a, typeof require, this === self])");
  assert_array_equals((await once(worker, "message")).data, [1, "undefined", true]);
  worker.terminate();
}, "a worker of type classic runs a script");

promise_test(async () => {
  const source = "postMessage(this === self)";
  const blob = (type) => URL.createObjectURL(new Blob([source], { type }));
  const urls = [
    `data:,${source}`, `data:text/plain,${source}`, `data:application/json,${source}`, `data:image/png,${source}`,
    blob("text/plain"), blob("application/json"), blob("image/png"),
  ];
  for (const url of urls) {
    const worker = new Worker(url);
    assert_true((await once(worker, "message")).data, url);
    worker.terminate();
    const module = new Worker(url, { type: "module" });
    module.onmessage = () => { throw new Error(url); };
    module.addEventListener("error", (event) => event.preventDefault());
    await once(module, "error");
  }
}, "a classic worker's script may be of any MIME type where it does not come by HTTP, a module not");

promise_test(async () => {
  const child = await spawn("nano:child", {
    source: `
      const kept = [];
      export const make = ([n, inUrl]) => {
        const long = "x".repeat(1 << 20);
        const [url, name] = inUrl ? ["data:text/javascript,//" + long, ""] : ["data:text/javascript,onmessage = Date", long];
        try {
          while (kept.length < n) kept.push(new Worker(url, { name }));
        } catch (error) { return [kept.length, error.name]; }
        return [kept.length, null];
      };
      export const end = () => { for (const one of kept.splice(0)) one.terminate(); };
    `,
    bufferBytes: 8 << 20,
    cpuMs: 60_000,
    cpuTurnMs: 60_000,
  });
  for (const inUrl of [false, true]) {
    for (let i = 0; i < 2; i++) {
      assert_array_equals(await ask(child, "make", [20, inUrl]), [7, "RangeError"]);
      await ask(child, "end");
    }
  }
  child.kill();
}, "whoever makes workers pays for their names and URLs");

promise_test(async () => {
  const name = "\u20ac".repeat(10_000);
  const worker = make("postMessage(name)", { name });
  assert_equals((await once(worker, "message")).data, name);
  worker.terminate();
}, "a worker's name may be long");

test(() => {
  assert_throws_js(TypeError, () => new Worker());
  assert_throws_js(TypeError, () => new Worker("data:,", { type: "other" }));
  assert_throws_js(TypeError, () => Worker("data:,"));
  assert_throws_dom("SyntaxError", () => new Worker("http://["));
}, "what is no worker is refused");
