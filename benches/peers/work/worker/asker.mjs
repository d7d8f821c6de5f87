// Sends requests to another worker and measures from its own side.

const port = globalThis.self ?? process.getBuiltinModule('node:worker_threads').parentPort;

// Node has its own way, since for `onmessage` it loads all of fetch (the class MessageEvent comes
// from there): 18 ms and 5 MiB in each worker.
function listen(port, f) {
  if (globalThis.self) port.onmessage = ({ data }) => f(data);
  else port.removeAllListeners('message').on('message', f);
}

// Sixteen asks a sample, as in nano, whose scripts see a clock in steps of 5 microseconds.
const EACH = 16;

/** One request after the other; yields the microseconds of each, sample by sample. */
async function sequential(peer, count) {
  let settle;
  listen(peer, (data) => settle(data));
  const ask = (request) => new Promise((resolve) => {
    settle = resolve;
    peer.postMessage(request);
  });
  const micros = [];
  for (let id = 0; id < count;) {
    const start = performance.now();
    for (let i = 0; i < EACH; i++, id++) {
      const reply = await ask({ id, s: 'hello' });
      if (reply.id !== id) throw new Error(`asked ${id}, answered ${reply.id}`);
    }
    micros.push(((performance.now() - start) * 1000) / EACH);
  }
  return micros;
}

/** `window` requests in flight until `count` are answered; yields the seconds that took. */
function pipelined(peer, count, window) {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let answered = 0;
    const start = performance.now();
    const send = () => peer.postMessage({ id: sent++, s: 'hello' });
    listen(peer, (data) => {
      if (data.id !== answered) reject(new Error(`expected ${answered}, answered ${data.id}`));
      answered++;
      if (sent < count) send();
      if (answered === count) resolve((performance.now() - start) / 1000);
    });
    while (sent < Math.min(window, count)) send();
  });
}

listen(port, async ({ peer, count, window }) => {
  const warm = Math.ceil(count / 10);
  if (window) {
    await pipelined(peer, warm, window);
    port.postMessage(await pipelined(peer, count, window));
  } else {
    await sequential(peer, warm);
    port.postMessage(await sequential(peer, count));
  }
});
