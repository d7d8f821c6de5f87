"use strict";
// How `console` shows interfaces that have a form of their own.

const { ObjectDefineProperty, SymbolFor } = primordials;

// The hook of inspect_custom.js. `text(object, show)` throws for what is no
// instance, which the console takes for no hook; `show(value)` is the text of a
// value within.
exports.inspectWith = (Class, text) => {
  ObjectDefineProperty(Class.prototype, SymbolFor("nano.inspect"), {
    __proto__: null,
    value(depth, options, inspect) {
      return depth < 0 ? this : text(this, (value) => inspect(value, options));
    },
    writable: true,
    configurable: true,
  });
};
