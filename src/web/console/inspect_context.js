"use strict";
// What one inspection carries from value to value: its options and its state.

const { List } = require("console/list");

// How many characters one inspection may produce, roughly. Depth and the
// number of array items are limited by options; this bounds what they do not:
// objects with a million properties, wide trees of long strings.
const MAX_OUTPUT = 2 ** 23;

// ANSI's select-graphic-rendition codes: on, off.
const STYLES = {
  __proto__: null,
  special: ["36", "39"],
  number: ["33", "39"],
  bigint: ["33", "39"],
  boolean: ["33", "39"],
  undefined: ["90", "39"],
  null: ["1", "22"],
  string: ["32", "39"],
  symbol: ["32", "39"],
  date: ["35", "39"],
  regexp: ["31", "39"],
  module: ["4", "24"],
  inherited: ["2", "22"],
};

function count(value, otherwise) {
  if (value === null) return Infinity;
  return typeof value === "number" && value === value ? value : otherwise;
}

function Context() {
  this.depth = 2;
  this.colors = false;
  this.breakLength = 80;
  this.compact = 3;
  this.showHidden = false;
  this.showProxy = false;
  this.customInspect = true;
  this.sorted = false;
  this.getters = false;
  this.maxArrayLength = 100;
  this.maxStringLength = 10000;

  // The objects being inspected now, outermost first.
  this.seen = new List();
  // Those found to contain themselves; the index is their number less one.
  this.circular = new List();
  this.indentation = 0;
  // How deep the object lies that was finished last: tells the layout how
  // many levels an entry holds.
  this.currentDepth = 0;
  this.produced = 0;
}

Context.prototype = {
  __proto__: null,

  // Reads user options; their getters may throw.
  configure(options) {
    if (options === null || typeof options !== "object") return;
    const { depth, colors, breakLength, compact, showHidden, showProxy } = options;
    const { customInspect, sorted, getters, maxArrayLength, maxStringLength } = options;
    if (depth !== undefined) this.depth = count(depth, this.depth);
    if (colors !== undefined) this.colors = !!colors;
    if (breakLength !== undefined) this.breakLength = count(breakLength, this.breakLength);
    if (typeof compact === "boolean") this.compact = compact;
    else if (compact !== undefined) this.compact = count(compact, this.compact);
    if (showHidden !== undefined) this.showHidden = !!showHidden;
    if (showProxy !== undefined) this.showProxy = !!showProxy;
    if (customInspect !== undefined) this.customInspect = !!customInspect;
    if (sorted !== undefined) this.sorted = sorted;
    if (getters !== undefined) this.getters = getters;
    if (maxArrayLength !== undefined) {
      this.maxArrayLength = count(maxArrayLength, this.maxArrayLength);
    }
    if (maxStringLength !== undefined) {
      this.maxStringLength = count(maxStringLength, this.maxStringLength);
    }
  },

  // The options as a custom inspection hook gets them: an object of its own,
  // which it may change and hand back to `inspect`.
  userOptions() {
    const context = this;
    return {
      depth: this.depth,
      colors: this.colors,
      breakLength: this.breakLength,
      compact: this.compact,
      showHidden: this.showHidden,
      showProxy: this.showProxy,
      customInspect: this.customInspect,
      sorted: this.sorted,
      getters: this.getters,
      maxArrayLength: this.maxArrayLength,
      maxStringLength: this.maxStringLength,
      stylize(text, style) {
        return context.paint(`${text}`, style);
      },
    };
  },

  // The same options with fresh state.
  fork() {
    const fork = new Context();
    fork.configure(this);
    return fork;
  },

  paint(text, style) {
    if (!this.colors) return text;
    const codes = STYLES[style];
    if (codes === undefined) return text;
    return "\x1b[" + codes[0] + "m" + text + "\x1b[" + codes[1] + "m";
  },

  // The value as text; inspect_value.js says how.
  visit: undefined,

  // Accounts for text that will be part of the result.
  spend(text) {
    this.produced += text.length + this.indentation;
    return text;
  },

  get exhausted() {
    return this.produced > MAX_OUTPUT;
  },
};

exports.Context = Context;
