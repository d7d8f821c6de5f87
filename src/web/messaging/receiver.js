"use strict";

// What messages come to: message ports, broadcast channels, workers, and the
// global object of a worker. Native code knows each by its handle and keeps what
// waits; here is whom it is for.
//
// A program may drop a port while messages are on their way to it. So a receiver
// is kept while something will come that somebody listens to: `kept` holds it.
// Of two ports that were made here each holds the other, as far as that listens,
// so that both go when nobody else refers to either.

const {
  FinalizationRegistry,
  FinalizationRegistryPrototypeRegister,
  Map,
  MapPrototypeDelete,
  MapPrototypeGet,
  MapPrototypeSet,
  WeakRef,
  WeakRefPrototypeDeref,
} = primordials;
const { op_port_await, op_port_forget, op_port_post, op_port_shut, op_port_start, op_set_hook } =
  ops;
const { fire, hasListeners, watchListeners } = require("events/event_target");

// What the hook is told; in `engine/port.rs` too.
const MESSAGE = 0;
const MESSAGE_ERROR = 1;
const ERROR = 2;
const CLOSED = 3;

const kept = new Map();
// Handle to a WeakRef of the receiver, where somebody listens.
const known = new Map();

class Receiver {
  // 0 once it has been transferred, or has closed.
  handle;
  // Who is told, while he listens.
  target = null;
  // The receiver at the other end, where that was made with it and is still here.
  partner = null;
  // How many notices are on their way of which this isolate knows.
  pending = 0;
  // Whether messages are delivered.
  enabled = false;
  // Whether the partner has sent some before they were.
  hasWaiting = false;
  // Whether it has not closed itself.
  open = true;
  // Whether it has, and what came before is still delivered.
  draining = false;
  // Whether nothing can come from the other end any more.
  otherClosed = false;
  // Whether it is kept without a listener, as a worker is while it runs.
  always = false;
  isKept = false;
  isAwaited = false;
  isKnown = false;
  origin = "";
  // Takes what comes in the target's place: called with "message", "messageerror" or "close", and the data.
  consumer = null;
  // Whether the consumer is told only while somebody refers to the receiver.
  isWeak = false;
  // Called with what an error says; returns whether it is handled.
  onFailure = null;

  constructor(handle) {
    this.handle = handle;
  }
}

function update(receiver) {
  const { handle, target } = receiver;
  if (handle === 0) {
    return;
  }
  const mayCome = receiver.open && receiver.partner === null && !receiver.otherClosed;
  const keep =
    receiver.draining ||
    receiver.pending > 0 ||
    (mayCome &&
      (target !== null ||
        (receiver.consumer !== null && !receiver.isWeak) ||
        receiver.always));
  if (keep !== receiver.isKept) {
    receiver.isKept = keep;
    if (keep) {
      MapPrototypeSet(kept, handle, receiver);
    } else {
      MapPrototypeDelete(kept, handle);
    }
  }
  const awaited =
    mayCome &&
    (receiver.always ||
      (target !== null &&
        ((receiver.enabled && hasListeners(target, "message")) || hasListeners(target, "close"))));
  if (awaited !== receiver.isAwaited) {
    receiver.isAwaited = awaited;
    op_port_await(handle, awaited);
  }
}

// Has `target` told of what comes to the receiver.
function attach(receiver, target) {
  watchListeners(target, (count) => {
    receiver.target = count > 0 ? target : null;
    if (count > 0) {
      makeKnown(receiver);
    }
    update(receiver);
  });
}

function makeKnown(receiver) {
  if (!receiver.isKnown && receiver.handle !== 0) {
    receiver.isKnown = true;
    MapPrototypeSet(known, receiver.handle, new WeakRef(receiver));
  }
}

const collected = new FinalizationRegistry((handle) => {
  MapPrototypeDelete(known, handle);
  op_port_forget(handle);
});

// Closes the receiver when `target`, which nobody else may be, is collected.
function closeWith(receiver, target) {
  FinalizationRegistryPrototypeRegister(collected, target, receiver.handle);
}

function forget(receiver) {
  const { handle } = receiver;
  receiver.handle = 0;
  receiver.open = false;
  receiver.draining = false;
  receiver.isAwaited = false;
  if (receiver.isKept) {
    receiver.isKept = false;
    MapPrototypeDelete(kept, handle);
  }
  if (receiver.isKnown) {
    receiver.isKnown = false;
    MapPrototypeDelete(known, handle);
  }
}

function entangle(first, second) {
  first.partner = second;
  second.partner = first;
}

// The partner, if there is one, goes on as if the other end were elsewhere.
function leavePartner(receiver) {
  const { partner } = receiver;
  receiver.partner = null;
  if (partner !== null) {
    partner.partner = null;
  }
  return partner;
}

