"use strict";

// html.spec.whatwg.org/multipage/timers-and-user-prompts.html#map-of-active-timers
//
// The native clock knows ids and deadlines; here is what to do when one is due.

const { Map, MapPrototypeDelete, MapPrototypeGet, MapPrototypeSet } = primordials;
const { op_set_hook, op_timer_cancel, op_timer_start } = ops;

class Timer {
  callback;
  repeat;

  constructor(callback, repeat) {
    this.callback = callback;
    this.repeat = repeat;
  }
}

const timers = new Map();

op_set_hook("timer", (id) => {
  const timer = MapPrototypeGet(timers, id);
  if (timer === undefined) {
    return;
  }
  if (!timer.repeat) {
    MapPrototypeDelete(timers, id);
  }
  const { callback } = timer;
  callback();
});

// An exception of the callback goes to the native caller, which reports it.
exports.start = (delay, repeat, callback) => {
  const id = op_timer_start(delay, repeat);
  MapPrototypeSet(timers, id, new Timer(callback, repeat));
  return id;
};

// A timer that does not keep the program running.
exports.startBackground = (delay, callback) => {
  const id = op_timer_start(delay, false, true);
  MapPrototypeSet(timers, id, new Timer(callback, false));
  return id;
};

exports.cancel = (id) => {
  if (MapPrototypeDelete(timers, id)) {
    op_timer_cancel(id);
  }
};
