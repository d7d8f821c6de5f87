"use strict";

// A file that is loaded when it is first needed, and then is at hand: asking
// native code for it each time would cost more than making a stream.

exports.lazily = (name) => {
  let file = null;
  return () => (file ??= require(name));
};
