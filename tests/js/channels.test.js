import { ask, spawn, self as me } from "nano:actor";
import {
  assert_array_equals, assert_equals, assert_not_equals, assert_throws_dom, assert_throws_js,
  assert_true, promise_test, test,
} from "./harness.js";

export { run } from "./harness.js";

const once = (target, type) =>
  new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));

const soon = () => new Promise((resolve) => setTimeout(resolve, 0));

// An isolate that takes a port and does with it what it is told.
const source = `
  let port;
  const got = [];
  export const take = (p) => { port = p; };
  export const listen = () => { port.onmessage = (e) => got.push(e.data); };
  export const heard = () => got;
  export const echo = (p) => { p.onmessage = (e) => p.postMessage(e.data, e.ports); };
  export const post = ([from, to]) => { for (let i = from; i < to; i++) port.postMessage(i); };
  export const pass = async ({ to, name }) => { await to.ask(name, port, { transfer: [port] }); };
  export const relay = ({ from, to }) => { from.onmessage = (e) => to.postMessage(e.data, e.ports); };
  export const close = () => { port.close(); };
  export const throws = () => { setTimeout(() => { throw new Error("end"); }, 0); };
  export const give = () => { const c = new MessageChannel(); c.port1.postMessage("kept"); c.port1.postMessage("too"); return c.port2; };
  export const flood = (n) => {
    const big = "x".repeat(1 << 20);
    let sent = 0;
    try { for (; sent < n; sent++) port.postMessage(big); } catch (error) { return [sent, error.name]; }
    return [sent, null];
  };
`;
const start = () => spawn("nano:child", { source });

promise_test(async () => {
  const child = await start();
  const { port1, port2 } = new MessageChannel();
  await ask(child, "echo", port2, { transfer: [port2] });
  const got = [];
  const done = new Promise((resolve) => {
    port1.onmessage = ({ data }) => {
      got.push(data);
      if (data === 4_999) resolve();
    };
  });
  for (let i = 0; i < 5_000; i++) port1.postMessage(i);
  await done;
  assert_equals(got.length, 5_000);
  assert_true(got.every((data, i) => data === i));
  port1.close();
  child.kill();
}, "messages through ports of two isolates keep their order");

promise_test(async () => {
  const [a, b, c] = await Promise.all([start(), start(), start()]);
  const { port1, port2 } = new MessageChannel();
  let sent = 0;
  const post = () => { for (let i = 0; i < 100; i++) port1.postMessage(sent++); };
  post();
  await ask(a, "take", port2, { transfer: [port2] });
  post();
  const passing = ask(a, "pass", { to: b, name: "take" });
  post();
  await passing;
  post();
  const again = ask(b, "pass", { to: c, name: "take" });
  post();
  await again;
  await ask(c, "listen");
  post();
  let heard = [];
  while (heard.length < sent) heard = await ask(c, "heard");
  assert_array_equals(heard, Array.from({ length: sent }, (_, i) => i));
  port1.close();
  for (const one of [a, b, c]) one.kill();
}, "a port that moves on and on gets everything that was sent to it, in order");

promise_test(async () => {
  const child = await start();
  const { port1, port2 } = new MessageChannel();
  const inner = new MessageChannel();
  await ask(child, "echo", port2, { transfer: [port2] });
  inner.port1.postMessage("before");
  port1.postMessage({ at: inner.port2 }, [inner.port2]);
  inner.port1.postMessage("meanwhile");
  port1.start();
  const event = await once(port1, "message");
  const [port] = event.ports;
  assert_equals(event.data.at, port);
  assert_not_equals(port, inner.port2);
  inner.port1.postMessage("after");
  const got = [];
  await new Promise((resolve) => {
    port.onmessage = ({ data }) => got.push(data) === 3 && resolve();
  });
  assert_array_equals(got, ["before", "meanwhile", "after"]);
  port1.close();
  inner.port1.close();
  child.kill();
}, "a port is sent through a port, and back");

promise_test(async () => {
  const child = await start();
  const { port1, port2 } = new MessageChannel();
  const closed = once(port1, "close");
  await ask(child, "take", port2, { transfer: [port2] });
  child.kill();
  await closed;
  port1.postMessage("nobody hears");
}, "the end of an isolate closes its ports");

