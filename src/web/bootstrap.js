"use strict";

// Runs once, while the startup snapshot is made, after primordials.js.
//
// Nothing of the web API has to exist eagerly: native code defines the lazy
// properties of the global object. What is put here costs every isolate memory
// for as long as it lives.
