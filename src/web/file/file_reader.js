"use strict";

// w3c.github.io/FileAPI/#APIASynch

const { TypeError } = primordials;
const { op_task_queue } = ops;
const {
  defineConstants,
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { EventTarget } = require("events/event_target");
const { getHandler, setHandler } = require("events/event_handler");
const { fireProgress } = require("events/progress_event");
const { blobSize, isBlob } = require("file/blob");

const EMPTY = 0;
const LOADING = 1;
const DONE = 2;

let check;
let stateOf;

// What a reader is about, apart from the object that user code holds.
class State {
  readyState = EMPTY;
  result = null;
  error = null;
  // The number of the read at hand: tasks of another one do nothing.
  read = 0;
}

class FileReader extends EventTarget {
  #state = new State();

  constructor() {
    super();
    fallBack(this, new.target, FileReader);
  }

  static {
    check = (value) => (isObject(value) && #state in value ? value : illegalInvocation());
    stateOf = (reader) => reader.#state;
  }

  // w3c.github.io/FileAPI/#dfn-readAsArrayBuffer
  readAsArrayBuffer(blob) {
    read(this, "readAsArrayBuffer", arguments.length, blob, "asArrayBuffer");
  }

  // w3c.github.io/FileAPI/#dfn-readAsBinaryString
  readAsBinaryString(blob) {
    read(this, "readAsBinaryString", arguments.length, blob, "asBinaryString");
  }

  // w3c.github.io/FileAPI/#dfn-readAsText
  readAsText(blob, encoding = undefined) {
    read(this, "readAsText", arguments.length, blob, "asText", encoding);
  }

  // w3c.github.io/FileAPI/#dfn-readAsDataURL
  readAsDataURL(blob) {
    read(this, "readAsDataURL", arguments.length, blob, "asDataURL");
  }

  // w3c.github.io/FileAPI/#dfn-abort
  abort() {
    const state = stateOf(check(this));
    state.result = null;
    if (state.readyState !== LOADING) {
      return;
    }
    state.readyState = DONE;
    state.read++;
    fireProgress(this, "abort", 0, 0);
    if (state.readyState !== LOADING) {
      fireProgress(this, "loadend", 0, 0);
    }
  }

  get readyState() {
    return stateOf(check(this)).readyState;
  }

  get result() {
    return stateOf(check(this)).result;
  }

  get error() {
    return stateOf(check(this)).error;
  }

  get onloadstart() {
    return getHandler(check(this), "loadstart");
  }

  set onloadstart(value) {
    setHandler(check(this), "loadstart", value);
  }

  get onprogress() {
    return getHandler(check(this), "progress");
  }

  set onprogress(value) {
    setHandler(check(this), "progress", value);
  }

  get onload() {
    return getHandler(check(this), "load");
  }

  set onload(value) {
    setHandler(check(this), "load", value);
  }

  get onabort() {
    return getHandler(check(this), "abort");
  }

  set onabort(value) {
    setHandler(check(this), "abort", value);
  }

  get onerror() {
    return getHandler(check(this), "error");
  }

  set onerror(value) {
    setHandler(check(this), "error", value);
  }

  get onloadend() {
    return getHandler(check(this), "loadend");
  }

  set onloadend(value) {
    setHandler(check(this), "loadend", value);
  }
}

// w3c.github.io/FileAPI/#readOperation
//
// The bytes lie in memory: one chunk has them all.
function read(value, method, given, blob, how, encoding = undefined) {
  const reader = check(value);
  const prefix = `Failed to execute '${method}' on 'FileReader'`;
  requireArguments(given, 1, prefix);
  if (!isBlob(blob)) {
    throw new TypeError(`${prefix}: parameter 1 is not of type 'Blob'.`);
  }
  const label =
    encoding === undefined ? undefined : DOMString(encoding, `${prefix}: parameter 2`);
  const state = stateOf(reader);
  if (state.readyState === LOADING) {
    throw require("dom/dom_exception").create(
      `${prefix}: the reader is reading another Blob already.`,
      "InvalidStateError",
    );
  }
  state.readyState = LOADING;
  state.result = null;
  state.error = null;
  const number = ++state.read;
  const size = blobSize(blob);
  const task = (run) =>
    op_task_queue(() => {
      if (state.read === number) {
        run();
      }
    });
  task(() => fireProgress(reader, "loadstart", 0, size));
  if (size > 0) {
    task(() => fireProgress(reader, "progress", size, size));
  }
  task(() => {
    state.readyState = DONE;
    try {
      state.result = require("file/package_data")[how](blob, label);
    } catch (error) {
      state.error = require("dom/dom_exception").create(
        `${prefix}: ${error.message}`,
        "NotReadableError",
      );
    }
    if (state.error === null) {
      fireProgress(reader, "load", size, size);
    } else {
      fireProgress(reader, "error", 0, 0);
    }
    // differs: in a task of its own. The standard has promises settle between two listeners of one task, since no script
    // is running then; here they settle between tasks. A read that a listener has begun takes the event away.
    task(() => fireProgress(reader, "loadend", size, size));
  });
}

defineInterface(FileReader);
defineConstants(FileReader, { __proto__: null, EMPTY, LOADING, DONE });

exports.FileReader = FileReader;
