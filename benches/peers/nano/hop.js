// One place in a ring: passes on what comes in. The one that is told a number of rounds starts them.

import { tell } from "nano:actor";

let next, left, done;

export const join = (to) => { next = to; };

export function hop(n) {
  if (left !== undefined && --left === 0) return done(n);
  tell(next, "hop", n + 1);
}

export function start(rounds) {
  left = rounds;
  tell(next, "hop", 1);
  return new Promise((resolve) => { done = resolve; });
}
