// One place in a ring: passes on what comes in. The place that is told a number of rounds starts
// them and measures.

const port = globalThis.self ?? process.getBuiltinModule('node:worker_threads').parentPort;

// Node has its own way, since for `onmessage` it loads all of fetch (the class MessageEvent comes
// from there): 18 ms and 5 MiB in each worker.
function listen(port, f) {
  if (globalThis.self) port.onmessage = ({ data }) => f(data);
  else port.removeAllListeners('message').on('message', f);
}

listen(port, ({ from, to, rounds }) => {
  if (!rounds) {
    listen(from, (hops) => to.postMessage(hops + 1));
    port.postMessage('ready');
    return;
  }
  let left = rounds + 1; // the first one warms up
  let start;
  listen(from, (hops) => {
    left--;
    start ??= performance.now();
    if (left === 0) {
      port.postMessage({ hops, seconds: (performance.now() - start) / 1000 });
    } else {
      to.postMessage(left === rounds ? 1 : hops + 1);
    }
  });
  to.postMessage(1);
});
