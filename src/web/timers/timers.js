"use strict";

// html.spec.whatwg.org/multipage/timers-and-user-prompts.html#timers
//
// differs: a nested timer is not held back to four milliseconds. Browsers do
// that to save batteries; no server runtime does.

const { ReflectApply, globalEval, globalThis } = primordials;
const { checkGlobalReceiver, requireArguments } = require("webidl/interface");
const { long } = require("webidl/integer");
const { cancel, start } = require("timers/active_timers");

// html.spec.whatwg.org/multipage/timers-and-user-prompts.html#timer-initialisation-steps
function initialize(handler, timeout, repeat, args, name) {
  // A handler that is no function is source text, to be run as a script in the
  // global scope. Its exceptions, syntax errors too, are reported then.
  const source =
    typeof handler === "function"
      ? undefined
      : require("webidl/convert").DOMString(handler, `Failed to execute '${name}': parameter 1`);
  const delay = long(timeout, `Failed to execute '${name}': parameter 2`);
  let callback;
  if (source !== undefined) {
    callback = () => globalEval(source);
  } else if (args.length === 0) {
    callback = () => ReflectApply(handler, globalThis, []);
  } else {
    callback = () => ReflectApply(handler, globalThis, args);
  }
  return start(delay < 0 ? 0 : delay, repeat, callback);
}

// Methods of an object, because methods have neither `prototype` nor [[Construct]].
const operations = {
  setTimeout(handler, timeout = 0, ...args) {
    checkGlobalReceiver(this);
    requireArguments(arguments.length, 1, "Failed to execute 'setTimeout'");
    return initialize(handler, timeout, false, args, "setTimeout");
  },

  clearTimeout(id = 0) {
    checkGlobalReceiver(this);
    cancel(long(id, "Failed to execute 'clearTimeout': parameter 1"));
  },

  setInterval(handler, timeout = 0, ...args) {
    checkGlobalReceiver(this);
    requireArguments(arguments.length, 1, "Failed to execute 'setInterval'");
    return initialize(handler, timeout, true, args, "setInterval");
  },

  clearInterval(id = 0) {
    checkGlobalReceiver(this);
    cancel(long(id, "Failed to execute 'clearInterval': parameter 1"));
  },
};

exports.clearInterval = operations.clearInterval;
exports.clearTimeout = operations.clearTimeout;
exports.setInterval = operations.setInterval;
exports.setTimeout = operations.setTimeout;
