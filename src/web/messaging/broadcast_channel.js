"use strict";

// html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts
//
// All isolates of a runtime hear each other. A channel for which there is no room
// gets a `messageerror` in the place of the messages that it misses, so that who
// is slow holds up nobody.

const { op_broadcast_join, op_broadcast_origin, op_broadcast_post } = ops;
const {
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { EventTarget } = require("events/event_target");
const { getHandler, setHandler } = require("events/event_handler");
const { Receiver, attach, closeWith, drop } = require("messaging/receiver");

let check;
let origin;

class BroadcastChannel extends EventTarget {
  #name;
  #receiver;

  constructor(name) {
    requireArguments(arguments.length, 1, "Failed to construct 'BroadcastChannel'");
    const nameString = DOMString(name, "Failed to construct 'BroadcastChannel': parameter 1");
    super();
    fallBack(this, new.target, BroadcastChannel);
    this.#name = nameString;
    this.#receiver = new Receiver(op_broadcast_join(nameString));
    this.#receiver.enabled = true;
    // Of the same origin as the sender, by the standard.
    this.#receiver.origin = origin ??= op_broadcast_origin();
    attach(this.#receiver, this);
    closeWith(this.#receiver, this);
  }

  static {
    check = (value) => (isObject(value) && #receiver in value ? value : illegalInvocation());
  }

  get name() {
    return check(this).#name;
  }

  // html.spec.whatwg.org/multipage/web-messaging.html#dom-broadcastchannel-postmessage
  postMessage(message) {
    const receiver = check(this).#receiver;
    const prefix = "Failed to execute 'postMessage' on 'BroadcastChannel'";
    requireArguments(arguments.length, 1, prefix);
    if (!receiver.open) {
      throw require("dom/dom_exception").create(
        `${prefix}: the channel is closed.`,
        "InvalidStateError",
      );
    }
    op_broadcast_post(receiver.handle, message);
  }

  close() {
    drop(check(this).#receiver);
  }

  get onmessage() {
    return getHandler(check(this), "message");
  }

  set onmessage(value) {
    setHandler(check(this), "message", value);
  }

  get onmessageerror() {
    return getHandler(check(this), "messageerror");
  }

  set onmessageerror(value) {
    setHandler(check(this), "messageerror", value);
  }
}

defineInterface(BroadcastChannel, ["name"]);

exports.BroadcastChannel = BroadcastChannel;
