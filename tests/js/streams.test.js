// What web-platform-tests does not look at: that a program's changes to built-ins reach nothing, that streams hold no
// more than their strategies say, and that what is cancelled lets go of its source.

import {
  assert_array_equals, assert_equals, assert_false, assert_true, assert_unreached, delay,
  promise_rejects_exactly, promise_rejects_js, promise_test, test,
} from "./harness.js";

export { run } from "./harness.js";

// Runs `body` with properties replaced, and puts them back before anything is awaited.
function patched(changes, body) {
  const kept = changes.map(([object, key]) => Object.getOwnPropertyDescriptor(object, key));
  for (const [object, key, descriptor] of changes) {
    Object.defineProperty(object, key, { configurable: true, ...descriptor });
  }
  try {
    return body();
  } finally {
    changes.forEach(([object, key], i) => {
      if (kept[i] === undefined) delete object[key];
      else Object.defineProperty(object, key, kept[i]);
    });
  }
}

const reason = new Error("the reason");
const fail = () => { throw new Error("patched"); };
const throwing = { get: fail, set: fail };

const everything = [
  [Promise.prototype, "then", { value: fail }],
  [Promise, "resolve", { value: fail }],
  [Promise, "reject", { value: fail }],
  [Array.prototype, Symbol.iterator, { value: fail }],
  [Array.prototype, "push", { value: fail }],
  [Array.prototype, "shift", { value: fail }],
  [Array.prototype, "0", throwing],
  [Array.prototype, "1", throwing],
  [Object.prototype, "highWaterMark", { set: fail }],
  [Object.prototype, "size", { set: fail }],
  [Object.prototype, "value", { set: fail }],
  [Object.prototype, "done", { set: fail }],
  [Object.prototype, "0", throwing],
  [Object.prototype, "next", { set: fail }],
  [Function.prototype, "call", { value: fail }],
  [Function.prototype, "apply", { value: fail }],
  [Function.prototype, "bind", { value: fail }],
  [Reflect, "apply", { value: fail }],
  [Uint8Array.prototype, "constructor", throwing],
  [ArrayBuffer.prototype, "slice", { value: fail }],
  [ArrayBuffer.prototype, "transfer", { value: fail }],
  [ArrayBuffer, Symbol.species, throwing],
  [Object.getPrototypeOf(Uint8Array), Symbol.species, throwing],
  [Object.getPrototypeOf(Uint8Array.prototype), "set", { value: fail }],
  [Object.getPrototypeOf(Uint8Array.prototype), "subarray", { value: fail }],
];

// Leaves the built-ins patched for as long as the streams that `body` makes work. Nothing is awaited meanwhile: that
// would ask the patched promises.
function whilePatched(body) {
  const { setTimeout } = globalThis;
  const { defineProperty } = Object;
  const kept = everything.map(([object, key]) => Object.getOwnPropertyDescriptor(object, key));
  const changed = everything.map(([, , change]) => ({ __proto__: null, configurable: true, ...change }));
  let thrown = null;
  const begin = () => {
    for (let i = 0; i < changed.length; i++) defineProperty(everything[i][0], everything[i][1], changed[i]);
    try {
      body();
    } catch (error) {
      thrown = error;
    }
  };
  const end = () => {
    for (let i = 0; i < changed.length; i++) {
      if (kept[i] === undefined) delete everything[i][0][everything[i][1]];
      else defineProperty(everything[i][0], everything[i][1], kept[i]);
    }
  };
  return new Promise((resolve, reject) => {
    setTimeout(begin, 1);
    setTimeout(() => {
      end();
      if (thrown === null) resolve();
      else reject(thrown);
    }, 50);
  });
}

