"use strict";

// dom.spec.whatwg.org/#eventtarget-event-listener-list
//
// The listeners of one type form a linked list in the order of their addition.
// A removed listener keeps its `next`, and `order` grows with every listener
// made: so a walk that began before a removal still reaches the rest, and one
// that began before an addition knows where to stop. That gives the spec's
// "clone of the event listener list" without allocating one.

const { Map, MapPrototypeDelete, MapPrototypeGet, MapPrototypeSet } = primordials;

let listenersMade = 0;

// dom.spec.whatwg.org/#concept-event-listener
class Listener {
  callback;
  capture;
  passive;
  once;
  // The event handler whose callback this is, when it is no ordinary listener.
  handler = null;
  // What takes this listener off the abort signal that it was added with.
  forgetSignal = null;
  removed = false;
  next = null;
  order = ++listenersMade;

  constructor(callback, capture, passive, once) {
    this.callback = callback;
    this.capture = capture;
    this.passive = passive;
    this.once = once;
  }
}

// Made when the first listener or watcher comes: most targets never have one.
class TargetState {
  // Type to the first listener of that type; null until there has been one.
  listeners = null;
  // The first event handler.
  handlers = null;
  count = 0;
  // Called with the number of listeners after each change, for targets that
  // must stay alive while somebody listens.
  watcher = null;
}

function first(state, type) {
  return state.listeners === null ? null : (MapPrototypeGet(state.listeners, type) ?? null);
}

function find(state, type, callback, capture) {
  let listener = first(state, type);
  while (listener !== null && (listener.callback !== callback || listener.capture !== capture)) {
    listener = listener.next;
  }
  return listener;
}

function append(state, type, listener) {
  state.listeners ??= new Map();
  let last = first(state, type);
  if (last === null) {
    MapPrototypeSet(state.listeners, type, listener);
  } else {
    while (last.next !== null) {
      last = last.next;
    }
    last.next = listener;
  }
  state.count++;
  state.watcher?.(state.count);
}

// dom.spec.whatwg.org/#remove-an-event-listener
function remove(state, type, listener) {
  if (listener.removed) {
    return;
  }
  listener.removed = true;
  let previous = first(state, type);
  if (previous !== listener) {
    while (previous.next !== listener) {
      previous = previous.next;
    }
    previous.next = listener.next;
  } else if (listener.next !== null) {
    MapPrototypeSet(state.listeners, type, listener.next);
  } else {
    MapPrototypeDelete(state.listeners, type);
  }
  // A signal may outlive the listener by far and must not keep it.
  listener.forgetSignal?.();
  listener.forgetSignal = null;
  state.count--;
  state.watcher?.(state.count);
}

exports.Listener = Listener;
exports.TargetState = TargetState;
exports.append = append;
exports.find = find;
exports.first = first;
exports.newest = () => listenersMade;
exports.remove = remove;
