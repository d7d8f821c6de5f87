"use strict";

// w3c.github.io/user-timing/#performancemeasure

const { TypeError } = primordials;
const { op_performance_now } = ops;
const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
} = require("webidl/interface");
const { DOMString, double } = require("webidl/convert");
const { PerformanceEntry } = require("performance/performance_entry");
const { timeOfMark } = require("performance/timeline");

const CONTEXT = "Failed to execute 'measure' on 'Performance'";

class PerformanceMeasure extends PerformanceEntry {
  #detail;

  constructor(
    token = undefined,
    name = undefined,
    startTime = undefined,
    duration = undefined,
    detail = undefined,
  ) {
    if (token !== internal) {
      illegalConstructor();
    }
    super(internal, name, "measure", startTime, duration);
    this.#detail = detail;
  }

  get detail() {
    if (!isObject(this) || !(#detail in this)) {
      illegalInvocation();
    }
    return this.#detail;
  }
}

// The read-only attributes of PerformanceTiming: in a window these names mean
// times of its navigation.
const navigationTimes = {
  __proto__: null,
  connectEnd: true,
  connectStart: true,
  domComplete: true,
  domContentLoadedEventEnd: true,
  domContentLoadedEventStart: true,
  domInteractive: true,
  domLoading: true,
  domainLookupEnd: true,
  domainLookupStart: true,
  fetchStart: true,
  loadEventEnd: true,
  loadEventStart: true,
  navigationStart: true,
  redirectEnd: true,
  redirectStart: true,
  requestStart: true,
  responseEnd: true,
  responseStart: true,
  secureConnectionStart: true,
  unloadEventEnd: true,
  unloadEventStart: true,
};

// (DOMString or DOMHighResTimeStamp)
function stringOrTime(value, context) {
  return typeof value === "number" ? double(value, context) : DOMString(value, context);
}

// w3c.github.io/user-timing/#convert-a-mark-to-a-timestamp
function toTimestamp(mark) {
  if (typeof mark === "number") {
    if (mark < 0) {
      throw new TypeError(`${CONTEXT}: the time ${mark} is negative.`);
    }
    return mark;
  }
  if (navigationTimes[mark] !== undefined) {
    // w3c.github.io/user-timing/#convert-a-name-to-a-timestamp
    throw new TypeError(`${CONTEXT}: '${mark}' means the time of a navigation, and there is none.`);
  }
  const time = timeOfMark(mark);
  if (time === undefined) {
    throw require("dom/dom_exception").create(
      `${CONTEXT}: there is no mark '${mark}'.`,
      "SyntaxError",
    );
  }
  return time;
}

// w3c.github.io/user-timing/#dom-performancemeasureoptions, the members in
// WebIDL's order.
function readOptions(object) {
  const { detail } = object;
  let { duration } = object;
  if (duration !== undefined) {
    duration = double(duration, `${CONTEXT}: member duration`);
  }
  let { end } = object;
  if (end !== undefined) {
    end = stringOrTime(end, `${CONTEXT}: member end`);
  }
  let { start } = object;
  if (start !== undefined) {
    start = stringOrTime(start, `${CONTEXT}: member start`);
  }
  return { __proto__: null, detail, duration, end, start };
}

function checkOptions(options, endMark) {
  const { detail, duration, end, start } = options;
  if (
    detail === undefined &&
    duration === undefined &&
    end === undefined &&
    start === undefined
  ) {
    return;
  }
  if (endMark !== undefined) {
    throw new TypeError(`${CONTEXT}: parameter 3 and options exclude each other.`);
  }
  if (start === undefined && end === undefined) {
    throw new TypeError(`${CONTEXT}: the options have neither start nor end.`);
  }
  if (start !== undefined && duration !== undefined && end !== undefined) {
    throw new TypeError(`${CONTEXT}: the options have all of start, duration and end.`);
  }
}

const noOptions = {
  __proto__: null,
  detail: undefined,
  duration: undefined,
  end: undefined,
  start: undefined,
};

// w3c.github.io/user-timing/#dom-performance-measure
exports.measure = (measureName, startOrMeasureOptions, endMark) => {
  const name = DOMString(
    measureName,
    "Failed to execute 'measure' on 'Performance': parameter 1",
  );
  let options = noOptions;
  let startMark;
  if (isObject(startOrMeasureOptions)) {
    options = readOptions(startOrMeasureOptions);
  } else if (startOrMeasureOptions !== undefined && startOrMeasureOptions !== null) {
    startMark = DOMString(
      startOrMeasureOptions,
      "Failed to execute 'measure' on 'Performance': parameter 2",
    );
  }
  const endName =
    endMark === undefined
      ? undefined
      : DOMString(endMark, "Failed to execute 'measure' on 'Performance': parameter 3");
  checkOptions(options, endName);
  const { detail, duration, end, start } = options;

  let endTime;
  if (endName !== undefined) {
    endTime = toTimestamp(endName);
  } else if (end !== undefined) {
    endTime = toTimestamp(end);
  } else if (start !== undefined && duration !== undefined) {
    endTime = toTimestamp(start) + toTimestamp(duration);
  } else {
    endTime = op_performance_now();
  }

  let startTime = 0;
  if (start !== undefined) {
    startTime = toTimestamp(start);
  } else if (duration !== undefined && end !== undefined) {
    startTime = endTime - toTimestamp(duration);
  } else if (startMark !== undefined) {
    startTime = toTimestamp(startMark);
  }

  const cloned =
    detail === undefined || detail === null
      ? null
      : require("clone/structured_clone").clone(detail, undefined);
  return new PerformanceMeasure(internal, name, startTime, endTime - startTime, cloned);
};

defineInterface(PerformanceMeasure, ["name", "entryType", "startTime", "duration", "detail"]);

exports.PerformanceMeasure = PerformanceMeasure;
