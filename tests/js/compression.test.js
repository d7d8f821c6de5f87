import { assert_equals, assert_true, promise_test, test } from "./harness.js";

export { run } from "./harness.js";

const FORMATS = ["brotli", "deflate", "deflate-raw", "gzip"];

async function collect(readable) {
  const parts = [];
  for await (const part of readable) parts.push(part);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    assert_true(part.length > 0 && part.length <= 65536);
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function through(stream, ...chunks) {
  const writer = stream.writable.getWriter();
  for (const chunk of chunks) writer.write(chunk).catch(() => {});
  writer.close().catch(() => {});
  return collect(stream.readable);
}

const outcome = (promise) => promise.then(() => "fine", (error) => error.name);

function same(a, b) {
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return a.length === b.length;
}

function sample(length) {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    bytes[i] = i % 97 < 60 ? 97 + (i % 7) : state >> 16;
  }
  return bytes;
}

for (const format of FORMATS) {
  promise_test(async () => {
    for (const length of [0, 1, 1000, 65536, 200_000]) {
      const bytes = sample(length);
      const packed = await through(new CompressionStream(format), bytes);
      const halves = [packed.subarray(0, packed.length >> 1), packed.subarray(packed.length >> 1)];
      const unpacked = await through(new DecompressionStream(format), ...halves);
            assert_true(same(unpacked, bytes), `${length} bytes`);
    }
  }, `${format} gives back what it was given`);

  promise_test(async () => {
    const packed = await through(new CompressionStream(format), sample(20_000));
    const longer = new Uint8Array(packed.length + 1);
    longer.set(packed);
    const unpack = (...chunks) => outcome(through(new DecompressionStream(format), ...chunks));
    assert_equals(await unpack(longer), "TypeError", "too long");
    assert_equals(await unpack(packed, new Uint8Array(1)), "TypeError", "a chunk too many");
    assert_equals(await unpack(packed, new Uint8Array(0)), "fine", "an empty chunk too many");
    assert_equals(await unpack(packed.subarray(0, packed.length - 1)), "TypeError", "too short");
    assert_equals(await unpack(), "TypeError", "nothing");
    for (let i = 0; i < 20; i++) {
      const bytes = packed.slice(0, 1000);
      bytes[(i * 37) % 1000] ^= 1 << i % 8;
      assert_equals(await unpack(bytes), "TypeError", "changed");
    }
  }, `${format} says what is wrong`);

  promise_test(async () => {
    const chunk = new Uint8Array(1 << 20);
    const packed = await through(new CompressionStream(format), ...new Array(4).fill(chunk));
    const stream = new DecompressionStream(format);
    const writer = stream.writable.getWriter();
    const written = outcome(writer.write(packed));
    const reader = stream.readable.getReader();
    for (let i = 0; i < 5; i++) assert_equals((await reader.read()).value.length, 65536);
    await reader.cancel("enough");
    assert_equals(await written, "fine");
    assert_equals(await writer.closed.catch((reason) => reason), "enough");
  }, `${format} unpacks no more than is read`);
}

promise_test(async () => {
  const chunk = new Uint8Array(1 << 20);
  const packed = await through(new CompressionStream("gzip"), ...new Array(3).fill(chunk));
  const source = packed.slice();
  const stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter();
  writer.write(source);
  writer.close();
  const reader = stream.readable.getReader();
  let length = (await reader.read()).value.length;
  source.buffer.transfer();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    length += value.length;
  }
  assert_equals(length, 3 << 20);
}, "a chunk may be changed once its first output is read");

// A compressor whose flush waits for the reader.
async function flushing() {
  const { readable, writable } = new CompressionStream("brotli");
  const writer = writable.getWriter();
  const reader = readable.getReader();
  const first = reader.read();
  const noise = new Uint8Array(1 << 18);
  for (let i = 0; i < noise.length; i += 65536) crypto.getRandomValues(noise.subarray(i, i + 65536));
  writer.write(noise).catch(() => {});
  const closed = writer.close().then(() => "closed", (reason) => reason);
  writer.closed.catch(() => {});
  await first;
  await new Promise((resolve) => setTimeout(resolve, 0));
  return { closed, reader, writer };
}

promise_test(async () => {
  const { closed, reader } = await flushing();
  await reader.cancel("why");
  assert_equals(await closed, "closed");
}, "a flush ends where the reader cancels");

promise_test(async () => {
  const { closed, reader, writer } = await flushing();
  await writer.abort("why").catch(() => {});
  assert_equals(await closed, "why");
  assert_equals(await reader.read().catch((reason) => reason), "why", "what is cut off is not whole");
}, "a flush ends where the writer aborts");

promise_test(async () => {
  const packed = await through(new CompressionStream("gzip"), new Uint8Array(1 << 20));
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  const reader = readable.getReader();
  const first = reader.read();
  const written = outcome(writer.write(packed));
  writer.closed.catch(() => {});
  await first;
  await writer.abort("why");
  assert_equals(await written, "fine");
  assert_equals(await reader.read().catch((reason) => reason), "why");
}, "a write ends where the writer aborts");

promise_test(async () => {
  const abort = new AbortController();
  const noise = new Uint8Array(1 << 18);
  for (let i = 0; i < noise.length; i += 65536) crypto.getRandomValues(noise.subarray(i, i + 65536));
  let pieces = 0;
  const sink = new WritableStream({
    write() {
      if (++pieces === 1) abort.abort("stop");
      return new Promise((resolve) => setTimeout(resolve, 0));
    },
  });
  const piped = new Blob([noise]).stream()
    .pipeThrough(new CompressionStream("brotli"))
    .pipeTo(sink, { signal: abort.signal });
  assert_equals(await piped.catch((reason) => reason), "stop");
}, "a pipe that is aborted ends while a compressor flushes");

promise_test(async () => {
  for (let i = 0; i < 1000; i++) {
    // Nobody ends it, and no other task gets its turn.
    const { readable, writable } = new CompressionStream("gzip");
    const writer = writable.getWriter();
    readable.getReader().read();
    await writer.write(new Uint8Array(1));
  }
}, "streams that nobody refers to any more take nothing");

test(() => {
  const kept = [];
  for (let i = 0; i < 1000; i++) kept.push(new CompressionStream("gzip"), new DecompressionStream("brotli"));
  assert_equals(kept.length, 2000);
}, "a stream takes nothing before its first chunk");
