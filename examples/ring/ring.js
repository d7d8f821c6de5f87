// One isolate of the ring. It knows its right neighbour and passes on what comes.

import { lookup } from "nano:actor";

let next;
let seen = 0;
let laps = 0;
let finished;

/** Names the right neighbour. */
export function join(name) {
  next = lookup(name);
  if (next === undefined) throw new Error(`nobody is registered as ${name}`);
}

/** Sends the message off; called on the first isolate. The reply comes when the last lap is done. */
export function start(wanted) {
  laps = wanted;
  next.tell("pass", 1);
  return new Promise((resolve) => {
    finished = resolve;
  });
}

/** Passes the message on. It holds its number of hops; only the first isolate counts laps. */
export function pass(hops) {
  seen += 1;
  if (seen === laps) {
    finished(hops);
  } else {
    next.tell("pass", hops + 1);
  }
}

/** How often the message has come by. */
export function count() {
  return seen;
}
