"use strict";
// Objects of the platform's interfaces: what an interface says its instances show, since their state lies in private
// fields.

const { ObjectGetPrototypeOf } = primordials;
const { op_value_kind } = ops;
const { KIND } = require("console/value_kind");
const { List } = require("console/list");
const { keyText, fieldText, PROPERTY } = require("console/inspect_property");
const { inspectionOf } = require("webidl/interface");

const CHAIN = 16;

// Names and values in turn, or undefined where no interface of the object's has something to show. Runs no code of the
// program's.
function platformFields(object) {
  let prototype = object;
  for (let i = 0; i < CHAIN; i++) {
    prototype = ObjectGetPrototypeOf(prototype);
    if (prototype === null || op_value_kind(prototype) === KIND.PROXY) return undefined;
    const fieldsOf = inspectionOf(prototype);
    const fields = fieldsOf === undefined ? undefined : fieldsOf(object);
    if (fields !== undefined) return fields;
  }
  return undefined;
}

// The texts of a shape that has such `fields`.
function platformTexts(context, shape, depth) {
  const texts = new List();
  const { fields } = shape;
  for (let i = 0; i < fields.length; i += 2) {
    if (context.exhausted) {
      texts.push("... " + (fields.length - i) / 2 + " more");
      break;
    }
    const name = context.spend(keyText(context, fields[i], true));
    texts.push(fieldText(context, name, fields[i + 1], depth, PROPERTY));
  }
  return texts;
}

exports.platformFields = platformFields;
exports.platformTexts = platformTexts;
