// Asks the isolate that is registered as `echo`, one ask after another or with a window of asks in
// flight.

import { ask, lookup } from "nano:actor";

// Sixteen asks a sample: the clock that scripts see has steps of 5 microseconds.
const EACH = 16;

/** The microseconds of an ask, sample by sample. */
export async function sequential({ count }) {
  const peer = lookup("echo");
  const micros = [];
  for (let i = 0; i < count; i += EACH) {
    const began = performance.now();
    for (let id = 0; id < EACH; id++) await ask(peer, "answer", { id, s: "hello" });
    micros.push(((performance.now() - began) * 1000) / EACH);
  }
  return micros;
}

/** The seconds that all of them took. */
export async function pipelined({ count, window }) {
  const peer = lookup("echo");
  const began = performance.now();
  let sent = 0;
  const lane = async () => {
    while (sent < count) await ask(peer, "answer", { id: sent++, s: "hello" });
  };
  await Promise.all(Array.from({ length: window }, lane));
  return (performance.now() - began) / 1000;
}
