"use strict";

// w3c.github.io/performance-timeline/#performanceobserverentrylist-interface

const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { entriesOf } = require("performance/timeline");

let check;

class PerformanceObserverEntryList {
  #list;

  constructor(token = undefined, list = undefined) {
    if (token !== internal) {
      illegalConstructor();
    }
    this.#list = list;
  }

  static {
    check = (value) => (isObject(value) && #list in value ? value.#list : illegalInvocation());
  }

  // w3c.github.io/performance-timeline/#dom-performanceobserverentrylist-getentries
  getEntries() {
    return entriesOf(check(this), undefined, undefined);
  }

  // w3c.github.io/performance-timeline/#dom-performanceobserverentrylist-getentriesbytype
  getEntriesByType(type) {
    const list = check(this);
    const prefix = "Failed to execute 'getEntriesByType' on 'PerformanceObserverEntryList'";
    requireArguments(arguments.length, 1, prefix);
    return entriesOf(list, undefined, DOMString(type, `${prefix}: parameter 1`));
  }

  // w3c.github.io/performance-timeline/#dom-performanceobserverentrylist-getentriesbyname
  getEntriesByName(name, type = undefined) {
    const list = check(this);
    const prefix = "Failed to execute 'getEntriesByName' on 'PerformanceObserverEntryList'";
    requireArguments(arguments.length, 1, prefix);
    const nameString = DOMString(name, `${prefix}: parameter 1`);
    const typeString =
      type === undefined ? undefined : DOMString(type, `${prefix}: parameter 2`);
    return entriesOf(list, nameString, typeString);
  }
}

defineInterface(PerformanceObserverEntryList);

exports.PerformanceObserverEntryList = PerformanceObserverEntryList;
