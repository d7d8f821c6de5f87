"use strict";

// html.spec.whatwg.org/multipage/webappapis.html#windoworworkerglobalscope-mixin,
// the attributes that tell of an environment's security.

const { readonlyAttribute, replaceableAttribute } = require("webidl/global_attribute");

// html.spec.whatwg.org/multipage/webappapis.html#dom-origin: that of a script of
// no site is opaque, and this is how such a one is written.
exports.origin = replaceableAttribute("origin", "null");

// html.spec.whatwg.org/multipage/webappapis.html#dom-issecurecontext: what asks
// for a secure context is there.
exports.isSecureContext = readonlyAttribute("isSecureContext", true);

// html.spec.whatwg.org/multipage/webappapis.html#dom-crossoriginisolated: messages
// share the memory of SharedArrayBuffers.
exports.crossOriginIsolated = readonlyAttribute("crossOriginIsolated", true);
