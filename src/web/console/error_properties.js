"use strict";
// What a report of an error shows beside name, message, stack, cause and
// errors: the enumerable properties that the program gave it, as the console
// prints them, without running anything of the program's.

const { ObjectDefineProperty, ReflectGetOwnPropertyDescriptor, ReflectOwnKeys } = primordials;

const said = {
  __proto__: null,
  name: true,
  message: true,
  stack: true,
  cause: true,
  errors: true,
};

const options = { __proto__: null, depth: 5 };

// "" where there are none.
exports.describe = (error) => {
  const shown = {};
  let any = false;
  const keys = ReflectOwnKeys(error);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const descriptor = ReflectGetOwnPropertyDescriptor(error, key);
    if (descriptor === undefined || !descriptor.enumerable) continue;
    if (typeof key === "string" && said[key]) continue;
    ObjectDefineProperty(shown, key, descriptor);
    any = true;
  }
  return any ? require("console/inspect").inspectQuietly(shown, options) : "";
};
