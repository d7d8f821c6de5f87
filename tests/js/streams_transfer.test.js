// Streams that are transferred, by structuredClone and over a MessageChannel. web-platform-tests has its tests of that
// for windows alone.

import {
  assert_array_equals, assert_equals, assert_false, assert_throws_dom, assert_true, delay, promise_rejects_dom,
  promise_rejects_js, promise_test, test,
} from "./harness.js";

export { run } from "./harness.js";

const move = (stream) => structuredClone(stream, { transfer: [stream] });

async function readAll(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

promise_test(async () => {
  let pulled = 0;
  const original = new ReadableStream({
    pull(controller) {
      if (pulled++ < 5) controller.enqueue({ number: pulled });
      else controller.close();
    },
  });
  const moved = move(original);
  assert_true(original.locked);
  assert_false(moved.locked);
  assert_true(moved instanceof ReadableStream);
  const chunks = await readAll(moved);
  assert_array_equals(chunks.map(({ number }) => number), [1, 2, 3, 4, 5]);
}, "a readable stream's chunks are clones");

promise_test(async () => {
  let cancelledWith;
  const original = new ReadableStream({
    pull(controller) { controller.enqueue(1); },
    cancel(reason) { cancelledWith = reason; },
  });
  const reader = move(original).getReader();
  await reader.read();
  await reader.cancel("enough");
  await delay(20);
  assert_equals(cancelledWith, "enough");
}, "cancelling what arrived cancels the source");

promise_test(async () => {
  const original = new ReadableStream({ start(controller) { controller.error(new RangeError("no")); } });
  const error = await promise_rejects_js(RangeError, move(original).getReader().read());
  assert_equals(error.message, "no");
}, "an error arrives as a clone of itself");

promise_test(async () => {
  let pulled = 0;
  const original = new ReadableStream({ pull(controller) { controller.enqueue(pulled++); } });
  const reader = move(original).getReader();
  await delay(20);
  assert_true(pulled < 4, `${pulled} chunks without a reader`);
  for (let i = 0; i < 10; i++) assert_equals((await reader.read()).value, i);
  await delay(10);
  assert_true(pulled < 14, `${pulled} chunks for 10 reads`);
  await reader.cancel();
}, "what nobody reads is not sent");

promise_test(async () => {
  let cancelled;
  const original = new ReadableStream({
    start(controller) { controller.enqueue(() => {}); },
    cancel(reason) { cancelled = reason; },
  });
  await promise_rejects_dom("DataCloneError", move(original).getReader().read());
  await delay(10);
  assert_equals(cancelled.name, "DataCloneError");
}, "a chunk that cannot be cloned fails both ends");

promise_test(async () => {
  const written = [];
  let closed = false;
  const original = new WritableStream({
    write(chunk) { written.push(chunk); },
    close() { closed = true; },
  });
  const moved = move(original);
  assert_true(original.locked);
  const writer = moved.getWriter();
  for (let i = 0; i < 5; i++) await writer.write(i);
  await writer.close();
  await delay(20);
  assert_array_equals(written, [0, 1, 2, 3, 4]);
  assert_true(closed);
}, "a writable stream is written to from afar");

promise_test(async () => {
  let aborted;
  const moved = move(new WritableStream({ abort(reason) { aborted = reason; } }));
  await moved.abort("enough");
  await delay(20);
  assert_equals(aborted, "enough");
}, "aborting what arrived aborts the sink");

promise_test(async () => {
  const moved = move(new WritableStream({ write() { throw new RangeError("full"); } }));
  const writer = moved.getWriter();
  writer.write(1).catch(() => {});
  const error = await promise_rejects_js(RangeError, writer.closed);
  assert_equals(error.message, "full");
}, "an error of the sink arrives");

promise_test(async () => {
  const original = new TransformStream({
    transform(chunk, controller) { controller.enqueue(chunk * 2); },
  });
  const { readable, writable } = move(original);
  assert_true(original.readable.locked && original.writable.locked);
  const writer = writable.getWriter();
  const read = readAll(readable);
  for (let i = 0; i < 5; i++) await writer.write(i);
  await writer.close();
  assert_array_equals(await read, [0, 2, 4, 6, 8]);
}, "a transform stream travels whole");

promise_test(async () => {
  const { port1, port2 } = new MessageChannel();
  const arrived = new Promise((resolve) => { port2.onmessage = ({ data }) => resolve(data); });
  const original = new ReadableStream({
    start(controller) {
      controller.enqueue("a");
      controller.enqueue("b");
      controller.close();
    },
  });
  port1.postMessage({ stream: original }, [original]);
  const { stream } = await arrived;
  // And on from there.
  assert_array_equals(await readAll(move(stream)), ["a", "b"]);
  port1.close();
}, "a stream goes along with a message, and on from where it came to");

function worker(body) {
  return new Worker(`data:text/javascript,${encodeURIComponent(body)}`, { type: "module" });
}

promise_test(async () => {
  const reader = worker(`
    self.onmessage = async ({ data: { readable, writable } }) => {
      const writer = writable.getWriter();
      for await (const chunk of readable) await writer.write(chunk.length);
      await writer.close();
    };
  `);
  let left = 50;
  const readable = new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(left));
      else controller.close();
    },
  });
  const { readable: lengths, writable } = new TransformStream();
  reader.postMessage({ readable, writable }, [readable, writable]);
  const all = await readAll(lengths);
  reader.terminate();
  assert_equals(all.length, 50);
  assert_equals(all[0], 49);
  assert_equals(all[49], 0);
}, "a worker reads a stream and writes another");

