"use strict";

// The abort signal of a call: it aborts when its caller has gone away or its
// deadline has passed. Made when it is first asked for, so that calls which
// never look pay nothing.

const {
  MapPrototypeDelete,
  MapPrototypeGet,
  MapPrototypeSet,
  Map,
  ObjectDefineProperty,
  ObjectHasOwn,
} = primordials;
const { op_call_observe, op_continuation_get, op_continuation_set, op_set_hook } = ops;
const { createSignal, signalAbort } = require("events/abort_signal");

// The signals of calls that have not ended.
const pending = new Map();

// The signal whose abort is being told to listeners, which run in no call.
let aborting;

// What `op_call_observe` and the hook say of a call.
const ENDED = 0;
const PENDING = 4;
const reasons = [
  undefined,
  { text: "The caller no longer waits for this call.", name: "AbortError" },
  { text: "The call's deadline has passed.", name: "TimeoutError" },
  { text: "The call has used up its CPU time.", name: "QuotaExceededError" },
];

function abort(signal, why) {
  const { create } = require("dom/dom_exception");
  const { text, name } = reasons[why];
  signalAbort(signal, create(text, name));
}

// `why` is ENDED when the call has ended by itself, 1 when nobody waits any
// longer, 2 when its deadline passed, 3 when it exceeded a limit.
op_set_hook("callended", (id, why) => {
  const signal = MapPrototypeGet(pending, id);
  MapPrototypeDelete(pending, id);
  if (why === ENDED) {
    return;
  }
  const context = op_continuation_get();
  op_continuation_set(undefined);
  aborting = signal;
  try {
    abort(signal, why);
  } finally {
    aborting = undefined;
    op_continuation_set(context);
  }
});

function signalOf(id) {
  const known = MapPrototypeGet(pending, id);
  if (known !== undefined) {
    return known;
  }
  const signal = createSignal();
  const state = op_call_observe(id);
  if (state === PENDING) {
    MapPrototypeSet(pending, id, signal);
  } else if (state !== ENDED) {
    abort(signal, state);
  }
  return signal;
}

exports.currentSignal = function currentSignal() {
  const frame = op_continuation_get();
  if (frame === undefined || frame[0] === 0) {
    return aborting ?? createSignal();
  }
  // The async context of the call keeps its signal: it lives for as long as
  // code of the call does, whatever has become of the call meanwhile.
  if (!ObjectHasOwn(frame, "signal")) {
    ObjectDefineProperty(frame, "signal", { __proto__: null, value: signalOf(frame[0]) });
    // It may have been made for this look alone.
    op_continuation_set(frame);
  }
  return frame.signal;
};
