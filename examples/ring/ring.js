// One isolate of the ring. It knows its right neighbour and passes on what comes.

import { lookup } from "nano:actor";

let next;
let seen = 0;
let finished;

/** Names the right neighbour. */
export function join(name) {
  next = lookup(name);
  if (next === undefined) throw new Error(`nobody is registered as ${name}`);
}

/** Sends the message off; called on the first isolate. The reply comes when the last lap is done. */
export function start(laps) {
  const { promise, resolve } = Promise.withResolvers();
  finished = resolve;
  next.tell("pass", { laps, hops: 1 });
  return promise;
}

/** Passes the message on. The first isolate counts the laps and stops at the last one. */
export function pass({ laps, hops }) {
  seen += 1;
  if (finished !== undefined && seen === laps) {
    finished(hops);
  } else {
    next.tell("pass", { laps, hops: hops + 1 });
  }
}

/** How often the message has come by. */
export function count() {
  return seen;
}
