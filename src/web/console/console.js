"use strict";
// console.spec.whatwg.org/#console-namespace
//
// Output goes to the process's streams as Node's does: messages of the levels
// "error" and "warn" to standard error, the others to standard output. What is
// printed for an object is in inspect_value.js; a program that logs plain
// strings alone never loads that, hence the late `require`s.

const { ErrorCaptureStackTrace, ObjectDefineProperty, SymbolToStringTag } = primordials;
const { op_console_color, op_console_write, op_performance_now } = ops;
const { indentRest, spaces } = require("console/text");

const STDOUT = 1;
const STDERR = 2;

const GROUP_INDENTATION = 2;
// Deeper groups are not set in further: each line would cost that much.
const MAX_GROUP_INDENTATION = 1000;

// console.spec.whatwg.org/#counting and #timing: label to count, and label to
// start in milliseconds. Without a prototype every label is a key like any
// other, "__proto__" too.
const counts = { __proto__: null };
const timers = { __proto__: null };
let groups = 0;

// console.spec.whatwg.org/#printer
function print(stream, text) {
  if (groups > 0) {
    const wanted = groups * GROUP_INDENTATION;
    const margin = spaces(wanted < MAX_GROUP_INDENTATION ? wanted : MAX_GROUP_INDENTATION);
    text = margin + indentRest(text, margin);
  }
  op_console_write(stream, text + "\n");
}

function formatted(stream, data) {
  if (data.length === 1 && typeof data[0] === "string") return data[0];
  return require("console/format").formatArguments(data, op_console_color(stream));
}

// console.spec.whatwg.org/#logger
function write(stream, data) {
  print(stream, formatted(stream, data));
}

// console.spec.whatwg.org/#reporting-warnings-to-the-console
function report(text) {
  print(STDERR, "Warning: " + text);
}

// Text and values in a row, for methods that know no specifiers.
function followedBy(stream, text, data) {
  if (data.length === 0) return text;
  return text + " " + require("console/format").joinArguments(data, 0, op_console_color(stream));
}

function padded(number, digits) {
  let text = "" + number;
  while (text.length < digits) text = "0" + text;
  return text;
}

// 0.123ms, 1.234s, 1:02.345 (m:ss.mmm), 1:02:03.456 (h:mm:ss.mmm)
function durationText(milliseconds) {
  if (milliseconds < 1000) {
    const thousandths = milliseconds * 1000 + 0.5;
    return (thousandths - thousandths % 1) / 1000 + "ms";
  }
  let rest = milliseconds + 0.5;
  rest -= rest % 1;
  const fraction = "." + padded(rest % 1000, 3);
  rest = (rest - rest % 1000) / 1000;
  if (rest < 60) return rest + fraction + "s";
  const seconds = padded(rest % 60, 2) + fraction;
  rest = (rest - rest % 60) / 60;
  if (rest < 60) return rest + ":" + seconds + " (m:ss.mmm)";
  return (rest - rest % 60) / 60 + ":" + padded(rest % 60, 2) + ":" + seconds + " (h:mm:ss.mmm)";
}

function elapsed(label, method) {
  const start = timers[label];
  if (start !== undefined) return label + ": " + durationText(op_performance_now() - start);
  report("No such label '" + label + "' for console." + method + "()");
  return undefined;
}

// console.spec.whatwg.org/#group
function openGroup(data) {
  if (data.length > 0) write(STDOUT, data);
  groups++;
}

