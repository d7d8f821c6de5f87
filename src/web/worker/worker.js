"use strict";

// html.spec.whatwg.org/multipage/workers.html#dedicated-workers-and-the-worker-interface
//
// A worker is an isolate of its own, whose limits are those of the isolate that
// makes it, and which ends with that.

const { op_worker_start, op_worker_terminate, op_worker_url } = ops;
const {
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString, USVString, enumeration } = require("webidl/convert");
const { dictionaryObject } = require("webidl/dictionary");
const { EventTarget, fire } = require("events/event_target");
const { getHandler, setHandler } = require("events/event_handler");
const { Receiver, attach, drop, post, start, update } = require("messaging/receiver");

const workerType = enumeration("WorkerType", { __proto__: null, classic: true, module: true });
const requestCredentials = enumeration("RequestCredentials", {
  __proto__: null,
  omit: true,
  "same-origin": true,
  include: true,
});

let receiverOf;

class Worker extends EventTarget {
  #receiver;

  constructor(scriptURL, options = undefined) {
    const prefix = "Failed to construct 'Worker'";
    requireArguments(arguments.length, 1, prefix);
    const text = USVString(scriptURL, `${prefix}: parameter 1`);
    const init = dictionaryObject(options, `${prefix}: parameter 2`);
    let name = "";
    let isClassic = true;
    if (init !== null) {
      const { credentials } = init;
      if (credentials !== undefined) {
        requestCredentials(credentials, `${prefix}: member credentials`);
      }
      const nameMember = init.name;
      if (nameMember !== undefined) {
        name = DOMString(nameMember, `${prefix}: member name`);
      }
      const { type } = init;
      if (type !== undefined) {
        isClassic = workerType(type, `${prefix}: member type`) === "classic";
      }
    }
    const url = op_worker_url(text);
    if (url === undefined) {
      throw require("dom/dom_exception").create(
        `${prefix}: '${text}' is no URL.`,
        "SyntaxError",
      );
    }
    super();
    fallBack(this, new.target, Worker);
    const receiver = new Receiver(op_worker_start(url, name, isClassic));
    this.#receiver = receiver;
    receiver.always = true;
    receiver.onFailure = (message, filename, lineno, colno) =>
      failed(this, message, filename, lineno, colno);
    attach(receiver, this);
    start(receiver);
    update(receiver);
  }

  static {
    receiverOf = (value) =>
      isObject(value) && #receiver in value ? value.#receiver : illegalInvocation();
  }

  // html.spec.whatwg.org/multipage/workers.html#dom-worker-terminate
  terminate() {
    const receiver = receiverOf(this);
    if (receiver.handle !== 0) {
      op_worker_terminate(receiver.handle);
      drop(receiver);
    }
  }

  // html.spec.whatwg.org/multipage/workers.html#dom-worker-postmessage
  postMessage(message, options = undefined) {
    const receiver = receiverOf(this);
    const prefix = "Failed to execute 'postMessage' on 'Worker'";
    requireArguments(arguments.length, 1, prefix);
    post(
      receiver,
      message,
      options === undefined
        ? undefined
        : require("clone/transfer_list").transferArgument(options, prefix),
    );
  }

  get onerror() {
    receiverOf(this);
    return getHandler(this, "error");
  }

  set onerror(value) {
    receiverOf(this);
    setHandler(this, "error", value);
  }

  get onmessage() {
    receiverOf(this);
    return getHandler(this, "message");
  }

  set onmessage(value) {
    receiverOf(this);
    setHandler(this, "message", value);
  }

  get onmessageerror() {
    receiverOf(this);
    return getHandler(this, "messageerror");
  }

  set onmessageerror(value) {
    receiverOf(this);
    setHandler(this, "messageerror", value);
  }
}

// html.spec.whatwg.org/multipage/webappapis.html#report-an-exception, step 5.3
// Returns whether it is handled; else it goes on to the global object.
//
// differs: the event of a script that does not load, or ends its worker, is the
// same, so that nobody misses why there is no worker.
function failed(worker, message, filename, lineno, colno) {
  const { ErrorEvent } = require("events/error_event");
  const event = new ErrorEvent("error", {
    __proto__: null,
    cancelable: true,
    message,
    filename,
    lineno,
    colno,
    error: null,
  });
  return !fire(worker, event);
}

defineInterface(Worker);

exports.Worker = Worker;