promise_test(async () => {
  const child = await start();
  const { port1, port2 } = new MessageChannel();
  const seen = [];
  port1.onmessage = ({ data }) => seen.push(data);
  const closed = once(port1, "close");
  await ask(child, "take", port2, { transfer: [port2] });
  await ask(child, "post", [0, 500]);
  await ask(child, "throws");
  await closed;
  assert_equals(seen.length, 500);
}, "what was sent before an end comes before the notice of the end");

promise_test(async () => {
  const child = await start();
  const { port1, port2 } = new MessageChannel();
  const closed = once(port1, "close");
  await ask(child, "take", port2, { transfer: [port2] });
  await ask(child, "close");
  await closed;
  child.kill();
}, "a port that is closed closes the other one elsewhere");

promise_test(async () => {
  const child = await start();
  const error = await ask(child, "give").catch((error) => error);
  assert_true(error instanceof Error && error.message.includes("MessagePort"), String(error));
  child.kill();
}, "a port that is not in a transfer list is not cloned");

promise_test(async () => {
  const child = await spawn("nano:child", { source, pendingBytes: 4 << 20 });
  const { port1, port2 } = new MessageChannel();
  await ask(child, "take", port2, { transfer: [port2] });
  const [sent, error] = await ask(child, "flood", 100);
  assert_equals(error, "QuotaExceededError");
  assert_true(sent >= 3 && sent <= 5, `${sent} were sent`);
  let got = 0;
  await new Promise((resolve) => {
    port1.onmessage = () => ++got === sent && resolve();
  });
  const [more] = await ask(child, "flood", 2);
  assert_equals(more, 2);
  port1.close();
  child.kill();
}, "a flood is refused where it comes from, and goes on when there is room");

promise_test(async () => {
  const child = await spawn("nano:child", { source, pendingBytes: 2 << 20 });
  const { port1, port2 } = new MessageChannel();
  await ask(child, "take", port2, { transfer: [port2] });
  const big = "x".repeat(1 << 20);
  let error;
  try { for (let i = 0; i < 10; i++) port1.postMessage(big); } catch (thrown) { error = thrown; }
  assert_equals(error?.name, "QuotaExceededError");
  port1.close();
  child.kill();
}, "what waits for an isolate is bounded by its own limit");

test(() => {
  const { port1, port2 } = new MessageChannel();
  assert_throws_dom("DataCloneError", () => port1.postMessage(0, [port1]));
  assert_throws_dom("DataCloneError", () => port1.postMessage(port2));
  assert_throws_dom("DataCloneError", () => structuredClone(port2));
  const other = new MessageChannel();
  assert_throws_dom("DataCloneError", () => port1.postMessage(0, [other.port1, other.port1]));
  const moved = structuredClone(other.port1, { transfer: [other.port1] });
  assert_true(moved instanceof MessagePort);
  assert_throws_dom("DataCloneError", () => structuredClone(0, { transfer: [other.port1] }));
  assert_throws_js(TypeError, () => port1.postMessage());
  assert_throws_js(TypeError, () => port1.postMessage(0, 1));
  assert_throws_js(TypeError, () => new MessagePort());
  other.port2.close();
  port1.close();
}, "ports that cannot be transferred are refused");

promise_test(async () => {
  // Each lies in what waits for the other.
  const a = new MessageChannel();
  const b = new MessageChannel();
  a.port1.postMessage("b", [b.port2]);
  b.port1.postMessage("a", [a.port2]);
  const c = new MessageChannel();
  const closed = Promise.all([once(a.port1, "close"), once(b.port1, "close")]);
  c.port1.postMessage("doomed", [c.port2]);
  await closed;
}, "ports that could never be had again close");

promise_test(async () => {
  let chain = new MessageChannel();
  const last = chain.port1;
  const closed = once(last, "close");
  let port = chain.port2;
  for (let i = 0; i < 20_000; i++) {
    const next = new MessageChannel();
    next.port1.postMessage(0, [port]);
    next.port1.close();
    port = next.port2;
  }
  // To where nobody takes anything any more.
  const gone = new MessageChannel();
  gone.port1.close();
  gone.port2.postMessage(0, [port]);
  await closed;
}, "a long chain of ports within ports closes");