promise_test(async () => {
  let written = 0;
  let closed = false;
  await whilePatched(() => {
    let i = 0;
    const source = new ReadableStream({
      pull(controller) {
        if (i++ < 100) controller.enqueue(i);
        else controller.close();
      },
    });
    source
      .pipeThrough(new TransformStream())
      .pipeThrough(new TransformStream({ transform(chunk, controller) { controller.enqueue(chunk); } }))
      .pipeTo(new WritableStream({
        write() { written++; },
        close() { closed = true; },
      }));
  });
  assert_equals(written, 100);
  assert_true(closed);
}, "a pipe through transforms works with patched built-ins");

promise_test(async () => {
  const chunks = { first: 0, second: 0 };
  await whilePatched(() => {
    let i = 0;
    const branches = new ReadableStream({
      type: "bytes",
      pull(controller) {
        if (i++ < 20) controller.enqueue(new Uint8Array(10));
        else controller.close();
      },
    }).tee();
    branches[0].pipeTo(new WritableStream({ write(chunk) { chunks.first += chunk.byteLength; } }));
    branches[1].pipeTo(new WritableStream({ write(chunk) { chunks.second += chunk.byteLength; } }));
  });
  assert_equals(chunks.first, 200);
  assert_equals(chunks.second, 200);
}, "a byte stream is teed with patched built-ins");

promise_test(async () => {
  let i = 0;
  const stream = new ReadableStream({ pull(controller) { controller.enqueue(i++); } });
  const reader = stream.getReader();
  const reads = patched(
    [[Promise.prototype, "then", { value: fail }], [Promise.prototype, "constructor", throwing]],
    () => [reader.read(), reader.read(), reader.read()],
  );
  for (let k = 0; k < 3; k++) {
    const { value, done } = await reads[k];
    assert_equals(value, k);
    assert_false(done);
  }
}, "reads that were begun with a patched promise are answered");

promise_test(async () => {
  const size = 65536;
  const total = 256 * 1024 * 1024;
  let left = total / size;
  async function* generate() {
    while (left-- > 0) yield new Uint8Array(size);
  }
  let written = 0;
  let highest = 0;
  await ReadableStream.from(generate())
    .pipeThrough(new TransformStream({
      transform(chunk, controller) { controller.enqueue(chunk.subarray(0)); },
    }))
    .pipeTo(new WritableStream({
      write(chunk) {
        written += chunk.byteLength;
        const ahead = total / size - left - written / size;
        if (ahead > highest) highest = ahead;
      },
    }));
  assert_equals(written, total);
  assert_true(highest < 8, `${highest} chunks were on their way`);
}, "256 MiB go through a TransformStream in constant memory");

promise_test(async () => {
  let pulled = 0;
  const source = new ReadableStream({ pull(controller) { controller.enqueue(pulled++); } });
  let release;
  const stalled = new Promise((resolve) => { release = resolve; });
  const controller = new AbortController();
  const pipe = source
    .pipeThrough(new TransformStream())
    .pipeThrough(new TransformStream())
    .pipeThrough(new TransformStream())
    .pipeTo(new WritableStream({ write: () => stalled }), { signal: controller.signal });
  await delay(20);
  assert_true(pulled < 12, `${pulled} chunks were pulled`);
  const before = pulled;
  await delay(20);
  assert_equals(pulled, before);
  controller.abort(new TypeError("enough"));
  release();
  await promise_rejects_js(TypeError, pipe);
}, "a sink that stalls stops the source");

promise_test(async () => {
  let ended = false;
  async function* generate() {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      ended = true;
    }
  }
  const controller = new AbortController();
  let written = 0;
  const reason = new TypeError("enough");
  const pipe = ReadableStream.from(generate())
    .pipeThrough(new TransformStream())
    .pipeTo(new WritableStream({
      write() { if (++written === 10) controller.abort(reason); },
    }), { signal: controller.signal });
  const error = await promise_rejects_js(TypeError, pipe);
  assert_equals(error, reason);
  await delay(5);
  assert_true(ended);
}, "a pipe that is aborted ends the generator at its source");

