"use strict";

// Which built-in class of the language a class extends, where structured clone takes its instances for what they are, a
// Map for a Map, and asks no class about them: the serializer writes or refuses them by their slots.

const { ErrorPrototype, FunctionPrototype, IteratorPrototype, ObjectPrototype } = primordials;
const { inherits, isNative, ownValue, prototypeOf, withoutProxy } = require("console/inspect_names");

// Ordinary objects and errors alone are not told apart by slots of their own kind.
function hasClonesOfItsOwn(prototype) {
  return prototype !== ObjectPrototype && prototype !== IteratorPrototype &&
    prototype !== ErrorPrototype && !inherits(prototype, ErrorPrototype);
}

function isBuiltIn(Class) {
  if (typeof Class !== "function" || !isNative(Class)) {
    return false;
  }
  const prototype = ownValue(Class, "prototype");
  return prototype !== undefined && hasClonesOfItsOwn(prototype);
}

// Runs no code of the program's. Both chains count: what `super()` makes is decided by that of the constructors, and a
// function that is no class has only that of prototypes.
exports.builtInOf = function builtInOf(Class, prototype) {
  for (let F = Class; F !== null && F !== FunctionPrototype; F = prototypeOf(F)) {
    if (isBuiltIn(F)) {
      return ownValue(F, "name");
    }
  }
  for (let object = withoutProxy(prototype); object !== null; object = prototypeOf(object)) {
    const constructor = withoutProxy(ownValue(object, "constructor"));
    if (isBuiltIn(constructor) && ownValue(constructor, "prototype") === object) {
      return ownValue(constructor, "name");
    }
  }
  return undefined;
};
