"use strict";
// How `console` shows interfaces whose attributes are all on the prototype.

const {
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptor,
  ReflectApply,
  SymbolFor,
} = primordials;

// The hook of inspect_custom.js. `text(object, show)` throws for what is no
// instance, which the console takes for no hook; `show(value)` is the text of a
// value within.
function inspectWith(Class, text) {
  ObjectDefineProperty(Class.prototype, SymbolFor("nano.inspect"), {
    __proto__: null,
    value(depth, options, inspect) {
      return depth < 0 ? this : text(this, (value) => inspect(value, options));
    },
    writable: true,
    configurable: true,
  });
}
exports.inspectWith = inspectWith;

// For interfaces that are shown as their attributes. `names` is an array of them.
exports.inspectAttributes = (Class, names) => {
  const { name, prototype } = Class;
  // The program may replace what is on the prototype later.
  const getters = { __proto__: null };
  for (let i = 0; i < names.length; i++) {
    getters[i] = ObjectGetOwnPropertyDescriptor(prototype, names[i]).get;
  }
  inspectWith(Class, (object, show) => {
    const attributes = {};
    for (let i = 0; i < names.length; i++) {
      ObjectDefineProperty(attributes, names[i], {
        __proto__: null,
        value: ReflectApply(getters[i], object, []),
        enumerable: true,
      });
    }
    return `${name} ${show(attributes)}`;
  });
};