promise_test(async () => {
  const reason = { name: "reason" };
  let cancelledWith;
  const source = new ReadableStream({
    pull(controller) { controller.enqueue(1); },
    cancel(why) { cancelledWith = why; },
  });
  const pipe = source
    .pipeThrough(new TransformStream())
    .pipeThrough(new TransformStream())
    .pipeTo(new WritableStream({ write() { throw reason; } }));
  let error;
  await pipe.catch((thrown) => { error = thrown; });
  await delay(5);
  assert_equals(error, reason);
  assert_equals(cancelledWith, reason);
}, "an error of the sink reaches the source through transforms as it is");

promise_test(async () => {
  let i = 0;
  const stream = new ReadableStream({
    async pull(controller) {
      await delay(1);
      if (i < 5) controller.enqueue(i++);
      else controller.close();
    },
  });
  const iterator = stream.values();
  const first = [iterator.next(), iterator.next(), iterator.next()];
  const results = [await first[0]];
  // While two are on their way.
  const more = [iterator.next(), iterator.next(), iterator.next(), iterator.next()];
  results.push(...await Promise.all([first[1], first[2], ...more]));
  assert_array_equals(results.map(({ value }) => value), [0, 1, 2, 3, 4, undefined, undefined]);
  assert_array_equals(results.map(({ done }) => done), [false, false, false, false, false, true, true]);
  assert_false(stream.locked);
}, "an iterator that is asked many times at once answers in order");

promise_test(async () => {
  // More chunks than a segment of the queue holds, and sizes beside them.
  for (const strategy of [{ highWaterMark: 0 }, { highWaterMark: 10, size: (chunk) => chunk % 7 }]) {
    let controller;
    const stream = new ReadableStream({ start(given) { controller = given; } }, strategy);
    const reader = stream.getReader();
    let next = 0;
    let sum = 0;
    for (let i = 0; i < 1000; i++) {
      controller.enqueue(i);
      sum += i;
      if (i % 3 === 0) {
        const { value } = await reader.read();
        assert_equals(value, next++);
        sum -= value;
      }
    }
    controller.close();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      assert_equals(value, next++);
      sum -= value;
    }
    assert_equals(next, 1000);
    assert_equals(sum, 0);
    assert_equals(controller.desiredSize, 0);
  }
}, "a queue keeps its order and its size while it grows and shrinks");

promise_test(async () => {
  const order = [];
  const writer = new WritableStream({ write() {} }).getWriter();
  await writer.ready;
  const write = writer.write(1).then(() => order.push("write"));
  const ready = writer.ready.then(() => order.push("ready"));
  await Promise.all([write, ready]);
  assert_array_equals(order, ["write", "ready"]);
}, "a write ends before the writer is ready again");

promise_test(async () => {
  const source = new ReadableStream({
    type: "bytes",
    pull(controller) {
      const { view } = controller.byobRequest;
      new Uint8Array(view.buffer, view.byteOffset, view.byteLength).fill(1);
      controller.byobRequest.respond(view.byteLength);
    },
  });
  const reader = source.getReader({ mode: "byob" });
  const kinds = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
    BigInt64Array, BigUint64Array, Float16Array, Float32Array, Float64Array, DataView];
  for (const Kind of kinds) {
    const buffer = new ArrayBuffer(32);
    const view = Kind === DataView ? new DataView(buffer, 8, 16) : new Kind(buffer, 8, 16 / Kind.BYTES_PER_ELEMENT);
    const { value } = await reader.read(view);
    assert_equals(value.constructor, Kind);
    assert_equals(value.byteOffset, 8);
    assert_equals(value.byteLength, 16);
    assert_equals(value.buffer.byteLength, 32);
    assert_true(buffer.detached);
  }
}, "every kind of view is read into and comes back as what it was");

promise_test(async () => {
  const source = new ReadableStream({ type: "bytes", pull() { assert_unreached(); } }, { highWaterMark: 0 });
  const reader = source.getReader({ mode: "byob" });
  const shared = new Uint8Array(new SharedArrayBuffer(8));
  const resizable = new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 }));
  const immutable = new Uint8Array(new ArrayBuffer(8).transferToImmutable());
  for (const view of [shared, resizable, immutable]) {
    await promise_rejects_js(TypeError, reader.read(view));
  }
}, "buffers that cannot be taken are not read into");

