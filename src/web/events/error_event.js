"use strict";

// html.spec.whatwg.org/multipage/webappapis.html#the-errorevent-interface

const {
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString, USVString } = require("webidl/convert");
const { unsignedLong } = require("webidl/integer");
const { Event } = require("events/event");

let check;
let handlerArguments;
let isErrorEvent;

class ErrorEvent extends Event {
  #message = "";
  #filename = "";
  #lineno = 0;
  #colno = 0;
  #error = undefined;

  constructor(type, eventInitDict = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'ErrorEvent'");
    super(type, eventInitDict);
    fallBack(this, new.target, ErrorEvent);
    if (eventInitDict === undefined || eventInitDict === null) {
      return;
    }
    const context = "Failed to construct 'ErrorEvent': member";
    const { colno } = eventInitDict;
    if (colno !== undefined) {
      this.#colno = unsignedLong(colno, `${context} colno`);
    }
    this.#error = eventInitDict.error;
    const { filename } = eventInitDict;
    if (filename !== undefined) {
      this.#filename = USVString(filename, `${context} filename`);
    }
    const { lineno } = eventInitDict;
    if (lineno !== undefined) {
      this.#lineno = unsignedLong(lineno, `${context} lineno`);
    }
    const { message } = eventInitDict;
    if (message !== undefined) {
      this.#message = DOMString(message, `${context} message`);
    }
  }

  static {
    isErrorEvent = (value) => isObject(value) && #message in value;
    check = (value) => (isErrorEvent(value) ? value : illegalInvocation());
    // What an `onerror` handler of the global is called with:
    // html.spec.whatwg.org/multipage/webappapis.html#the-event-handler-processing-algorithm
    handlerArguments = (event) => [
      event.#message,
      event.#filename,
      event.#lineno,
      event.#colno,
      event.#error,
    ];
  }

  get message() {
    return check(this).#message;
  }

  get filename() {
    return check(this).#filename;
  }

  get lineno() {
    return check(this).#lineno;
  }

  get colno() {
    return check(this).#colno;
  }

  get error() {
    return check(this).#error;
  }
}

defineInterface(ErrorEvent);

exports.ErrorEvent = ErrorEvent;
exports.handlerArguments = handlerArguments;
exports.isErrorEvent = isErrorEvent;