promise_test(async () => {
  const source = worker(`
    let left = 5;
    const stream = new ReadableStream({
      pull(controller) {
        if (left-- > 0) controller.enqueue(left);
        else controller.close();
      },
    });
    postMessage(stream, [stream]);
  `);
  const { data } = await new Promise((resolve) => { source.onmessage = resolve; });
  await delay(20);
  assert_array_equals(await readAll(data), [4, 3, 2, 1, 0]);
}, "a worker that has nothing else to do stays for what its stream has to give");

promise_test(async () => {
  const sink = worker(`
    const chunks = [];
    const stream = new WritableStream({
      write(chunk) { chunks.push(chunk); },
      close() { postMessage(chunks); },
    });
    postMessage(stream, [stream]);
  `);
  const { data } = await new Promise((resolve) => { sink.onmessage = resolve; });
  const chunks = new Promise((resolve) => { sink.onmessage = ({ data }) => resolve(data); });
  const writer = data.getWriter();
  for (let i = 0; i < 3; i++) {
    await delay(10);
    await writer.write(i);
  }
  await writer.close();
  assert_array_equals(await chunks, [0, 1, 2]);
}, "a worker that has nothing else to do stays for what its stream is given");

promise_test(async () => {
  const source = worker(`
    const stream = new ReadableStream({ pull: () => new Promise(() => {}) });
    postMessage(stream, [stream]);
  `);
  const { data } = await new Promise((resolve) => { source.onmessage = resolve; });
  await promise_rejects_js(TypeError, data.getReader().read());
}, "a stream whose source can give nothing any more fails");

promise_test(async () => {
  const reader = worker(`
    self.onmessage = async ({ data }) => {
      const reader = data.getReader();
      await reader.read();
      self.postMessage("read");
      await new Promise(() => {});
    };
  `);
  const cancelled = new Promise((cancel) => {
    const stream = new ReadableStream({ pull(controller) { controller.enqueue(1); }, cancel });
    reader.postMessage(stream, [stream]);
  });
  await new Promise((resolve) => { reader.onmessage = resolve; });
  reader.terminate();
  const reason = await cancelled;
  assert_true(reason instanceof TypeError);
}, "a stream whose reader is gone lets go of its source");

test(() => {
  const stream = new ReadableStream();
  stream.getReader();
  assert_throws_dom("DataCloneError", () => move(stream));
  assert_throws_dom("DataCloneError", () => structuredClone(new ReadableStream()));
  const transform = new TransformStream();
  transform.writable.getWriter();
  assert_throws_dom("DataCloneError", () => move(transform));
  assert_false(transform.readable.locked);
}, "a locked stream stays where it is, and none is cloned");

promise_test(async () => {
  const reasons = [];
  const drop = () => {
    move(new ReadableStream({ cancel: (reason) => reasons.push(reason) }));
    move(new WritableStream({ abort: (reason) => reasons.push(reason) }));
  };
  for (let i = 0; i < 10; i++) drop();
  for (let i = 0; reasons.length < 10 && i < 200; i++) {
    Array.from({ length: 100_000 }, () => ({}));
    await delay(0);
  }
  assert_true(reasons.length >= 10, `${reasons.length} of 20`);
  assert_true(reasons.every((reason) => reason instanceof TypeError));
}, "what arrived and was dropped is closed");

promise_test(async () => {
  const { promise, resolve } = Promise.withResolvers();
  const slow = new ReadableStream({
    async pull(controller) {
      await delay(100);
      controller.enqueue(1);
      controller.close();
    },
  });
  (() => {
    move(slow).getReader().read().then(resolve);
  })();
  for (let i = 0; i < 20; i++) {
    Array.from({ length: 100_000 }, () => ({}));
    await delay(0);
  }
  assert_equals((await promise).value, 1);
}, "what is waited for comes though nobody refers to the stream");

promise_test(async () => {
  const post = async (stream, isLate) => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(stream, [stream]);
    // By then nothing of the stream is left where it was.
    if (isLate) await delay(20);
    const arrived = await new Promise((resolve) => { port2.onmessage = ({ data }) => resolve(data); });
    port1.close();
    return arrived;
  };
  const failing = { start(controller) { controller.error(new RangeError("no")); } };
  for (const isLate of [false, true]) {
    for (const stream of [new Response("").body, new Blob([]).stream(), ReadableStream.from([])]) {
      assert_equals((await readAll(await post(stream, isLate))).length, 0);
    }
    const read = (await post(new ReadableStream(failing), isLate)).getReader().read();
    assert_equals((await promise_rejects_js(RangeError, read)).message, "no");
    const { closed } = (await post(new WritableStream(failing), isLate)).getWriter();
    assert_equals((await promise_rejects_js(RangeError, closed)).message, "no");
  }
}, "a stream that has ended or failed arrives as that");

promise_test(async () => {
  const text = `
    onmessage = async ({ data }) => {
      const read = await new Response(data).text().catch(String);
      const { body } = new Response("");
      postMessage([read, body], [body]);
    };
  `;
  for (let i = 0; i < 10; i++) {
    const worker = new Worker(`data:text/javascript,${encodeURIComponent(text)}`);
    const { body } = new Response("");
    worker.postMessage(body, [body]);
    const [read, answer] = await new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data); });
    assert_equals(read, "");
    assert_equals(await new Response(answer).text(), "");
    worker.terminate();
  }
}, "an empty body goes to a worker and back");
