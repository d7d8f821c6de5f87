"use strict";

// w3c.github.io/user-timing/#performancemark

const { TypeError } = primordials;
const { op_performance_now } = ops;
const {
  defineInterface,
  fallBack,
  illegalInvocation,
  internal,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString, double } = require("webidl/convert");
const { dictionaryObject } = require("webidl/dictionary");
const { PerformanceEntry } = require("performance/performance_entry");

const CONTEXT = "Failed to construct 'PerformanceMark'";

class PerformanceMark extends PerformanceEntry {
  #detail;

  // w3c.github.io/user-timing/#dom-performancemark-constructor
  constructor(markName, markOptions = undefined) {
    requireArguments(arguments.length, 1, CONTEXT);
    const name = DOMString(markName, "Failed to construct 'PerformanceMark': parameter 1");
    const options = dictionaryObject(
      markOptions,
      "Failed to construct 'PerformanceMark': parameter 2",
    );
    let detail = null;
    let startTime;
    if (options !== null) {
      detail = options.detail;
      startTime = options.startTime;
      if (startTime !== undefined) {
        startTime = double(
          startTime,
          "Failed to construct 'PerformanceMark': member startTime",
        );
        if (startTime < 0) {
          throw new TypeError(`${CONTEXT}: member startTime is negative.`);
        }
      }
    }
    super(internal, name, "mark", startTime ?? op_performance_now(), 0);
    fallBack(this, new.target, PerformanceMark);
    this.#detail =
      detail === undefined || detail === null
        ? null
        : require("clone/structured_clone").clone(detail, undefined);
  }

  get detail() {
    if (!isObject(this) || !(#detail in this)) {
      illegalInvocation();
    }
    return this.#detail;
  }
}

defineInterface(PerformanceMark, ["name", "entryType", "startTime", "duration", "detail"]);

exports.PerformanceMark = PerformanceMark;
