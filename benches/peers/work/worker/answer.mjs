// Answers each message. Asked to touch, it first uses ten globals that a runtime may create lazily.

/** Uses the ten; for each that is not there, another one. Yields the names of those that are not. */
function touch() {
  const wanted = {
    URL: () => new URL('http://example.com/a?b=c'),
    Headers: () => new Headers({ a: 'b' }),
    TextEncoder: () => new TextEncoder().encode('text'),
    AbortController: () => new AbortController().signal,
    ReadableStream: () => new ReadableStream(),
    Blob: () => new Blob(['text']),
    structuredClone: () => structuredClone({ a: 1 }),
    performance: () => performance.now(),
    crypto: () => crypto.randomUUID(),
    Event: () => new Event('event'),
  };
  const others = [
    () => new EventTarget(),
    () => new CustomEvent('event', { detail: 1 }),
    () => AbortSignal.abort(),
    () => new DOMException('text', 'AbortError'),
    () => clearTimeout(setTimeout(() => {}, 0)),
    () => queueMicrotask(() => {}),
  ];
  const lacking = [];
  for (const [name, use] of Object.entries(wanted)) {
    if (name in globalThis) {
      use();
    } else {
      others[lacking.length]?.();
      lacking.push(name);
    }
  }
  return lacking;
}

export const answer = (data) => (data.touch ? touch() : data);

// nano runs this file, too. It calls `answer`, and has no port.
if (globalThis.postMessage) {
  self.onmessage = ({ data }) => postMessage(answer(data));
} else if (globalThis.process) {
  // Node has its own way, since for `onmessage` it loads all of fetch (the class MessageEvent comes
  // from there): 18 ms and 5 MiB in each worker.
  const port = process.getBuiltinModule('node:worker_threads').parentPort;
  port.removeAllListeners('message').on('message', (data) => port.postMessage(answer(data)));
}
