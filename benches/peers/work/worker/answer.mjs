// Answers each message. Asked to touch, it first uses ten globals that a runtime may create lazily.

const port = globalThis.self ?? process.getBuiltinModule('node:worker_threads').parentPort;

// Node has its own way, since for `onmessage` it loads all of fetch (the class MessageEvent comes
// from there): 18 ms and 5 MiB in each worker.
function listen(port, f) {
  if (globalThis.self) port.onmessage = ({ data }) => f(data);
  else port.removeAllListeners('message').on('message', f);
}

function touch() {
  return [
    new URL('http://example.com/a?b=c'),
    new Headers({ a: 'b' }),
    new TextEncoder().encode('text'),
    new AbortController().signal,
    new ReadableStream(),
    new Blob(['text']),
    structuredClone({ a: 1 }),
    performance.now(),
    crypto.randomUUID(),
    new Event('event'),
  ].length;
}

listen(port, (data) => port.postMessage(data.touch ? touch() : data));
