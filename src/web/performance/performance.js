"use strict";

// w3c.github.io/hr-time/#sec-performance, with the parts that Performance
// Timeline, User Timing and Resource Timing add.

const { op_performance_now, op_performance_time_origin } = ops;
const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { replaceableAttribute } = require("webidl/global_attribute");
const { EventTarget } = require("events/event_target");

let check;

// A clock that is only read costs no timeline. What was required is kept, since
// asking again costs more than a mark.
let timelineFile;
const timeline = () => (timelineFile ??= require("performance/timeline"));
let markFile;
let measureFile;

const optionalString = (value, context) =>
  value === undefined ? undefined : DOMString(value, context);

class Performance extends EventTarget {
  // Only the brand: there is one clock in an isolate.
  #brand;

  constructor(token = undefined) {
    if (token !== internal) {
      illegalConstructor();
    }
    super();
  }

  static {
    check = (value) => (isObject(value) && #brand in value ? value : illegalInvocation());
  }

  // w3c.github.io/hr-time/#now-method
  now() {
    check(this);
    return op_performance_now();
  }

  // w3c.github.io/hr-time/#timeorigin-attribute
  get timeOrigin() {
    check(this);
    return op_performance_time_origin();
  }

  // w3c.github.io/hr-time/#tojson-method
  toJSON() {
    check(this);
    return { timeOrigin: op_performance_time_origin() };
  }

  // w3c.github.io/performance-timeline/#dom-performance-getentries
  getEntries() {
    check(this);
    return timeline().entries(undefined, undefined);
  }

  // w3c.github.io/performance-timeline/#dom-performance-getentriesbytype
  getEntriesByType(type) {
    check(this);
    const prefix = "Failed to execute 'getEntriesByType' on 'Performance'";
    requireArguments(arguments.length, 1, prefix);
    return timeline().entries(
      undefined,
      DOMString(type, "Failed to execute 'getEntriesByType' on 'Performance': parameter 1"),
    );
  }

  // w3c.github.io/performance-timeline/#dom-performance-getentriesbyname
  getEntriesByName(name, type = undefined) {
    check(this);
    const prefix = "Failed to execute 'getEntriesByName' on 'Performance'";
    requireArguments(arguments.length, 1, prefix);
    const nameString = DOMString(
      name,
      "Failed to execute 'getEntriesByName' on 'Performance': parameter 1",
    );
    return timeline().entries(
      nameString,
      optionalString(type, "Failed to execute 'getEntriesByName' on 'Performance': parameter 2"),
    );
  }

  // w3c.github.io/user-timing/#dom-performance-mark
  mark(markName, markOptions = undefined) {
    check(this);
    requireArguments(arguments.length, 1, "Failed to execute 'mark' on 'Performance'");
    markFile ??= require("performance/performance_mark");
    const entry = new markFile.PerformanceMark(markName, markOptions);
    timeline().queue(entry);
    return entry;
  }

  // w3c.github.io/user-timing/#dom-performance-clearmarks
  clearMarks(markName = undefined) {
    check(this);
    timeline().clear(
      "mark",
      optionalString(markName, "Failed to execute 'clearMarks' on 'Performance': parameter 1"),
    );
  }

  // w3c.github.io/user-timing/#dom-performance-measure
  measure(measureName, startOrMeasureOptions = undefined, endMark = undefined) {
    check(this);
    requireArguments(arguments.length, 1, "Failed to execute 'measure' on 'Performance'");
    measureFile ??= require("performance/performance_measure");
    const entry = measureFile.measure(measureName, startOrMeasureOptions, endMark);
    timeline().queue(entry);
    return entry;
  }

  // w3c.github.io/user-timing/#dom-performance-clearmeasures
  clearMeasures(measureName = undefined) {
    check(this);
    timeline().clear(
      "measure",
      optionalString(
        measureName,
        "Failed to execute 'clearMeasures' on 'Performance': parameter 1",
      ),
    );
  }

  // w3c.github.io/resource-timing/#dom-performance-clearresourcetimings
  // The timeline holds no entries of resources.
  clearResourceTimings() {
    check(this);
  }
}

defineInterface(Performance);

exports.Performance = Performance;
exports.performance = replaceableAttribute("performance", new Performance(internal));
