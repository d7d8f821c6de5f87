"use strict";

// A stream may be read, closed or cancelled because another one is: ReadableStream.from() and tee() make chains as long as
// a program likes, and the standard has each step within the one before.
//
// differs: what lies deep is done in a microtask, so that the stack is enough for any chain.

const { later } = require("streams/promises");

const DEEPEST = 100;

// How many steps there are within one another by now.
let depth = 0;

exports.isDeep = () => depth >= DEEPEST;

exports.enter = () => {
  depth++;
};

exports.leave = () => {
  depth--;
};

function run(step, subject, other) {
  depth++;
  step(subject, other);
  depth--;
}

// Does a step of a stream's because of another one's: at once, but for what lies too deep.
exports.descend = (step, subject, other) => {
  if (depth < DEEPEST) {
    run(step, subject, other);
  } else {
    fromTop(() => run(step, subject, other));
  }
};

// Does what lies too deep. A microtask lies within nothing; a step that has thrown was never left.
function fromTop(step) {
  later(() => {
    depth = 0;
    step();
  });
}

exports.fromTop = fromTop;
