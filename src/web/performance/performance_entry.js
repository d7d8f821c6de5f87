"use strict";

// w3c.github.io/performance-timeline/#dom-performanceentry

const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
} = require("webidl/interface");

let check;
let nameOf;
let typeOf;
let startOf;
let giveId;

class PerformanceEntry {
  #id = 0;
  #name;
  #entryType;
  #startTime;
  #duration;

  constructor(
    token = undefined,
    name = undefined,
    entryType = undefined,
    startTime = undefined,
    duration = undefined,
  ) {
    if (token !== internal) {
      illegalConstructor();
    }
    this.#name = name;
    this.#entryType = entryType;
    this.#startTime = startTime;
    this.#duration = duration;
  }

  static {
    check = (value) => {
      if (!isObject(value) || !(#name in value)) {
        illegalInvocation();
      }
    };
    nameOf = (entry) => entry.#name;
    typeOf = (entry) => entry.#entryType;
    startOf = (entry) => entry.#startTime;
    giveId = (entry, id) => {
      entry.#id = id;
    };
  }

  get id() {
    check(this);
    return this.#id;
  }

  get name() {
    check(this);
    return this.#name;
  }

  get entryType() {
    check(this);
    return this.#entryType;
  }

  get startTime() {
    check(this);
    return this.#startTime;
  }

  get duration() {
    check(this);
    return this.#duration;
  }

  // Nothing navigates here.
  get navigationId() {
    check(this);
    return 0;
  }

  // webidl.spec.whatwg.org/#default-tojson-steps
  toJSON() {
    check(this);
    return {
      id: this.#id,
      name: this.#name,
      entryType: this.#entryType,
      startTime: this.#startTime,
      duration: this.#duration,
      navigationId: 0,
    };
  }
}

defineInterface(PerformanceEntry, ["name", "entryType", "startTime", "duration"]);

exports.PerformanceEntry = PerformanceEntry;
exports.giveId = giveId;
exports.nameOf = nameOf;
exports.startOf = startOf;
exports.typeOf = typeOf;