test(() => {
  class Mine extends ReadableStream { mine = true; }
  const stream = new Mine();
  assert_true(stream.mine && stream instanceof ReadableStream);
  assert_equals(Object.prototype.toString.call(stream), "[object ReadableStream]");
}, "streams can be subclassed");

promise_test(async () => {
  let terminated;
  const stream = new TransformStream({ start(c) { terminated = c; } }, undefined, { highWaterMark: 5 });
  terminated.enqueue(1);
  terminated.terminate();
  await stream.readable.cancel("why");

  const { promise, reject } = Promise.withResolvers();
  const failing = new TransformStream({ transform: () => promise }, undefined, { highWaterMark: 5 });
  const writer = failing.writable.getWriter();
  writer.closed.catch(() => {});
  const written = writer.write(1);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const aborted = writer.abort("why");
  reject("failed");
  await promise_rejects_exactly("failed", written);
  await promise_rejects_exactly("failed", aborted);
}, "a transform stream is given up though its transformer has been");

promise_test(async () => {
  const returned = [];
  const iterable = () => ({
    [Symbol.iterator]() {
      return this;
    },
    next: () => ({ done: false, value: 1 }),
    return(reason) {
      returned.push(reason);
      return { done: true };
    },
  });
  const sources = [iterable(), { [Symbol.asyncIterator]: iterable()[Symbol.iterator], ...iterable() }];
  const species = Object.getOwnPropertyDescriptor(Promise, Symbol.species);
  Object.defineProperty(Promise, Symbol.species, {
    configurable: true,
    value: function (executor) {
      executor(() => {}, () => {});
    },
  });
  let cancelled;
  try {
    cancelled = sources.map((source) => ReadableStream.from(source).cancel("why"));
  } finally {
    Object.defineProperty(Promise, Symbol.species, species);
  }
  assert_array_equals(await Promise.all(cancelled), [undefined, undefined]);
  assert_array_equals(returned, ["why", "why"]);
}, "an iterator's end is no promise of the program's class");

promise_test(async () => {
  const nest = (stream) => {
    for (let i = 0; i < 5_000; i++) stream = ReadableStream.from(stream);
    return stream;
  };
  const chunks = [];
  for await (const chunk of nest(ReadableStream.from(["a", "b"]))) chunks.push(chunk);
  assert_array_equals(chunks, ["a", "b"]);
  let cancelledWith;
  const reader = nest(new ReadableStream({ cancel: (reason) => { cancelledWith = reason; } })).getReader();
  const read = reader.read();
  await reader.cancel("enough");
  assert_true((await read).done);
  assert_equals(cancelledWith, "enough");
}, "streams made of streams may lie as deep as a program likes");

promise_test(async () => {
  for (const type of [undefined, "bytes"]) {
    let controller;
    let stream = new ReadableStream({ type, start(its) { controller = its; } });
    for (let i = 0; i < 5_000; i++) stream = stream.tee()[0];
    const reader = stream.getReader();
    const read = reader.read();
    controller.enqueue(new Uint8Array(3));
    assert_equals((await read).value.length, 3);
    controller.close();
    assert_true((await reader.read()).done);
  }
}, "branches of branches may be as many as a program likes");

