// Answers each request that comes through the port it was given.

const port = globalThis.self ?? process.getBuiltinModule('node:worker_threads').parentPort;

// Node has its own way, since for `onmessage` it loads all of fetch (the class MessageEvent comes
// from there): 18 ms and 5 MiB in each worker.
function listen(port, f) {
  if (globalThis.self) port.onmessage = ({ data }) => f(data);
  else port.removeAllListeners('message').on('message', f);
}

listen(port, ({ peer }) => {
  listen(peer, ({ id, s }) => peer.postMessage({ id, s }));
});