// webidl.spec.whatwg.org/#es-namespaces: the namespace object's prototype is
// an empty object. `${label}` is the conversion to DOMString; it may throw.
const console = {
  __proto__: {},

  // console.spec.whatwg.org/#assert
  assert(condition = false, ...data) {
    if (condition) return;
    if (data.length > 0 && typeof data[0] === "string") {
      data[0] = "Assertion failed: " + data[0];
      write(STDERR, data);
    } else {
      print(STDERR, followedBy(STDERR, "Assertion failed", data));
    }
  },

  // console.spec.whatwg.org/#clear
  clear() {
    groups = 0;
    // Cursor to the top left, erase to the end of the screen.
    if (op_console_color(STDOUT)) op_console_write(STDOUT, "\x1b[1;1H\x1b[0J");
  },

  // console.spec.whatwg.org/#debug
  debug(...data) {
    write(STDOUT, data);
  },

  // console.spec.whatwg.org/#error
  error(...data) {
    write(STDERR, data);
  },

  // console.spec.whatwg.org/#info
  info(...data) {
    write(STDOUT, data);
  },

  // console.spec.whatwg.org/#log
  log(...data) {
    write(STDOUT, data);
  },

  // console.spec.whatwg.org/#table
  table(tabularData = undefined, properties = undefined) {
    const { columnNames, tableText } = require("console/table");
    const colors = op_console_color(STDOUT);
    const names = columnNames(properties);
    const text = tableText(tabularData, names, colors);
    if (text === null) write(STDOUT, [tabularData]);
    else print(STDOUT, text);
  },

  // console.spec.whatwg.org/#trace
  trace(...data) {
    const message = formatted(STDERR, data);
    const holder = { __proto__: null, name: "Trace", message };
    let stack;
    try {
      ErrorCaptureStackTrace(holder, trace);
      stack = holder.stack;
    } catch {
      // Error.prepareStackTrace is the program's and may throw.
    }
    const heading = message === "" ? "Trace" : "Trace: " + message;
    print(STDERR, typeof stack === "string" ? stack : heading);
  },

  // console.spec.whatwg.org/#warn
  warn(...data) {
    write(STDERR, data);
  },

  // console.spec.whatwg.org/#dir
  dir(item = undefined, options = undefined) {
    print(STDOUT, require("console/inspect_value").inspect(item, dirOptions(options)));
  },

  // console.spec.whatwg.org/#dirxml
  dirxml(...data) {
    write(STDOUT, data);
  },

  // console.spec.whatwg.org/#count
  count(label = "default") {
    label = `${label}`;
    counts[label] = (counts[label] === undefined ? 0 : counts[label]) + 1;
    print(STDOUT, label + ": " + counts[label]);
  },

  // console.spec.whatwg.org/#countreset
  countReset(label = "default") {
    label = `${label}`;
    if (counts[label] === undefined) report("Count for '" + label + "' does not exist");
    else delete counts[label];
  },

  // console.spec.whatwg.org/#group
  group(...data) {
    openGroup(data);
  },

  // console.spec.whatwg.org/#groupcollapsed
  groupCollapsed(...data) {
    openGroup(data);
  },

  // console.spec.whatwg.org/#groupend
  groupEnd() {
    if (groups > 0) groups--;
  },

  // console.spec.whatwg.org/#time
  time(label = "default") {
    label = `${label}`;
    if (timers[label] !== undefined) {
      report("Label '" + label + "' already exists for console.time()");
    } else {
      timers[label] = op_performance_now();
    }
  },

  // console.spec.whatwg.org/#timelog
  timeLog(label = "default", ...data) {
    label = `${label}`;
    const text = elapsed(label, "timeLog");
    if (text !== undefined) print(STDOUT, followedBy(STDOUT, text, data));
  },

  // console.spec.whatwg.org/#timeend
  timeEnd(label = "default") {
    label = `${label}`;
    const text = elapsed(label, "timeEnd");
    if (text === undefined) return;
    delete timers[label];
    print(STDOUT, text);
  },

  // Not in the standard, but common: they concern a profiler that listens,
  // and there is none.
  profile() {},
  profileEnd() {},
  timeStamp() {},
};

// Frames up to and with this one are the console's own business.
const { trace } = console;

// Hooks are for logging; `dir` shows what there is.
function dirOptions(options) {
  const colors = op_console_color(STDOUT);
  if (options === null || typeof options !== "object") {
    return { __proto__: null, colors, customInspect: false };
  }
  try {
    return { __proto__: null, colors, customInspect: false, ...options };
  } catch {
    return { __proto__: null, colors, customInspect: false };
  }
}

ObjectDefineProperty(console, SymbolToStringTag, {
  __proto__: null,
  value: "console",
  writable: false,
  enumerable: false,
  configurable: true,
});

exports.console = console;