// Nothing is awaited meanwhile: that would ask for the constructor too.
const outcomes = async (begin) => {
  const { then } = Promise.prototype;
  const kept = Object.getOwnPropertyDescriptor(Promise.prototype, "constructor");
  const species = Object.getOwnPropertyDescriptor(Promise, Symbol.species);
  const unhandled = [];
  const note = (event) => {
    event.preventDefault();
    unhandled.push(event.reason);
  };
  addEventListener("unhandledrejection", note);
  const throwing = { configurable: true, get() { throw new Error("asked for"); } };
  const found = {};
  const expect = (name, promise) => {
    found[name] = "pending";
    const own = { __proto__: null, value: Promise };
    Object.defineProperty(promise, "constructor", own);
    Object.defineProperty(Promise, Symbol.species, { value: undefined, configurable: true });
    Reflect.apply(then, promise, [
      (value) => { found[name] = value; },
      (error) => { found[name] = error; },
    ]);
    Object.defineProperty(Promise, Symbol.species, throwing);
  };
  const all = Promise.withResolvers();
  const restore = () => {
    Object.defineProperty(Promise.prototype, "constructor", kept);
    Object.defineProperty(Promise, Symbol.species, species);
  };
  setTimeout(() => {
    Object.defineProperty(Promise.prototype, "constructor", throwing);
    Object.defineProperty(Promise, Symbol.species, throwing);
    try {
      begin(expect);
    } catch (error) {
      restore();
      all.reject(error);
      return;
    }
    setTimeout(() => {
      restore();
      all.resolve();
    }, 50);
  });
  await all.promise;
  await delay(0);
  removeEventListener("unhandledrejection", note);
  assert_array_equals(unhandled, []);
  return found;
};

promise_test(async () => {
  const failure = new RangeError("mine");
  const fail = () => { throw failure; };
  const closed = [];
  const found = await outcomes((expect) => {
    // Answers that are no promises, and errors.
    expect("pull", new ReadableStream({ pull(c) { c.enqueue("chunk"); return 5; }, start: () => 5 }).getReader().read());
    expect("pull fails", new ReadableStream({ pull: fail }).getReader().read());
    expect("cancel", new ReadableStream({ cancel: () => 5 }).cancel());
    expect("cancel fails", new ReadableStream({ cancel: fail }).cancel());
    const writer = new WritableStream({ start: () => 5, write: () => 5, close: () => 5 }).getWriter();
    expect("write", writer.write(0));
    expect("close", writer.close());
    expect("write fails", new WritableStream({ write: fail }).getWriter().write(0));
    expect("abort", new WritableStream({ abort: () => 5 }).abort());
    // What nobody asks for is handled.
    const released = new ReadableStream().getReader();
    released.closed;
    released.releaseLock();
    new WritableStream({ start: (c) => c.error(failure) }).getWriter().ready;
    // Pipes.
    const source = (end) => new ReadableStream({ start(c) { c.enqueue(1); end(c); } });
    expect("pipe", source((c) => c.close())
      .pipeThrough(new TransformStream({ start: () => 5, transform: (chunk, c) => { c.enqueue(chunk); return 5; } }))
      .pipeTo(new WritableStream({ close: () => { closed.push("pipe"); } })));
    expect("pipe fails", source((c) => c.error(failure))
      .pipeTo(new WritableStream({ abort: (reason) => { closed.push(reason.message); } })));
    expect("pipe to a failure", new ReadableStream({ pull: (c) => c.enqueue(0), cancel: (reason) => { closed.push(reason.message); } })
      .pipeThrough(new TransformStream({ transform: fail })).getReader().read());
    const aborted = new AbortController();
    expect("pipe aborted", new ReadableStream({ cancel: () => { closed.push("source"); } })
      .pipeTo(new WritableStream({ abort: () => { closed.push("sink"); } }), { signal: aborted.signal }));
    aborted.abort(failure);
    // Branches, iterators, from().
    const [first, second] = new ReadableStream({ cancel: () => 5 }).tee();
    expect("first", first.cancel());
    expect("second", second.cancel());
    const iterator = source((c) => c.close()).values();
    expect("next", iterator.next());
    expect("next of two", iterator.next());
    expect("return", iterator.return("value"));
    expect("return at once", new ReadableStream().values().return("value"));
    const list = ReadableStream.from(["a", { b: 1 }]).getReader();
    expect("from", list.read());
    expect("from object", list.read());
    expect("from end", list.read());
    const results = { next: () => ({ value: "c", done: false }), return: () => ({}), [Symbol.asyncIterator]: () => results };
    expect("from results", ReadableStream.from(results).getReader().read());
    expect("from cancelled", ReadableStream.from(results).cancel());
    const original = new ReadableStream({ pull(c) { c.enqueue("moved"); } });
    expect("transferred", structuredClone(original, { transfer: [original] }).getReader().read());
    expect("decompressed", new Response(new Blob(["text"]).stream()
      .pipeThrough(new CompressionStream("gzip")).pipeThrough(new DecompressionStream("gzip"))).text());
  });
  const values = Object.entries(found).map(([name, value]) => {
    if (value === failure) return `${name}: failure`;
    return `${name}: ${value instanceof Error ? value : JSON.stringify(value?.value ?? value?.done ?? value)}`;
  });
  assert_array_equals(values, [
    "pull: \"chunk\"", "pull fails: failure", "cancel: undefined", "cancel fails: failure", "write: undefined",
    "close: undefined", "write fails: failure", "abort: undefined", "pipe: undefined", "pipe fails: failure",
    "pipe to a failure: failure", "pipe aborted: failure", "first: undefined", "second: undefined", "next: 1",
    "next of two: true", "return: \"value\"", "return at once: \"value\"", "from: \"a\"", "from object: {\"b\":1}",
    "from end: true", "from results: \"c\"", "from cancelled: undefined", "transferred: \"moved\"",
    "decompressed: \"text\"",
  ]);
  assert_array_equals(closed.sort(), ["mine", "mine", "pipe", "sink", "source"]);
}, "streams do not ask promises for a constructor that the program has replaced");

