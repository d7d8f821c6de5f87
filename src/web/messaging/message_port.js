"use strict";

// html.spec.whatwg.org/multipage/web-messaging.html#message-ports

const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { EventTarget } = require("events/event_target");
const { getHandler, setHandler } = require("events/event_handler");
const { Receiver, attach, close, closeWith, post, start, takeHandle } =
  require("messaging/receiver");
const { MESSAGE_PORT, register } = require("clone/transferable");

let isMessagePort;
let receiverOf;

class MessagePort extends EventTarget {
  #receiver;

  constructor(token = undefined, handle = 0) {
    if (token !== internal) {
      illegalConstructor();
    }
    super();
    this.#receiver = new Receiver(handle);
    attach(this.#receiver, this);
    closeWith(this.#receiver, this);
  }

  static {
    isMessagePort = (value) => isObject(value) && #receiver in value;
    receiverOf = (value) => (isMessagePort(value) ? value.#receiver : illegalInvocation());
  }

  // html.spec.whatwg.org/multipage/web-messaging.html#dom-messageport-postmessage
  postMessage(message, options = undefined) {
    const receiver = receiverOf(this);
    const prefix = "Failed to execute 'postMessage' on 'MessagePort'";
    requireArguments(arguments.length, 1, prefix);
    const transfer =
      options === undefined
        ? undefined
        : require("clone/transfer_list").transferArgument(options, prefix);
    if (transfer !== undefined) {
      checkSource(this, transfer, prefix);
    }
    post(receiver, message, transfer);
  }

  start() {
    start(receiverOf(this));
  }

  close() {
    close(receiverOf(this));
  }

  get onclose() {
    receiverOf(this);
    return getHandler(this, "close");
  }

  set onclose(value) {
    receiverOf(this);
    setHandler(this, "close", value);
  }

  get onmessage() {
    receiverOf(this);
    return getHandler(this, "message");
  }

  set onmessage(value) {
    const receiver = receiverOf(this);
    setHandler(this, "message", value);
    // The first time that it is set, the port is started.
    start(receiver);
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

// html.spec.whatwg.org/multipage/web-messaging.html#message-port-post-message-steps, step 1
function checkSource(port, transfer, prefix) {
  for (let i = 0; i < transfer.length; i++) {
    if (transfer[i] === port) {
      throw dataCloneError(`${prefix}: transfer[${i}] is the port itself.`);
    }
  }
}

function dataCloneError(message) {
  return require("dom/dom_exception").create(message, "DataCloneError");
}

defineInterface(MessagePort);

register({
  __proto__: null,
  tag: MESSAGE_PORT,
  isInstance: isMessagePort,
  check(port) {
    if (!receiverOf(port).open) {
      throw dataCloneError("A MessagePort was transferred or closed already.");
    }
  },
  transferSteps: (port) => ({ __proto__: null, 0: port, length: 1 }),
  receivingSteps: (port) => port,
});

exports.MessagePort = MessagePort;
exports.fromHandle = (handle) => new MessagePort(internal, handle);
// The handle of a port that is transferred, for native code alone.
exports.handleTaken = (port) => takeHandle(receiverOf(port));
exports.isMessagePort = isMessagePort;
exports.receiverOf = receiverOf;
