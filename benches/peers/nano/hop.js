// One place in a ring: passes on what comes in. The place that is told a number of rounds starts
// them and measures.

import { tell } from "nano:actor";

let next, left, rounds, began, done;

export const join = (to) => { next = to; };

export function hop(hops) {
  if (rounds === undefined) return void tell(next, "hop", hops + 1);
  left--;
  began ??= performance.now();
  if (left === 0) done({ hops, seconds: (performance.now() - began) / 1000 });
  else tell(next, "hop", left === rounds ? 1 : hops + 1);
}

export function start(count) {
  rounds = count;
  left = rounds + 1; // the first one warms up
  began = undefined;
  tell(next, "hop", 1);
  return new Promise((resolve) => { done = resolve; });
}
