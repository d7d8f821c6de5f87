"use strict";

// The module `nano:actor`: isolates as actors, from JavaScript.

const {
  op_actor_link,
  op_actor_lookup,
  op_actor_register,
  op_actor_self,
  op_actor_spawn,
  op_actor_watch,
} = ops;
const { Actor, ask, checkActor, fromHandle, tell } = require("actor/actor_interface");
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

exports.spawn = async function spawn(module, options = undefined) {
  requireArguments(arguments.length, 1, "Failed to execute 'spawn'");
  const init = dictionaryObject(options, "Failed to execute 'spawn': parameter 'options'");
  const source = init === null ? undefined : init.source;
  const text = source === undefined ? undefined : DOMString(source, "member source");
  const specifier = DOMString(module, "Failed to execute 'spawn': parameter 'module'");
  return op_actor_spawn(specifier, text, init ?? undefined);
};

exports.ask = async function ask_(actor, name, value = undefined, options = undefined) {
  requireArguments(arguments.length, 2, "Failed to execute 'ask'");
  const handle = checkActor(actor, "Failed to execute 'ask'");
  return ask(handle, name, value, options, "Failed to execute 'ask'");
};

exports.tell = function tell_(actor, name, value = undefined, options = undefined) {
  requireArguments(arguments.length, 2, "Failed to execute 'tell'");
  const handle = checkActor(actor, "Failed to execute 'tell'");
  tell(handle, name, value, options, "Failed to execute 'tell'");
};

// Declares a class whose instances cross to other isolates; see clone/hooks.js.
exports.registerClass = function registerClass(name, Class) {
  requireArguments(arguments.length, 2, "Failed to execute 'registerClass'");
  require("clone/hooks").register(name, Class);
};

exports.watch = async function watch(actor) {
  return op_actor_watch(checkActor(actor, "Failed to execute 'watch'"));
};

exports.link = function link(actor) {
  op_actor_link(checkActor(actor, "Failed to execute 'link'"));
};

exports.register = function register(name, actor = self.actor) {
  requireArguments(arguments.length, 1, "Failed to execute 'register'");
  const handle = checkActor(actor, "Failed to execute 'register'");
  const text = DOMString(name, "Failed to execute 'register': parameter 'name'");
  if (!op_actor_register(text, handle)) {
    const { create } = require("dom/dom_exception");
    throw create(`The name '${text}' is taken.`, "InvalidStateError");
  }
};

exports.lookup = function lookup(name) {
  requireArguments(arguments.length, 1, "Failed to execute 'lookup'");
  const handle = op_actor_lookup(DOMString(name, "Failed to execute 'lookup': parameter 'name'"));
  return handle === undefined ? undefined : fromHandle(handle);
};
