"use strict";

// webidl.spec.whatwg.org/#define-the-attributes, for attributes of the global
// object whose value stays the same: the descriptors that native code defines.

const { ObjectDefineProperty, ReflectGetOwnPropertyDescriptor, globalThis } = primordials;
const { checkGlobalReceiver } = require("webidl/interface");

exports.readonlyAttribute = (name, value) => {
  const accessors = {
    get [name]() {
      checkGlobalReceiver(this);
      return value;
    },
  };
  const { get } = ReflectGetOwnPropertyDescriptor(accessors, name);
  return { __proto__: null, get, set: undefined };
};

// webidl.spec.whatwg.org/#Replaceable: an assignment puts a data property of the
// global object before it.
exports.replaceableAttribute = (name, value) => {
  const accessors = {
    get [name]() {
      checkGlobalReceiver(this);
      return value;
    },

    set [name](replacement) {
      checkGlobalReceiver(this);
      ObjectDefineProperty(globalThis, name, {
        __proto__: null,
        value: replacement,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    },
  };
  const { get, set } = ReflectGetOwnPropertyDescriptor(accessors, name);
  return { __proto__: null, get, set };
};