promise_test(async () => {
  const { port1, port2 } = new MessageChannel();
  port2.postMessage("early");
  port2.postMessage("second");
  port2.close();
  const seen = [];
  port1.addEventListener("close", () => seen.push("close"));
  await soon();
  assert_array_equals(seen, []);
  port1.onmessage = ({ data }) => seen.push(data);
  await soon();
  assert_array_equals(seen, ["early", "second", "close"]);
}, "a port that is started after the other one has closed gets what was sent, and then hears of it");

promise_test(async () => {
  const outer = new MessageChannel();
  for (const isLate of [false, true]) {
    const { port1, port2 } = new MessageChannel();
    if (!isLate) outer.port1.postMessage(0, [port2]);
    for (let i = 0; i < 3; i++) port1.postMessage(i);
    port1.close();
    if (isLate) outer.port1.postMessage(0, [port2]);
    outer.port2.start();
    const [arrived] = (await once(outer.port2, "message")).ports;
    if (isLate) await soon();
    const seen = [];
    arrived.onclose = () => seen.push("close");
    arrived.onmessage = ({ data }) => seen.push(data);
    await once(arrived, "close");
    assert_array_equals(seen, [0, 1, 2, "close"]);
  }
  outer.port1.close();
}, "a port that arrives when the other one has closed hears of that behind the messages");

promise_test(async () => {
  const { port1, port2 } = new MessageChannel();
  const seen = [];
  const closed = once(port2, "close");
  port1.onclose = () => seen.push("close");
  port2.postMessage("first");
  const inner = new MessageChannel();
  port2.postMessage("second", [inner.port2]);
  port1.close();
  await closed;
  port2.postMessage("late");
  assert_throws_dom("DataCloneError", () => structuredClone(port1, { transfer: [port1] }));
  await soon();
  port1.addEventListener("message", ({ data, ports }) => {
    seen.push(data);
    ports[0]?.postMessage("moved");
  });
  await soon();
  assert_array_equals(seen, []);
  const answer = once(inner.port1, "message");
  inner.port1.start();
  port1.start();
  assert_equals((await answer).data, "moved");
  await soon();
  assert_array_equals(seen, ["first", "second"]);
  inner.port1.close();
}, "a port that is closed before it is started still gets what came before");

promise_test(async () => {
  const inner = new MessageChannel();
  let isClosed = false;
  once(inner.port1, "close").then(() => { isClosed = true; });
  (() => {
    const { port1, port2 } = new MessageChannel();
    port2.postMessage(0, [inner.port2]);
    port1.close();
  })();
  for (let i = 0; !isClosed && i < 200; i++) {
    Array.from({ length: 100_000 }, () => ({}));
    await soon();
  }
  assert_true(isClosed);
}, "what came to a port that is closed and never started goes with the port");

promise_test(async () => {
  const { port1, port2 } = new MessageChannel();
  const order = [];
  port1.onmessage = () => order.push("message");
  port2.postMessage(0);
  queueMicrotask(() => order.push("microtask"));
  order.push("end");
  await soon();
  assert_array_equals(order, ["end", "microtask", "message"]);
  port1.close();
}, "a message is a task of its own");

promise_test(async () => {
  const child = await spawn("nano:child", {
    source: `
      const c = new BroadcastChannel("news");
      const got = [];
      c.onmessage = (e) => { got.push(e.data); if (e.data === "end") c.postMessage(got); };
      export const ready = () => {};
    `,
  });
  await ask(child, "ready");
  const channel = new BroadcastChannel("news");
  const other = new BroadcastChannel("other news");
  other.onmessage = () => { throw new Error("not for this name"); };
  const answer = once(channel, "message");
  const sent = Array.from({ length: 1_000 }, (_, i) => i);
  for (const i of sent) channel.postMessage(i);
  channel.postMessage("end");
  assert_array_equals((await answer).data, [...sent, "end"]);
  channel.close();
  other.close();
  child.kill();
}, "a broadcast channel reaches other isolates, in order");

