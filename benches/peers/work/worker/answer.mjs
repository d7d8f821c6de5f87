// Answers each message. Asked to touch, it first uses ten globals that a runtime may create lazily.

// nano runs this file, too: it calls `answer`.
const port = globalThis.self ?? process.getBuiltinModule('node:worker_threads').parentPort;

// Node has its own way, since for `onmessage` it loads all of fetch (the class MessageEvent comes
// from there): 18 ms and 5 MiB in each worker.
function listen(port, f) {
  if (globalThis.self) port.onmessage = ({ data }) => f(data);
  else port.removeAllListeners('message').on('message', f);
}

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

listen(port, (data) => port.postMessage(answer(data)));
