"use strict";

// html.spec.whatwg.org/multipage/web-messaging.html#message-channels

const { op_message_channel } = ops;
const { defineInterface, fallBack, illegalInvocation, isObject } = require("webidl/interface");
const { fromHandle, receiverOf } = require("messaging/message_port");
const { entangle } = require("messaging/receiver");

let check;

class MessageChannel {
  #port1;
  #port2;

  constructor() {
    fallBack(this, new.target, MessageChannel);
    const ports = createChannel();
    this.#port1 = ports[0];
    this.#port2 = ports[1];
  }

  static {
    check = (value) => (isObject(value) && #port1 in value ? value : illegalInvocation());
  }

  get port1() {
    return check(this).#port1;
  }

  get port2() {
    return check(this).#port2;
  }
}

// Both ports of a new channel, as `{ 0, 1 }`.
function createChannel() {
  const handle = op_message_channel();
  const port1 = fromHandle(handle);
  const port2 = fromHandle(handle + 1);
  entangle(receiverOf(port1), receiverOf(port2));
  return { __proto__: null, 0: port1, 1: port2 };
}

defineInterface(MessageChannel, ["port1", "port2"]);

exports.MessageChannel = MessageChannel;
exports.createChannel = createChannel;
