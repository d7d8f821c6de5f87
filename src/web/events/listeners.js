"use strict";

// dom.spec.whatwg.org/#eventtarget-event-listener-list
//
// The listeners of one type form a linked list in the order of their addition.
// A removed listener keeps its `next`, and `order` grows with every listener
// made: so a walk that began before a removal still reaches the rest, and one
// that began before an addition knows where to stop. That gives the spec's
// "clone of the event listener list" without allocating one. A long list has an
// index of its callbacks besides.

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
  // That of the first one is the last one.
  previous = this;
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
  // Type to the Index of its listeners, for those types that have one; null
  // until there is one.
  indexes = null;
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

// A list in which a search goes past this many has an index: to compare with
// fewer takes less than the index does.
const FEW = 32;

// Callbacks to their listeners; no two have the same callback and the same phase.
class Index {
  capturing = new Map();
  bubbling = new Map();

  constructor(listener) {
    for (; listener !== null; listener = listener.next) {
      MapPrototypeSet(this.of(listener.capture), listener.callback, listener);
    }
  }

  of(capture) {
    return capture ? this.capturing : this.bubbling;
  }
}

function indexOf(state, type) {
  return state.indexes === null ? undefined : MapPrototypeGet(state.indexes, type);
}

function find(state, type, callback, capture) {
  let listener = first(state, type);
  for (let left = FEW; left > 0; left--) {
    if (listener === null || (listener.callback === callback && listener.capture === capture)) {
      return listener;
    }
    listener = listener.next;
  }
  if (listener === null) {
    return null;
  }
  let index = indexOf(state, type);
  if (index === undefined) {
    index = new Index(first(state, type));
    state.indexes ??= new Map();
    MapPrototypeSet(state.indexes, type, index);
  }
  return MapPrototypeGet(index.of(capture), callback) ?? null;
}

function append(state, type, listener) {
  state.listeners ??= new Map();
  const head = first(state, type);
  if (head === null) {
    MapPrototypeSet(state.listeners, type, listener);
  } else {
    listener.previous = head.previous;
    head.previous.next = listener;
    head.previous = listener;
    const index = indexOf(state, type);
    if (index !== undefined) {
      MapPrototypeSet(index.of(listener.capture), listener.callback, listener);
    }
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
  const { previous, next } = listener;
  const head = first(state, type);
  if (head !== listener) {
    previous.next = next;
    (next ?? head).previous = previous;
  } else if (next !== null) {
    next.previous = previous;
    MapPrototypeSet(state.listeners, type, next);
  } else {
    MapPrototypeDelete(state.listeners, type);
  }
  // Who holds on to the listener holds no other that was removed before it.
  listener.previous = null;
  const index = indexOf(state, type);
  if (index !== undefined) {
    if (head === listener && next === null) {
      MapPrototypeDelete(state.indexes, type);
    } else {
      MapPrototypeDelete(index.of(listener.capture), listener.callback);
    }
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
