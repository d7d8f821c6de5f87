// Sends requests to another isolate and measures from its own side.

import { ask } from "nano:actor";

// Sixteen asks a sample: the clock that scripts see has steps of 5 microseconds.
const EACH = 16;

let peer;

export const meet = (echo) => { peer = echo; };

async function request(id) {
  const reply = await ask(peer, "answer", { id, s: "hello" });
  if (reply.id !== id) throw new Error(`asked ${id}, answered ${reply.id}`);
}

/** One request after the other; the microseconds of each, sample by sample. */
export async function sequential({ count }) {
  const micros = [];
  for (let id = 0; id < count;) {
    const began = performance.now();
    for (let i = 0; i < EACH; i++) await request(id++);
    micros.push(((performance.now() - began) * 1000) / EACH);
  }
  return micros;
}

/** `window` requests in flight until `count` are answered; the seconds that took. */
export async function pipelined({ count, window }) {
  const began = performance.now();
  let sent = 0;
  const lane = async () => {
    while (sent < count) await request(sent++);
  };
  await Promise.all(Array.from({ length: window }, lane));
  return (performance.now() - began) / 1000;
}
