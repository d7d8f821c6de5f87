"use strict";

// w3c.github.io/hr-time/#sec-performance

const { op_performance_now, op_performance_time_origin } = ops;
const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
} = require("webidl/interface");
const { EventTarget } = require("events/event_target");

let check;

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
}

defineInterface(Performance);

exports.Performance = Performance;
exports.performance = new Performance(internal);