promise_test(async () => {
  for (const make of [
    () => new TransformStream(),
    () => new TransformStream({ cancel: () => delay(5) }),
    () => new TransformStream({ cancel() { throw reason; } }),
    () => new TextDecoderStream(),
    () => new CompressionStream("gzip"),
  ]) {
    const { readable, writable } = make();
    const writer = writable.getWriter();
    const reader = readable.getReader();
    // So that there is no backpressure.
    const read = reader.read();
    await delay(0);
    const cancelled = reader.cancel(reason).catch((error) => error);
    const written = writer.write(new Uint8Array(3));
    assert_true((await read).done);
    await promise_rejects_exactly(reason, written);
    await promise_rejects_exactly(reason, writer.closed);
    await cancelled;
  }
}, "a write while a TransformStream is being cancelled fails with it");

promise_test(async () => {
  const { readable, writable } = new TransformStream();
  const reader = readable.getReader();
  await delay(0);
  const written = writable.getWriter().write("chunk");
  await delay(0);
  // Lets the write go on, but only in a microtask.
  const read = reader.read();
  const cancelled = reader.cancel(reason);
  assert_true((await read).done);
  await promise_rejects_exactly(reason, written);
  await cancelled;
}, "a write that was about to go on as a TransformStream was cancelled fails with it");

promise_test(async () => {
  for (let count = 1; count < 12; count++) {
    let given;
    let stream = new ReadableStream({
      pull(controller) { controller.enqueue(new Uint8Array(1000)); },
      cancel(why) { given = why; },
    });
    for (let i = 0; i < count; i++) stream = stream.pipeThrough(new TransformStream());
    await stream.cancel(reason);
    while (given === undefined) await delay(0);
    assert_equals(given, reason, count);
  }
}, "cancelling a pipeline of any length reaches the source, with the reason");

promise_test(async () => {
  let pulls = 0;
  const [first, second] = new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (pulls++ === 0) controller.enqueue(new Uint8Array(4));
      else controller.error(reason);
    },
  }, { highWaterMark: 1 }).tee();
  await delay(0);
  const read = first.getReader({ mode: "byob" }).read(new Uint8Array(8));
  await promise_rejects_exactly(reason, read);
  await promise_rejects_exactly(reason, second.getReader().read());
}, "a teed byte stream may fail between a chunk and the answer to who asked for it");
