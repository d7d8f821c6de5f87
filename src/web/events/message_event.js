"use strict";

// html.spec.whatwg.org/multipage/comms.html#the-messageevent-interface

const { ObjectFreeze, TypeError } = primordials;
const {
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString, USVString } = require("webidl/convert");
const { Event, initialize, stateOf } = require("events/event");

let check;
let createMessageEvent;

class MessageEvent extends Event {
  #data = null;
  #origin = "";
  #lastEventId = "";
  #source = null;
  // Null until it is first read, where there are none.
  #ports = null;

  constructor(type, eventInitDict = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'MessageEvent'");
    super(type, eventInitDict);
    fallBack(this, new.target, MessageEvent);
    if (eventInitDict === undefined || eventInitDict === null) {
      return;
    }
    const { data } = eventInitDict;
    if (data !== undefined) {
      this.#data = data;
    }
    const { lastEventId } = eventInitDict;
    if (lastEventId !== undefined) {
      this.#lastEventId = DOMString(
        lastEventId,
        "Failed to construct 'MessageEvent': member lastEventId",
      );
    }
    const { origin } = eventInitDict;
    if (origin !== undefined) {
      this.#origin = USVString(origin, "Failed to construct 'MessageEvent': member origin");
    }
    const { ports } = eventInitDict;
    if (ports !== undefined) {
      this.#ports = toPorts(ports, "Failed to construct 'MessageEvent': member ports");
    }
    const { source } = eventInitDict;
    if (source !== undefined) {
      this.#source = toSource(source, "Failed to construct 'MessageEvent': member source");
    }
  }

  static {
    check = (value) => (isObject(value) && #data in value ? value : illegalInvocation());
    // For the runtime: `ports` is an array of this realm, or undefined.
    createMessageEvent = (type, data, ports, origin) => {
      const event = new MessageEvent(type);
      event.#data = data;
      event.#origin = origin;
      if (ports !== undefined) {
        event.#ports = ObjectFreeze(ports);
      }
      return event;
    };
  }

  get data() {
    return check(this).#data;
  }

  get origin() {
    return check(this).#origin;
  }

  get lastEventId() {
    return check(this).#lastEventId;
  }

  get source() {
    return check(this).#source;
  }

  get ports() {
    const event = check(this);
    event.#ports ??= ObjectFreeze([]);
    return event.#ports;
  }

  // html.spec.whatwg.org/multipage/comms.html#dom-messageevent-initmessageevent
  initMessageEvent(
    type,
    bubbles = false,
    cancelable = false,
    data = null,
    origin = "",
    lastEventId = "",
    source = null,
    ports = undefined,
  ) {
    const event = check(this);
    const prefix = "Failed to execute 'initMessageEvent' on 'MessageEvent'";
    requireArguments(arguments.length, 1, prefix);
    const typeString = DOMString(type, `${prefix}: parameter 1`);
    const originString = USVString(origin, `${prefix}: parameter 5`);
    const idString = DOMString(lastEventId, `${prefix}: parameter 6`);
    const eventSource = toSource(source, `${prefix}: parameter 7`);
    const list = ports === undefined ? null : toPorts(ports, `${prefix}: parameter 8`);
    const state = stateOf(event);
    if (state.dispatching) {
      return;
    }
    initialize(state, typeString, !!bubbles, !!cancelable);
    event.#data = data;
    event.#origin = originString;
    event.#lastEventId = idString;
    event.#source = eventSource;
    event.#ports = list;
  }
}

// MessageEventSource: of its members there are ports alone here.
function toSource(value, context) {
  if (value === undefined || value === null) {
    return null;
  }
  if (!require("messaging/message_port").isMessagePort(value)) {
    throw new TypeError(`${context} is not of type 'MessagePort'.`);
  }
  return value;
}

function toPorts(value, context) {
  const { sequence, toArray } = require("webidl/sequence");
  const { interfaceType } = require("webidl/convert");
  const { isMessagePort } = require("messaging/message_port");
  const port = interfaceType("MessagePort", isMessagePort);
  return ObjectFreeze(toArray(sequence(value, port, context)));
}

defineInterface(MessageEvent);

exports.MessageEvent = MessageEvent;
exports.createMessageEvent = createMessageEvent;
