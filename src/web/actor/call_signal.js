"use strict";

// The abort signal of a call: it aborts when its caller has gone away or its
// deadline has passed. Made when it is first asked for, so that calls which
// never look pay nothing.

const { MapPrototypeDelete, MapPrototypeGet, MapPrototypeSet, Map } = primordials;
const { op_call_observe, op_continuation_get, op_set_hook } = ops;
const { createSignal, signalAbort } = require("events/abort_signal");

const signals = new Map();

const reasons = [
  undefined,
  { text: "The caller no longer waits for this call.", name: "AbortError" },
  { text: "The call's deadline has passed.", name: "TimeoutError" },
  { text: "The call has used up its CPU time.", name: "QuotaExceededError" },
];

// `cancelled` is 0 when the call has ended by itself, 1 when nobody waits any
// longer, 2 when its deadline passed, 3 when it exceeded a limit.
op_set_hook("callended", (id, cancelled) => {
  const signal = MapPrototypeGet(signals, id);
  MapPrototypeDelete(signals, id);
  if (cancelled !== 0) {
    const { create } = require("dom/dom_exception");
    const { text, name } = reasons[cancelled];
    signalAbort(signal, create(text, name));
  }
});

exports.currentSignal = function currentSignal() {
  const frame = op_continuation_get();
  const id = frame === undefined ? 0 : frame[0];
  let signal = MapPrototypeGet(signals, id);
  if (signal === undefined) {
    signal = createSignal();
    // A call that has ended is observed no more: its signal stays as it is.
    if (op_call_observe(id)) {
      MapPrototypeSet(signals, id, signal);
    }
  }
  return signal;
};
