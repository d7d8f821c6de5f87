"use strict";

// The stack of an error, without running a getter of the program's: V8 gives each error an accessor of its own, which
// the program may have replaced.

const { Error, ObjectGetOwnPropertyDescriptor, ObjectHasOwn } = primordials;

// Without a limit on traces V8 gives none.
function isStackGetter(getter) {
  const own = ObjectGetOwnPropertyDescriptor(new Error(), "stack");
  return own !== undefined && ObjectHasOwn(own, "get") && own.get === getter;
}

// `error` is a true error.
exports.ownStack = function ownStack(error) {
  const descriptor = ObjectGetOwnPropertyDescriptor(error, "stack");
  if (descriptor === undefined) return undefined;
  if (ObjectHasOwn(descriptor, "value")) return descriptor.value;
  return isStackGetter(descriptor.get) ? error.stack : undefined;
};
