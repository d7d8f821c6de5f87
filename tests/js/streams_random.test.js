// Random uses of streams: whatever is read, written, cancelled, aborted, piped, teed and transferred in whatever order,
// what fails does so with an error that a program can understand, never with one of the streams' own making; and what
// answers with a promise never throws.

import { assert_array_equals, delay, promise_test } from "./harness.js";

export { run } from "./harness.js";

const CASES = 1500;
const STEPS = 25;
const PULLS = 60;

// mulberry32: the same cases in each run.
class Random {
  constructor(seed) { this.state = seed; }
  below(n) {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }
  once(n) { return this.below(n) === 0; }
  of(list) { return list[this.below(list.length)]; }
}

const task = () => delay(0);
const microtasks = async (count) => { for (let i = 0; i < count; i++) await undefined; };

// What no program has done. Messages of V8's for mistakes in code, with frames of an internal file first.
const isInternal = (error) => error instanceof TypeError && /\n +at [^\n]*\(?nano:/.test(error.stack.split("\n", 2).join("\n")) &&
  /^Cannot (read|set) |is not (a function|iterable|defined|an object)$|^(null|undefined)/.test(error.message);

class Case {
  readables = [];
  writables = [];
  readers = [];
  writers = [];
  controllers = [];
  pulls = 0;
  found = [];

  constructor(seed) {
    this.seed = seed;
    this.random = new Random(seed);
  }

  look(what, error) {
    if (isInternal(error)) this.found.push(`case ${this.seed}: ${what}: ${error.stack}`);
  }

  // A call of something that answers with a promise.
  promised(what, call) {
    try {
      call()?.catch((error) => this.look(what, error));
    } catch (error) {
      this.found.push(`case ${this.seed}: ${what} has thrown ${error.stack}`);
    }
  }

  // A call of something that may throw.
  tried(what, call) {
    try {
      return call();
    } catch (error) {
      this.look(what, error);
      return undefined;
    }
  }

  // What an algorithm of the program's answers with.
  answer() {
    switch (this.random.below(6)) {
      case 0: return microtasks(this.random.below(5));
      case 1: return task();
      case 2: return Promise.reject(new Error("answered"));
      default: return undefined;
    }
  }

  chunk() {
    return this.random.once(2) ? "text" : new Uint8Array(1 + this.random.below(9));
  }

  bytes() {
    return {
      type: "bytes",
      autoAllocateChunkSize: this.random.of([undefined, 10]),
      start: (controller) => { this.controllers.push(controller); },
      pull: (controller) => {
        const { byobRequest } = controller;
        const what = this.random.below(6);
        if (++this.pulls > PULLS || what === 0) controller.error(new Error("bytes"));
        else if (what === 1) {
          controller.close();
          byobRequest?.respond(0);
        } else if (byobRequest === null) controller.enqueue(new Uint8Array(1 + this.random.below(20)));
        else if (what > 2) byobRequest.respond(Math.min(byobRequest.view.byteLength, 1 + this.random.below(3)));
        return this.answer();
      },
      cancel: () => this.answer(),
    };
  }

  source() {
    return {
      start: (controller) => { this.controllers.push(controller); },
      pull: (controller) => {
        const what = this.random.below(8);
        if (++this.pulls > PULLS || what === 0) controller.error(new Error("pulled"));
        else if (what === 1) controller.close();
        else controller.enqueue(this.chunk());
        return this.answer();
      },
      cancel: () => this.answer(),
    };
  }

  sink() {
    return {
      start: (controller) => { this.controllers.push(controller); return this.answer(); },
      write: () => { if (this.random.once(9)) throw new Error("written"); return this.answer(); },
      close: () => this.answer(),
      abort: () => this.answer(),
    };
  }

  transformer() {
    return {
      start: (controller) => { this.controllers.push(controller); return this.answer(); },
      transform: (chunk, controller) => {
        const what = this.random.below(10);
        if (what === 0) throw new Error("transformed");
        else if (what === 1) controller.terminate();
        else if (what === 2) controller.error(new Error("controlled"));
        else controller.enqueue(chunk);
        return this.answer();
      },
      flush: () => this.answer(),
      cancel: () => this.answer(),
    };
  }

  strategy() {
    return { highWaterMark: this.random.below(3) };
  }

  pair() {
    switch (this.random.below(8)) {
      case 0: return new TransformStream();
      case 1: case 2: return new TransformStream(this.transformer(), this.strategy(), this.strategy());
      case 3: return this.random.of([() => new TextEncoderStream(), () => new TextDecoderStream()])();
      case 4: return this.random.of([() => new CompressionStream("gzip"), () => new DecompressionStream("gzip")])();
      case 5: case 6:
        return {
          readable: new ReadableStream(this.bytes(), this.strategy()),
          writable: new WritableStream(this.sink(), this.strategy()),
        };
      default:
        return {
          readable: new ReadableStream(this.source(), this.strategy()),
          writable: new WritableStream(this.sink(), this.strategy()),
        };
    }
  }

  add({ readable, writable }) {
    if (readable !== undefined) this.readables.push(readable);
    if (writable !== undefined) this.writables.push(writable);
  }

  // One use of something that is there.
  step() {
    const { random } = this;
    const readable = random.of(this.readables);
    const writable = random.of(this.writables);
    const reader = random.of(this.readers);
    const writer = random.of(this.writers);
    const isBYOB = reader instanceof ReadableStreamBYOBReader;
    const uses = [
      () => this.tried("getReader", () => {
        const made = readable.getReader(random.once(3) ? { mode: "byob" } : undefined);
        made.closed.catch((error) => this.look("closed", error));
        this.readers.push(made);
      }),
      () => this.tried("getWriter", () => {
        const made = writable.getWriter();
        made.closed.catch((error) => this.look("closed", error));
        made.ready.catch((error) => this.look("ready", error));
        this.writers.push(made);
      }),
      () => this.promised("read", () => (isBYOB ? reader.read(new Uint8Array(1 + random.below(8))) : reader?.read())),
      () => this.promised("write", () => writer?.write(this.chunk())),
      () => this.tried("control", () => {
        const controller = random.of(this.controllers);
        const use = random.of(["error", "close", "terminate", "enqueue"]);
        controller?.[use]?.(use === "enqueue" ? this.chunk() : new Error("controlled"));
      }),
      () => {
        switch (random.below(7)) {
          case 0: return this.promised("close", () => writer?.close());
          case 1: return this.promised("abort", () => writer?.abort(new Error("aborted")));
          case 2: return this.promised("cancel", () => reader?.cancel(new Error("cancelled")));
          case 3: return this.promised("abort", () => writable.abort("aborted"));
          case 4: return this.promised("cancel", () => readable.cancel("cancelled"));
          case 5: return this.tried("releaseLock", () => reader?.releaseLock());
          default: return this.tried("releaseLock", () => writer?.releaseLock());
        }
      },
      () => {
        // To one that is new, so that no pipes go round in circles.
        const made = this.pair();
        const options = { preventClose: random.once(4), preventAbort: random.once(4), preventCancel: random.once(4) };
        if (random.once(2)) {
          const aborter = new AbortController();
          options.signal = aborter.signal;
          (random.once(2) ? task() : microtasks(random.below(4))).then(() => aborter.abort());
        }
        if (random.once(2)) this.promised("pipeTo", () => readable.pipeTo(made.writable, options));
        else this.tried("pipeThrough", () => readable.pipeThrough(made, options));
        this.add({ readable: made.readable });
      },
      () => this.tried("tee", () => this.readables.push(...readable.tee())),
      () => this.promised("values", async () => {
        const values = readable.values({ preventCancel: random.once(2) });
        values.next().catch((error) => this.look("next", error));
        if (random.once(2)) await values.next();
        await values.return("returned");
      }),
      () => random.once(3) && this.tried("transfer", () => {
        const stream = random.of([readable, writable]);
        const moved = structuredClone(stream, { transfer: [stream] });
        this.add(moved instanceof ReadableStream ? { readable: moved } : { writable: moved });
      }),
    ];
    random.of([...uses, uses[2], uses[2], uses[3], uses[3], uses[5]])();
  }

  async run() {
    for (let i = 0; i < 2 + this.random.below(3); i++) this.add(this.pair());
    for (let i = 0; i < STEPS; i++) {
      this.step();
      switch (this.random.below(8)) {
        case 0: await task(); break;
        case 1: case 2: await microtasks(this.random.below(6)); break;
        default:
      }
    }
    await task();
  }
}

promise_test(async () => {
  const found = [];
  let current;
  const listener = (event) => {
    event.preventDefault();
    const error = event.type === "error" ? event.error : event.reason;
    if (event.type === "error" || isInternal(error)) found.push(`case ${current.seed}: ${event.type}: ${error?.stack}`);
  };
  addEventListener("error", listener);
  addEventListener("unhandledrejection", listener);
  for (let seed = 1; seed <= CASES; seed++) {
    current = new Case(seed);
    await current.run();
    found.push(...current.found);
  }
  await task();
  removeEventListener("error", listener);
  removeEventListener("unhandledrejection", listener);
  assert_array_equals(found, []);
}, "whatever is done with streams in whatever order, no error comes from within");
