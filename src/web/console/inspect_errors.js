"use strict";
// Errors: the stack under a first line that names class and message as they
// are now, whatever they were when the stack was captured.

const { ObjectHasOwn, StringPrototypeIndexOf, StringPrototypeSlice } = primordials;
const { op_value_kind } = ops;
const { KIND } = require("console/value_kind");
const { List } = require("console/list");
const { isErrorLike, isQuiet, prefix, read } = require("console/inspect_names");
const {
  endsWith,
  includes,
  indentRest,
  lines,
  spaces,
  startsWith,
} = require("console/text");

const FRAME = "\n    at";
// A run of this many frames or more that error and cause share is shown once.
const SHARED_FRAMES = 4;

// String(value), but what throws is as good as absent.
function stringOf(value, otherwise) {
  try {
    if (value === undefined || value === null) return otherwise;
    if (isQuiet() && (typeof value === "object" || typeof value === "function")) return otherwise;
    return `${value}`;
  } catch {
    return otherwise;
  }
}

function nameOf(error) {
  return stringOf(read(error, "name"), "Error");
}

// tc39.es/ecma262/#sec-error.prototype.tostring
function heading(error) {
  const name = nameOf(error);
  const message = stringOf(read(error, "message"), "");
  if (name === "") return message;
  return message === "" ? name : name + ": " + message;
}

function stackOf(context, error) {
  const stack = read(error, "stack");
  if (!stack) return heading(error);
  if (typeof stack === "string") return stack;
  context.seen.push(error);
  context.indentation += 4;
  const text = context.visit(stack, 0, false);
  context.indentation -= 4;
  context.seen.pop();
  return heading(error) + "\n    " + text;
}

// The stack says name, message and itself already.
function dropKeysSaidByStack(context, keys, error, stack) {
  if (context.showHidden) return;
  const at = keys.indexOf("stack");
  if (at !== -1) keys.remove(at);
  const drop = (key) => {
    const index = keys.indexOf(key);
    if (index === -1) return;
    let value;
    try {
      value = isQuiet() ? read(error, key) : error[key];
    } catch {
      return;
    }
    if (isQuiet() && value === undefined) return;
    if (typeof value !== "string" || includes(stack, value)) keys.remove(index);
  };
  drop("message");
  drop("name");
}

// Not enumerable, yet the reason to look at the error.
function addKeys(keys, error) {
  if (ObjectHasOwn(error, "cause") && keys.indexOf("cause") === -1) keys.push("cause");
  if (!ObjectHasOwn(error, "errors") || keys.indexOf("errors") !== -1) return;
  const errors = read(error, "errors");
  if (typeof errors === "object" && errors !== null && op_value_kind(errors) === KIND.ARRAY) {
    keys.push("errors");
  }
}

function isNameCharacter(c) {
  return (c >= "a" && c <= "z") || (c >= "A" && c <= "Z") || (c >= "0" && c <= "9") ||
    c === "_" || c === "$" || c === "." || c === "-";
}

// The name that a stack opens with, "" if none.
function nameInStack(stack) {
  let end = 0;
  while (end < stack.length && isNameCharacter(stack[end])) end++;
  if (end === 0) return "";
  const rest = StringPrototypeSlice(stack, end, end + FRAME.length);
  const ends = rest === "" || rest[0] === ":" || rest === FRAME;
  return ends ? StringPrototypeSlice(stack, 0, end) : "";
}

// Puts the class into the first line where the stack does not say it: the name
// was captured with the stack, and a subclass that sets none inherits one.
function withClass(stack, errorName, className, tag) {
  let captured = errorName;
  if (className === null) {
    captured = nameInStack(stack);
  } else {
    const next = stack[errorName.length];
    const opens = startsWith(stack, errorName) &&
      (stack.length === errorName.length || next === ":" || next === "\n");
    if (!endsWith(errorName, "Error") || !opens) return stack;
  }
  const full = prefix(className, tag, captured === "" ? "Error" : captured, "");
  const title = StringPrototypeSlice(full, 0, full.length - 1);
  if (title === errorName) return stack;
  const rest = StringPrototypeSlice(stack, captured.length);
  if (!includes(title, errorName)) return title + " [" + errorName + "]" + rest;
  return captured === "" ? title + ": " + stack : title + rest;
}

// Replaces the frames that a cause's stack, printed below, has as well.
function collapseShared(context, frames, causeFrames) {
  for (let i = 0; i + SHARED_FRAMES <= frames.length; i++) {
    const at = causeFrames.indexOf(frames[i]);
    if (at === -1) continue;
    let shared = 1;
    while (
      i + shared < frames.length && at + shared < causeFrames.length &&
      frames[i + shared] === causeFrames[at + shared]
    ) {
      shared++;
    }
    if (shared < SHARED_FRAMES) continue;
    const result = new List();
    for (let j = 0; j <= i; j++) result.push(frames[j]);
    const note = "    ... " + (shared - 2) + " lines matching cause stack trace ...";
    result.push(context.paint(note, "undefined"));
    for (let j = i + shared - 1; j < frames.length; j++) result.push(frames[j]);
    return result;
  }
  return frames;
}

function framesAfter(stack, from) {
  const start = StringPrototypeIndexOf(stack, FRAME, from);
  return start === -1 ? null : lines(StringPrototypeSlice(stack, start + 1), false);
}

// The runtime's own frames are dimmed.
function isOwnFrame(frame) {
  return includes(frame, "(nano:") || includes(frame, "at nano:");
}

function errorText(context, shape) {
  const { value: error, keys } = shape;
  let stack = stackOf(context, error);
  dropKeysSaidByStack(context, keys, error, stack);
  addKeys(keys, error);
  const name = nameOf(error);
  if (typeof (read(error, "name") ?? name) === "string") {
    stack = withClass(stack, name, shape.name, shape.tag);
  } else {
    const at = StringPrototypeIndexOf(stack, name);
    const title = prefix(shape.name, shape.tag, "Error", "");
    const end = at + name.length;
    const inserted = " [" + StringPrototypeSlice(title, 0, title.length - 1) + "]";
    if (at !== -1) {
      stack = StringPrototypeSlice(stack, 0, end) + inserted + StringPrototypeSlice(stack, end);
    }
  }

  // A message may have lines that look like frames.
  const message = stringOf(read(error, "message"), "");
  const messageAt = message === "" ? -1 : StringPrototypeIndexOf(stack, message);
  const from = messageAt === -1 ? 0 : messageAt + message.length;
  let frames = framesAfter(stack, from);
  if (frames === null) {
    stack = "[" + stack + "]";
  } else {
    const cause = read(error, "cause");
    if (typeof cause === "object" && cause !== null && isErrorLike(cause)) {
      const causeFrames = framesAfter(stackOf(context, cause), 0);
      if (causeFrames !== null) frames = collapseShared(context, frames, causeFrames);
    }
    for (let i = 0; context.colors && i < frames.length; i++) {
      if (isOwnFrame(frames[i])) frames[i] = context.paint(frames[i], "undefined");
    }
    const start = StringPrototypeIndexOf(stack, FRAME, from);
    stack = StringPrototypeSlice(stack, 0, start) + "\n" + frames.join("\n");
  }
  return indentRest(stack, spaces(context.indentation));
}

exports.errorText = errorText;
