"use strict";

// An isolate actor, as JavaScript refers to it.
//
// An `Actor` is a handle: a number into this isolate's table of targets, closed
// when the object is collected. Sent in a message, it arrives as a handle to
// the same isolate.

const {
  FinalizationRegistry,
  FinalizationRegistryPrototypeRegister,
  PromisePrototypeThen,
  TypeError,
} = primordials;
const {
  op_actor_ask,
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
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { dictionaryObject } = require("webidl/dictionary");

let handleOf;
let isActor;

function transferList(options, context) {
  const { transfer } = options;
  if (transfer === undefined) {
    return undefined;
  }
  const { sequence, toArray } = require("webidl/sequence");
  const { object } = require("webidl/convert");
  return toArray(sequence(transfer, object, `${context}: member transfer`));
}

// Rejects `promise` with the signal's reason when that aborts first, and takes
// the message back.
function abortable(promise, id, signal, context) {
  const { addAlgorithm, isAbortSignal, removeAlgorithm } = require("events/abort_signal");
  if (!isAbortSignal(signal)) {
    throw new TypeError(`${context}: member signal is not an AbortSignal.`);
  }
  return new PrimordialPromise((resolve, reject) => {
    const algorithm = addAlgorithm(signal, () => {
      op_actor_cancel(id);
      reject(signal.reason);
    });
    const done = () => {
      if (algorithm !== null) removeAlgorithm(signal, algorithm);
    };
    PromisePrototypeThen(
      promise,
      (value) => {
        done();
        resolve(value);
      },
      (reason) => {
        done();
        reject(reason);
      },
    );
  });
}

const PrimordialPromise = primordials.Promise;

function ask(handle, name, value, options, context) {
  const entry = DOMString(name, `${context}: parameter 'name'`);
  const init = dictionaryObject(options, `${context}: parameter 'options'`);
  if (init === null) {
    return op_actor_ask(handle, entry, value, undefined, undefined)[0];
  }
  const { signal, timeout } = init;
  if (signal !== undefined && signal.aborted) {
    throw signal.reason;
  }
  const sent = op_actor_ask(handle, entry, value, transferList(init, context), timeout);
  return signal === undefined
    ? sent[0]
    : abortable(sent[0], sent[1], signal, context);
}

function tell(handle, name, value, options, context) {
  const entry = DOMString(name, `${context}: parameter 'name'`);
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
    isActor = (value) => isObject(value) && #handle in value;
    handleOf = (value) => (isActor(value) ? value.#handle : illegalInvocation());
  }

  // The address, for people and for comparison.
  get id() {
    return op_actor_id(handleOf(this));
  }

  async ask(name, value = undefined, options = undefined) {
    requireArguments(arguments.length, 1, "Failed to execute 'ask' on 'Actor'");
    return ask(handleOf(this), name, value, options, "Failed to execute 'ask' on 'Actor'");
  }

  tell(name, value = undefined, options = undefined) {
    requireArguments(arguments.length, 1, "Failed to execute 'tell' on 'Actor'");
    tell(handleOf(this), name, value, options, "Failed to execute 'tell' on 'Actor'");
  }

  // Fulfils with the reason when the isolate has ended.
  async watch() {
    return op_actor_watch(handleOf(this));
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
  if (!isActor(value)) {
    throw new TypeError(`${context}: parameter 'actor' is not an Actor.`);
  }
  return handleOf(value);
}

exports.Actor = Actor;
exports.ask = ask;
exports.tell = tell;
exports.checkActor = checkActor;
exports.fromHandle = fromHandle;
// For structured clone: the handle of an actor, undefined for anything else.
exports.toHandle = (value) => (isActor(value) ? handleOf(value) : undefined);
