"use strict";

// An isolate actor, as JavaScript refers to it.
//
// An `Actor` is a handle: a number into this isolate's table of targets, closed
// when the object is collected. Sent in a message, it arrives as a handle to
// the same isolate.
//
// Isolates are many and caches are small, so a message that needs no conversion,
// as nearly all do, calls nothing but the op.
//
// What gives a promise gives the op's own: an async function would resolve its
// promise with that one, by way of whatever `then` the program has put there.

const {
  FinalizationRegistry,
  FinalizationRegistryPrototypeRegister,
  ObjectDefineProperty,
  Promise: PrimordialPromise,
  PromisePrototypeThen,
  PromiseReject,
  TypeError,
} = primordials;
const {
  op_actor_ask,
  op_actor_ask_cancellable,
  op_actor_cancel,
  op_actor_close,
  op_actor_id,
  op_actor_link,
  op_actor_stop,
  op_actor_tell,
  op_actor_watch,
} = ops;
const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
} = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { dictionaryObject } = require("webidl/dictionary");

let handleOf;
let toHandle;

// Loaded only where there are options.
const transferList = (options, context) =>
  require("clone/transfer_list").transferMember(options, context);

// The signal among the options, undefined where there is none.
function signalOf({ signal }, context) {
  if (signal !== undefined && !require("events/abort_signal").isAbortSignal(signal)) {
    throw new TypeError(`${context}: member signal is not an AbortSignal.`);
  }
  return signal;
}

// The timeout among the options in milliseconds, undefined where there is none.
function timeoutOf({ timeout }, context) {
  return timeout === undefined
    ? undefined
    : require("webidl/integer").unsignedLongLong(timeout, `${context}: member timeout`, "enforce");
}

// Rejects with the signal's reason when that aborts before `promise`, which
// nobody else has, settles; then takes the message back.
function abortable(promise, id, signal) {
  const { abortReason, addAlgorithm, removeAlgorithm } = require("events/abort_signal");
  return new PrimordialPromise((resolve, reject) => {
    const abort = (reason) => {
      op_actor_cancel(id);
      reject(reason);
    };
    const algorithm = addAlgorithm(signal, abort);
    if (algorithm === null) {
      // A getter or a hook of the message has aborted it.
      abort(abortReason(signal));
    }
    // `then` makes its own promise without asking the program how.
    ObjectDefineProperty(promise, "constructor", noConstructor);
    PromisePrototypeThen(
      promise,
      (value) => {
        removeAlgorithm(signal, algorithm);
        resolve(value);
      },
      (reason) => {
        removeAlgorithm(signal, algorithm);
        reject(reason);
      },
    );
  });
}

const noConstructor = { __proto__: null, value: undefined };

// The name as a string. Nothing is named by default, so an absent one is
// refused where WebIDL would have it be "undefined".
function entryOf(name, context) {
  if (name === undefined) {
    throw new TypeError(`${context}: parameter 'name' is missing.`);
  }
  return DOMString(name, `${context}: parameter 'name'`);
}

function askWith(handle, name, value, options, context) {
  const entry = entryOf(name, context);
  const init = dictionaryObject(options, `${context}: parameter 'options'`);
  if (init === null) {
    return op_actor_ask(handle, entry, value);
  }
  const signal = signalOf(init, context);
  const timeout = timeoutOf(init, context);
  const transfer = transferList(init, context);
  if (signal === undefined) {
    return op_actor_ask(handle, entry, value, transfer, timeout);
  }
  const { abortReason, isAborted } = require("events/abort_signal");
  if (isAborted(signal)) {
    throw abortReason(signal);
  }
  const sent = op_actor_ask_cancellable(handle, entry, value, transfer, timeout);
  return abortable(sent[0], sent[1], signal);
}

function tellWith(handle, name, value, options, context) {
  const entry = entryOf(name, context);
  const init = dictionaryObject(options, `${context}: parameter 'options'`);
  op_actor_tell(handle, entry, value, init === null ? undefined : transferList(init, context));
}

class Actor {
  #handle = 0;

  constructor(token = undefined, handle = 0) {
    if (token !== internal) {
      illegalConstructor();
    }
    this.#handle = handle;
    FinalizationRegistryPrototypeRegister(collected, this, handle);
  }

  static {
    toHandle = (value) =>
      typeof value === "object" && value !== null && #handle in value ? value.#handle : undefined;
    handleOf = (value) => toHandle(value) ?? illegalInvocation();
  }

  // The address, for people and for comparison.
  get id() {
    return op_actor_id(handleOf(this));
  }

  ask(name, value = undefined, options = undefined) {
    try {
      const handle = toHandle(this);
      if (typeof name === "string" && options === undefined && handle !== undefined) {
        return op_actor_ask(handle, name, value);
      }
      return askWith(handleOf(this), name, value, options, "Failed to execute 'ask' on 'Actor'");
    } catch (error) {
      return PromiseReject(error);
    }
  }

  tell(name, value = undefined, options = undefined) {
    const handle = toHandle(this);
    if (typeof name === "string" && options === undefined && handle !== undefined) {
      op_actor_tell(handle, name, value);
    } else {
      tellWith(handleOf(this), name, value, options, "Failed to execute 'tell' on 'Actor'");
    }
  }

  // Fulfils with the reason when the isolate has ended.
  watch() {
    try {
      return op_actor_watch(handleOf(this));
    } catch (error) {
      return PromiseReject(error);
    }
  }

  link() {
    op_actor_link(handleOf(this));
  }

  // Takes no more messages and ends with the last running call.
  stop() {
    op_actor_stop(handleOf(this), false);
  }

  kill() {
    op_actor_stop(handleOf(this), true);
  }
}

defineInterface(Actor);

const collected = new FinalizationRegistry((handle) => op_actor_close(handle));

const fromHandle = (handle) => new Actor(internal, handle);

function checkActor(value, context) {
  const handle = toHandle(value);
  if (handle === undefined) {
    throw new TypeError(`${context}: parameter 'actor' is not an Actor.`);
  }
  return handle;
}

exports.Actor = Actor;
exports.askWith = askWith;
exports.tellWith = tellWith;
exports.checkActor = checkActor;
exports.fromHandle = fromHandle;
// The handle of an actor, undefined for anything else.
exports.toHandle = toHandle;
