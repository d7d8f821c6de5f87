"use strict";

// w3c.github.io/performance-timeline/#performance-timeline
//
// The entries of this isolate, and who is told of new ones. User Timing sets no
// bound to how many are kept: the isolate's heap does.

const { ObjectFreeze } = primordials;
const { op_report_exception, op_task_queue } = ops;
const { toArray } = require("webidl/sequence");
const { List } = require("console/list");
const { giveId, nameOf, startOf, typeOf } = require("performance/performance_entry");

// w3c.github.io/performance-timeline/#dfn-performance-entry-buffer-map, in the
// order in which the entries came.
const buffers = { __proto__: null, mark: new List(), measure: new List() };

// w3c.github.io/performance-timeline/#dfn-frozen-array-of-supported-entry-types
exports.supportedEntryTypes = ObjectFreeze(["mark", "measure"]);

exports.isSupported = (type) => buffers[type] !== undefined;

// w3c.github.io/performance-timeline/#generate-a-performanceentry-id
// Neither begins with one nor counts by ones, so that nobody takes it for a number
// of entries.
let lastId = 1000;

const registered = new List();
let taskIsQueued = false;

const byStart = (a, b) => startOf(a) - startOf(b);

// w3c.github.io/performance-timeline/#filter-buffer-by-name-and-type
// `lists` are added up to one; undefined is any name and any type.
function select(lists, name, type) {
  const chosen = new List();
  let isSorted = true;
  for (let i = 0; i < lists.length; i++) {
    const list = lists[i];
    for (let j = 0; j < list.length; j++) {
      const entry = list[j];
      if (
        (name === undefined || nameOf(entry) === name) &&
        (type === undefined || typeOf(entry) === type)
      ) {
        if (chosen.length > 0 && startOf(chosen[chosen.length - 1]) > startOf(entry)) {
          isSorted = false;
        }
        chosen.push(entry);
      }
    }
  }
  if (!isSorted) {
    chosen.sort(byStart, 0);
  }
  return toArray(chosen);
}

const all = { __proto__: null, 0: buffers.mark, 1: buffers.measure, length: 2 };

// w3c.github.io/performance-timeline/#filter-buffer-map-by-name-and-type
exports.entries = (name, type) => {
  if (type === undefined) {
    return select(all, name, undefined);
  }
  const buffer = buffers[type];
  return buffer === undefined
    ? []
    : select({ __proto__: null, 0: buffer, length: 1 }, name, undefined);
};

// The same, of what an observer is given.
exports.entriesOf = (list, name, type) =>
  select({ __proto__: null, 0: list, length: 1 }, name, type);

// Of the mark that came last under this name.
exports.timeOfMark = (name) => {
  const marks = buffers.mark;
  for (let i = marks.length - 1; i >= 0; i--) {
    if (nameOf(marks[i]) === name) {
      return startOf(marks[i]);
    }
  }
  return undefined;
};

// w3c.github.io/user-timing/#dom-performance-clearmarks and -clearmeasures
exports.clear = (type, name) => {
  const list = buffers[type];
  let kept = 0;
  if (name !== undefined) {
    for (let i = 0; i < list.length; i++) {
      const entry = list[i];
      if (nameOf(entry) !== name) {
        list[kept++] = entry;
      }
    }
  }
  while (list.length > kept) {
    list.pop();
  }
};

// w3c.github.io/performance-timeline/#queue-a-performanceentry, and adding it to
// the buffer, which never is full.
exports.queue = (entry) => {
  lastId += 7;
  giveId(entry, lastId);
  const type = typeOf(entry);
  for (let i = 0; i < registered.length; i++) {
    const state = registered[i];
    if (state.observes(type)) {
      state.buffer.push(entry);
      queueTask();
    }
  }
  buffers[type].push(entry);
};

exports.register = (state) => {
  if (registered.indexOf(state) < 0) {
    registered.push(state);
  }
};

exports.unregister = (state) => {
  const index = registered.indexOf(state);
  if (index >= 0) {
    registered.remove(index);
  }
};

// w3c.github.io/performance-timeline/#dom-performanceobserverinit-buffered
exports.replay = (state, type) => {
  const buffer = buffers[type];
  for (let i = 0; i < buffer.length; i++) {
    state.buffer.push(buffer[i]);
  }
  queueTask();
};

// w3c.github.io/performance-timeline/#queue-the-performanceobserver-task
function queueTask() {
  if (taskIsQueued) {
    return;
  }
  op_task_queue(notifyObservers);
  taskIsQueued = true;
}

function notifyObservers() {
  taskIsQueued = false;
  const notified = new List();
  for (let i = 0; i < registered.length; i++) {
    notified.push(registered[i]);
  }
  for (let i = 0; i < notified.length; i++) {
    try {
      notified[i].notify();
    } catch (error) {
      op_report_exception(error);
    }
  }
}