// Has `consumer` take what comes to a port that no program sees. If that is `weak`, the port is closed once nobody refers
// to it, and what is to come is waited for by `always`.
function consume(receiver, consumer, weak) {
  receiver.consumer = consumer;
  receiver.isWeak = weak;
  if (weak) {
    makeKnown(receiver);
  }
  start(receiver);
}

// Takes the handle from a receiver that is transferred.
function takeHandle(receiver) {
  const { handle } = receiver;
  const partner = leavePartner(receiver);
  forget(receiver);
  if (partner !== null) {
    update(partner);
  }
  return handle;
}

function expect(receiver) {
  receiver.pending++;
  if (!receiver.isKept) {
    update(receiver);
  }
}

function post(receiver, message, transfer) {
  op_port_post(receiver.open ? receiver.handle : 0, message, transfer);
  const { partner } = receiver;
  if (partner === null) {
    return;
  }
  if (partner.enabled) {
    expect(partner);
  } else {
    partner.hasWaiting = true;
  }
}

// html.spec.whatwg.org/multipage/web-messaging.html#dom-messageport-start
function start(receiver) {
  if (receiver.enabled || receiver.handle === 0) {
    return;
  }
  receiver.enabled = true;
  receiver.draining = !receiver.open;
  receiver.pending += op_port_start(receiver.handle);
  update(receiver);
}

// html.spec.whatwg.org/multipage/web-messaging.html#dom-messageport-close
// What came before stays in the port message queue, also where nobody has enabled that yet.
function close(receiver) {
  if (!receiver.open) {
    return;
  }
  receiver.open = false;
  const partner = leavePartner(receiver);
  if (op_port_shut(receiver.handle)) {
    receiver.draining = receiver.enabled;
    update(receiver);
  } else {
    forget(receiver);
  }
  if (partner !== null) {
    partner.otherClosed = true;
    // Behind what waits, once that is delivered.
    if (partner.enabled || !partner.hasWaiting) {
      expect(partner);
    } else {
      update(partner);
    }
  }
}

// Closes at once: what came before is dropped.
function drop(receiver) {
  if (receiver.handle !== 0) {
    op_port_forget(receiver.handle);
    forget(receiver);
  }
}

function tellMessage(receiver, type, data, ports) {
  const { consumer, target } = receiver;
  if (consumer !== null) {
    consumer(type, data);
    return;
  }
  if (target !== null && hasListeners(target, type)) {
    const { createMessageEvent } = require("events/message_event");
    fire(target, createMessageEvent(type, data, ports, receiver.origin));
  }
}

function closed(receiver) {
  if (receiver.draining) {
    op_port_forget(receiver.handle);
    forget(receiver);
    return;
  }
  receiver.otherClosed = true;
  const partner = leavePartner(receiver);
  if (partner !== null) {
    // It was collected.
    forget(partner);
  }
  const { consumer, target } = receiver;
  update(receiver);
  if (consumer !== null) {
    consumer("close", undefined);
  } else if (target !== null && hasListeners(target, "close")) {
    const { Event } = require("events/event");
    fire(target, new Event("close"));
  }
}

function receiverOf(handle) {
  const receiver = MapPrototypeGet(kept, handle);
  if (receiver !== undefined) {
    return receiver;
  }
  const weak = MapPrototypeGet(known, handle);
  return weak === undefined ? undefined : WeakRefPrototypeDeref(weak);
}

op_set_hook("port", (handle, kind, first, second, third, fourth) => {
  const receiver = receiverOf(handle);
  if (receiver === undefined) {
    return true;
  }
  if (receiver.pending > 0) {
    receiver.pending--;
    if (receiver.pending === 0) {
      update(receiver);
    }
  }
  switch (kind) {
    case MESSAGE:
      tellMessage(receiver, "message", first, second);
      return true;
    case MESSAGE_ERROR:
      tellMessage(receiver, "messageerror", null, undefined);
      return true;
    case ERROR:
      return receiver.onFailure === null || receiver.onFailure(first, second, third, fourth);
    case CLOSED: {
      const { onFailure } = receiver;
      closed(receiver);
      if (onFailure === null) {
        return true;
      }
      // A worker, which has ended.
      drop(receiver);
      return first === undefined || onFailure(first, second, third, fourth);
    }
  }
});

exports.Receiver = Receiver;
exports.attach = attach;
exports.close = close;
exports.closeWith = closeWith;
exports.consume = consume;
exports.drop = drop;
exports.entangle = entangle;
exports.post = post;
exports.start = start;
exports.takeHandle = takeHandle;
exports.update = update;
