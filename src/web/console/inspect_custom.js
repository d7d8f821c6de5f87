"use strict";
// The hooks by which an object says itself how it is to be printed.

const { ReflectApply, SymbolFor } = primordials;
const { read } = require("console/inspect_names");
const { primitiveText } = require("console/inspect_primitive");
const { indentRest, spaces } = require("console/text");

// Called as hook(depthLeft, options, inspect), under Node's symbol so that
// libraries' own hooks work, and under one of ours.
const HOOK = SymbolFor("nano.inspect");
const NODE_HOOK = SymbolFor("nodejs.util.inspect.custom");
// Called as hook(inspect, options).
const DENO_HOOK = SymbolFor("Deno.customInspect");

// A class's prototype inherits or holds the hook that is meant for instances.
function isPrototype(object) {
  const constructor = read(object, "constructor");
  return constructor !== undefined && constructor !== null &&
    read(constructor, "prototype") === object;
}

// What the object's hook gives, or undefined for none. A hook that throws
// counts as none: printing a broken object must not break the program.
// `receiver` is the object or a proxy for it.
function customText(context, object, receiver, depth) {
  let hook = read(object, NODE_HOOK);
  if (typeof hook !== "function") hook = read(object, HOOK);
  const inspectFirst = typeof hook !== "function";
  if (inspectFirst) hook = read(object, DENO_HOOK);
  if (typeof hook !== "function" || isPrototype(object)) return undefined;

  const { inspect } = require("console/inspect_value");
  if (hook === inspect) return undefined;
  const left = context.depth - depth;
  const options = context.userOptions();
  let result;
  try {
    const args = inspectFirst ? [inspect, options] : [left, options, inspect];
    result = ReflectApply(hook, receiver, args);
  } catch {
    return undefined;
  }
  if (result === receiver) return undefined;
  let text;
  if (typeof result === "string") {
    text = context.spend(result);
  } else if (typeof result === "object" || typeof result === "function") {
    text = context.visit(result, depth, false);
  } else {
    text = primitiveText(context, result);
  }
  return indentRest(text, spaces(context.indentation));
}

exports.customText = customText;
