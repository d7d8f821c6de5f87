"use strict";
// The entries of arrays, typed arrays, maps, sets, their iterators and the
// weak collections, at most `maxArrayLength` of each.

const { ObjectHasOwn } = primordials;
const { op_inspect_entries, op_inspect_keys } = ops;
const { List } = require("console/list");
const { assemble } = require("console/inspect_layout");
const { ownValue } = require("console/inspect_names");
const { more, primitiveText } = require("console/inspect_primitive");
const { ELEMENT, hiddenText, propertyText } = require("console/inspect_property");
const { includes } = require("console/text");

// How many absent elements of an array are stepped over one by one, before
// its keys are asked for: most arrays have few, but one of length 2**32 - 1
// may have nothing else, and listing the keys of a long array takes memory.
const MAX_HOLES_STEPPED = 10000;
const MAX_ARRAY_INDEX = 2 ** 32 - 2;

function limit(context, length) {
  return context.maxArrayLength < length ? context.maxArrayLength : length;
}

function pushRest(texts, count) {
  if (count > 0) texts.push(more(count, "item"));
}

function isNumeric(value) {
  return typeof value === "number" || typeof value === "bigint";
}

// Whether the first `count` elements are numbers, which align to the right.
function startsNumeric(shape, count) {
  const { value, view } = shape;
  if (view !== null) return count <= view.length;
  for (let i = 0; i < count; i++) {
    if (!isNumeric(ownValue(value, i))) return false;
  }
  return true;
}

function holes(context, count) {
  const noun = count === 1 ? " empty item>" : " empty items>";
  return context.paint("<" + count + noun, "undefined");
}

// The first index from `index` on that the array has; its length if none.
function nextElement(state, array, index) {
  while (index < array.length) {
    if (ObjectHasOwn(array, index)) return index;
    if (state.steps-- <= 0) break;
    index++;
  }
  if (index >= array.length) return array.length;
  if (state.keys === null) state.keys = op_inspect_keys(array, false, false);
  while (state.at < state.keys.length) {
    const key = state.keys[state.at];
    const number = typeof key === "symbol" ? NaN : +key;
    // Element keys come first, in order.
    if (!(number <= MAX_ARRAY_INDEX)) break;
    if (number >= index) return number;
    state.at++;
  }
  return array.length;
}

function arrayTexts(context, shape, depth) {
  const array = shape.value;
  const { length } = array;
  const texts = new List();
  const max = limit(context, length);
  const state = { __proto__: null, steps: MAX_HOLES_STEPPED, keys: null, at: 0 };
  let index = 0;
  while (index < length && texts.length < max && !context.exhausted) {
    const next = nextElement(state, array, index);
    if (next === index) {
      texts.push(propertyText(context, array, depth, index, ELEMENT, array));
      index++;
    } else {
      texts.push(holes(context, next - index));
      index = next;
    }
  }
  pushRest(texts, length - index);
  return texts;
}

function typedArrayTexts(context, shape, depth) {
  const { value, view } = shape;
  const { length } = view;
  const texts = new List();
  const max = limit(context, length);
  for (let i = 0; i < max; i++) texts.push(context.spend(primitiveText(context, value[i])));
  pushRest(texts, length - max);
  if (context.showHidden) {
    texts.push(hiddenText(context, "BYTES_PER_ELEMENT", view.elementSize, depth));
    texts.push(hiddenText(context, "length", length, depth));
    texts.push(hiddenText(context, "byteLength", view.byteLength, depth));
    texts.push(hiddenText(context, "byteOffset", view.byteOffset, depth));
    texts.push(hiddenText(context, "buffer", view.buffer, depth, true));
  }
  return texts;
}

function valueTexts(context, depth, values) {
  const texts = new List();
  const count = values.length;
  const max = limit(context, count);
  let i = 0;
  context.indentation += 2;
  for (; i < max && !context.exhausted; i++) texts.push(context.visit(values[i], depth, false));
  context.indentation -= 2;
  pushRest(texts, count - i);
  return texts;
}

function pairTexts(context, depth, entries, join) {
  const texts = new List();
  const count = entries.length / 2;
  const max = limit(context, count);
  let i = 0;
  context.indentation += 2;
  for (; i < max && !context.exhausted; i++) {
    const key = context.visit(entries[2 * i], depth, false);
    texts.push(join(key, context.visit(entries[2 * i + 1], depth, false)));
  }
  context.indentation -= 2;
  pushRest(texts, count - i);
  return texts;
}

function mapped(key, value) {
  return key + " => " + value;
}

function mapTexts(context, shape, depth) {
  return pairTexts(context, depth, shape.entries, mapped);
}

function setTexts(context, shape, depth) {
  return valueTexts(context, depth, shape.entries);
}

// What an iterator has still to give; looking does not advance it.
function iteratorTexts(context, shape, depth) {
  const preview = op_inspect_entries(shape.value);
  const entries = preview[0];
  if (!preview[1]) return valueTexts(context, depth, entries);
  shape.open = entriesBrace(shape.open);
  const pair = { __proto__: null, base: "", open: "[", close: "]", listLike: true };
  return pairTexts(context, depth, entries, (key, value) => {
    const both = new List();
    both.push(key);
    both.push(value);
    return assemble(context, pair, both, depth);
  });
}

function entriesBrace(open) {
  return includes(open, "Map Iterator] {") ? "[Map Entries] {" : "[Set Entries] {";
}

// Their entries come and go with garbage collection, so they are only shown
// on request.
function weakTexts(context, shape, depth) {
  const preview = op_inspect_entries(shape.value);
  const entries = preview[0];
  if (preview[1]) return pairTexts(context, depth, entries, mapped);
  return valueTexts(context, depth, entries);
}

exports.arrayTexts = arrayTexts;
exports.iteratorTexts = iteratorTexts;
exports.mapTexts = mapTexts;
exports.setTexts = setTexts;
exports.startsNumeric = startsNumeric;
exports.typedArrayTexts = typedArrayTexts;
exports.weakTexts = weakTexts;
