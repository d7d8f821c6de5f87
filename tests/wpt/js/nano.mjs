// nano's side: an isolate for each test, which is asked to run it.

import { run as runIn } from "wpt:scope";

const bytesOf = async (url) => (await import(url, { with: { type: "bytes" } })).default;
const read = (path) => bytesOf(`file://${encodeURI(path)}`);

// As long as nano has no `fetch`, the suite's files stand in for it, and for what is no file the suite's server, which
// the runner asks.
let count = 0;
async function exchange(request) {
  const answer = await bytesOf(`wpt:exchange/${count++}/${encodeURIComponent(JSON.stringify(request))}`);
  const end = answer.indexOf(10);
  const head = JSON.parse(decodeURIComponent(escape(String.fromCharCode(...answer.subarray(0, end)))));
  return { ...head, body: answer.slice(end + 1) };
}

export const run = (program) => runIn(program, { read, exchange });
