"use strict";

// The module `nano:actor`: isolates as actors, from JavaScript.

const {
  op_actor_ask,
  op_actor_link,
  op_actor_lookup,
  op_actor_register,
  op_actor_self,
  op_actor_spawn,
  op_actor_tell,
  op_actor_watch,
} = ops;
const { PromiseReject, StringPrototypeToWellFormed, TypeError } = primordials;
const { Actor, askWith, checkActor, fromHandle, tellWith, toHandle } =
  require("actor/actor_interface");
const { requireArguments } = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { dictionaryObject } = require("webidl/dictionary");

let me;

// This isolate, and what it knows of the call that runs.
const self = {
  get actor() {
    me ??= fromHandle(op_actor_self());
    return me;
  },
  get id() {
    return self.actor.id;
  },
  // The signal that aborts when nobody waits for the current call any longer.
  get signal() {
    return require("actor/call_signal").currentSignal();
  },
};

exports.Actor = Actor;
exports.self = self;

exports.spawn = function spawn(module, options = undefined) {
  try {
    requireArguments(arguments.length, 1, "Failed to execute 'spawn'");
    const init = dictionaryObject(options, "Failed to execute 'spawn': parameter 'options'");
    const source = init === null ? undefined : init.source;
    const text = source === undefined ? undefined : DOMString(source, "member source");
    const specifier = DOMString(module, "Failed to execute 'spawn': parameter 'module'");
    return op_actor_spawn(specifier, text, init ?? undefined);
  } catch (error) {
    return PromiseReject(error);
  }
};

exports.ask = function ask(actor, name, value = undefined, options = undefined) {
  try {
    const handle = toHandle(actor);
    if (typeof name === "string" && options === undefined && handle !== undefined) {
      return op_actor_ask(handle, name, value);
    }
    const context = "Failed to execute 'ask'";
    return askWith(checkActor(actor, context), name, value, options, context);
  } catch (error) {
    return PromiseReject(error);
  }
};

exports.tell = function tell(actor, name, value = undefined, options = undefined) {
  const handle = toHandle(actor);
  if (typeof name === "string" && options === undefined && handle !== undefined) {
    op_actor_tell(handle, name, value);
  } else {
    const context = "Failed to execute 'tell'";
    tellWith(checkActor(actor, context), name, value, options, context);
  }
};

// Declares a class whose instances cross to other isolates; see clone/hooks.js.
exports.registerClass = function registerClass(name, Class) {
  requireArguments(arguments.length, 2, "Failed to execute 'registerClass'");
  require("clone/hooks").register(name, Class);
};

exports.watch = function watch(actor) {
  try {
    return op_actor_watch(checkActor(actor, "Failed to execute 'watch'"));
  } catch (error) {
    return PromiseReject(error);
  }
};

exports.link = function link(actor) {
  op_actor_link(checkActor(actor, "Failed to execute 'link'"));
};

// Other isolates and Rust see names as Unicode text, in which all lone
// surrogates would be one.
const isText = (name) => StringPrototypeToWellFormed(name) === name;

exports.register = function register(name, actor = self.actor) {
  const context = "Failed to execute 'register'";
  requireArguments(arguments.length, 1, context);
  const handle = checkActor(actor, context);
  const text = DOMString(name, `${context}: parameter 'name'`);
  if (!isText(text)) {
    throw new TypeError(`${context}: parameter 'name' has half of a surrogate pair.`);
  }
  op_actor_register(text, handle);
};

exports.lookup = function lookup(name) {
  requireArguments(arguments.length, 1, "Failed to execute 'lookup'");
  const text = DOMString(name, "Failed to execute 'lookup': parameter 'name'");
  const handle = isText(text) ? op_actor_lookup(text) : undefined;
  return handle === undefined ? undefined : fromHandle(handle);
};
