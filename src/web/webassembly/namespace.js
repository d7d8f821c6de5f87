"use strict";

// webassembly.github.io/spec/js-api/#webassembly-namespace
//
// V8's own `compile` and `instantiate` work on threads where no limit sees
// them. These compile in the turn of whoever calls, which pays for it, and
// differ in nothing else that a program may rely on.

const { Promise, TypeError } = primordials;
const {
  op_queue_microtask,
  op_run_microtask,
  op_webassembly_instance,
  op_webassembly_is_module,
  op_webassembly_module,
} = ops;
const { isObject } = require("webidl/interface");

const COMPILE = "WebAssembly.compile()";
const INSTANTIATE = "WebAssembly.instantiate()";

const operations = {
  // webassembly.github.io/spec/js-api/#dom-webassembly-compile
  compile(bytes, options = undefined) {
    return new Promise((resolve) => resolve(op_webassembly_module(bytes, options, COMPILE)));
  },

  // webassembly.github.io/spec/js-api/#dom-webassembly-instantiate
  instantiate(source, importObject = undefined, options = undefined) {
    return new Promise((resolve, reject) => {
      if (!isObject(source)) {
        throw new TypeError(
          `${INSTANTIATE}: Argument 0 must be a buffer source or a WebAssembly.Module object`,
        );
      }
      if (importObject !== undefined && !isObject(importObject)) {
        throw new TypeError(`${INSTANTIATE}: Argument 1 must be an object`);
      }
      if (op_webassembly_is_module(source)) {
        resolve(op_webassembly_instance(source, importObject, INSTANTIATE));
        return;
      }
      const module = op_webassembly_module(source, options, INSTANTIATE);
      // The imports are read once the module is there, which is not before the caller goes on.
      const instantiate = () => {
        try {
          const instance = op_webassembly_instance(module, importObject, INSTANTIATE);
          resolve({ module, instance });
        } catch (error) {
          reject(error);
        }
      };
      op_queue_microtask(() => op_run_microtask(instantiate));
    });
  },
};

exports.compile = operations.compile;
exports.instantiate = operations.instantiate;
