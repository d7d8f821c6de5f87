"use strict";
// Values and messages as text, for the console and whoever else prints.

// inspect(value, { depth, colors, breakLength, compact, showHidden, showProxy,
// customInspect, sorted, getters, maxArrayLength, maxStringLength })
exports.inspect = require("console/inspect_value").inspect;
// The same without running anything of the program's.
exports.inspectQuietly = require("console/inspect_value").inspectQuietly;
// format(...args): the first may hold specifiers for the others.
exports.format = require("console/format").format;