promise_test(async () => {
  const child = await spawn("nano:child", {
    pendingBytes: 1 << 20,
    source: `
      let got = 0, lost = 0;
      const c = new BroadcastChannel("flood");
      c.onmessage = () => got++;
      c.onmessageerror = () => lost++;
      export const counts = () => [got, lost];
      export const stall = () => { const end = Date.now() + 300; while (Date.now() < end); };
    `,
  });
  await ask(child, "counts");
  const channel = new BroadcastChannel("flood");
  const stalled = ask(child, "stall");
  await soon();
  const big = "x".repeat(1 << 18);
  for (let i = 0; i < 50; i++) channel.postMessage(big);
  await stalled;
  const [got, lost] = await ask(child, "counts");
  assert_true(got < 50 && lost >= 1, `${got} came, ${lost} notices of loss`);
  channel.close();
  child.kill();
}, "who has no room for broadcasts is told so, and holds up nobody");

promise_test(async () => {
  const child = await spawn("nano:child", {
    source: `
      const kept = [];
      export const join = (n) => {
        const name = "x".repeat(1 << 20);
        try { while (kept.length < n) kept.push(new BroadcastChannel(name)); } catch (error) { return [kept.length, error.name]; }
        return [kept.length, null];
      };
      export const leave = () => { for (const one of kept.splice(0)) one.close(); };
    `,
    bufferBytes: 16 << 20,
  });
  const first = await ask(child, "join", 100);
  assert_array_equals(first, [7, "RangeError"]);
  await ask(child, "leave");
  assert_array_equals(await ask(child, "join", 100), first);
  child.kill();
}, "whoever joins a broadcast channel pays for its name until it leaves");

promise_test(async () => {
  const error = await spawn("nano:child", {
    source: `
      const kept = [];
      for (;;) kept.push(new BroadcastChannel("crowd"));
    `,
    cpuMs: 60_000,
    cpuTurnMs: 60_000,
  }).then(() => "none", (why) => why.name);
  assert_not_equals(error, "none");
  // All have left.
  const channel = new BroadcastChannel("crowd");
  channel.postMessage(0);
  channel.close();
}, "hundreds of thousands leave a broadcast channel in no time");

promise_test(async () => {
  const start = () => spawn("nano:child", {
    source: `
      const { port1 } = new MessageChannel();
      const post = (make) => {
        let sent = 0;
        try { for (; sent < 1000; sent++) port1.postMessage(0, Array.from({ length: 1000 }, make)); } catch (error) { return [sent, error.name]; }
        return [sent, null];
      };
      export const buffers = () => post(() => new ArrayBuffer(0));
      export const ports = () => post(() => new MessageChannel().port2);
    `,
    pendingBytes: 4 << 20,
    cpuMs: 60_000,
    cpuTurnMs: 60_000,
  });
  for (const what of ["buffers", "ports"]) {
    const child = await start();
    const [sent, name] = await ask(child, what);
    assert_equals(name, "QuotaExceededError");
    assert_true(sent < 40, `${sent} messages of 1000 ${what}`);
    child.kill();
  }
}, "what travels beside a message weighs something, be it empty");

promise_test(async () => {
  const sender = await spawn("nano:sender", {
    pendingBytes: 4_096,
    source: `
      import { tell } from "nano:actor";
      export const pass = ({ reader, port }) => { tell(reader, "take", port, { transfer: [port] }); };
    `,
  });
  const reader = await spawn("nano:reader", {
    cpuMs: 10_000,
    source: `
      export const stall = (flags) => {
        Atomics.store(flags, 0, 1);
        while (Atomics.load(flags, 1) === 0);
      };
      let got = 0;
      export const take = (port) => { port.onmessage = () => got++; };
      export const count = () => got;
    `,
  });
  const flags = new Int32Array(new SharedArrayBuffer(8));
  const stalled = ask(reader, "stall", flags);
  while (Atomics.load(flags, 0) === 0) await soon();
  const { port1, port2 } = new MessageChannel();
  await ask(sender, "pass", { reader, port: port2 }, { transfer: [port2] });
  sender.kill();
  for (let i = 0; i < 50; i++) port1.postMessage("x".repeat(1_000));
  Atomics.store(flags, 1, 1);
  await stalled;
  while ((await ask(reader, "count")) < 50) await soon();
  port1.close();
  reader.kill();
}, "what comes to a port in an isolate's mailbox counts for that isolate, not for who sent the port");
