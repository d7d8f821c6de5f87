"use strict";
// console.spec.whatwg.org/#table: rows and columns drawn with box characters.

const { ReflectApply, SymbolIterator, TypeError } = primordials;
const { op_inspect_entries, op_inspect_keys, op_value_kind } = ops;
const { KIND } = require("console/value_kind");
const { List } = require("console/list");
const { more } = require("console/inspect_primitive");
const { read, withoutProxy } = require("console/inspect_names");
const { inspect } = require("console/inspect_value");
const { spaces, width } = require("console/text");

const INDEX = "(index)";
const ITERATION_INDEX = "(iteration index)";
const KEY = "Key";
const VALUES = "Values";

// Rows and columns past these are counted, not drawn.
const MAX_ROWS = 1000;
const MAX_COLUMNS = 200;

function isObject(value) {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function cellText(value, colors) {
  const object = isObject(value) ? withoutProxy(value) : null;
  // An object with many properties would make the column too wide.
  const wide = object !== null && typeof object === "object" &&
    op_value_kind(object) !== KIND.ARRAY && op_inspect_keys(object, false, false).length > 2;
  return inspect(value, {
    __proto__: null,
    colors,
    depth: wide ? -1 : 0,
    maxArrayLength: 3,
    breakLength: Infinity,
  });
}

function repeated(text, count) {
  let result = "";
  for (let i = 0; i < count; i++) result += text;
  return result;
}

function ruled(widths, left, middle, right) {
  let line = left;
  for (let i = 0; i < widths.length; i++) {
    line += (i > 0 ? middle : "") + repeated("\u2500", widths[i] + 2);
  }
  return line + right;
}

function rowText(cells, widths) {
  let line = "\u2502";
  for (let i = 0; i < widths.length; i++) {
    const cell = cells[i] === undefined ? "" : cells[i];
    line += " " + cell + spaces(widths[i] - width(cell)) + " \u2502";
  }
  return line;
}

// `columns` is a List of { title, cells }, cells being Lists with gaps.
function draw(columns, rowCount) {
  const widths = new List();
  const titles = new List();
  for (let i = 0; i < columns.length; i++) {
    const { title, cells } = columns[i];
    let columnWidth = width(title);
    for (let row = 0; row < rowCount; row++) {
      if (cells[row] === undefined) continue;
      const cellWidth = width(cells[row]);
      if (cellWidth > columnWidth) columnWidth = cellWidth;
    }
    widths.push(columnWidth);
    titles.push(title);
  }
  let text = ruled(widths, "\u250c", "\u252c", "\u2510") + "\n" + rowText(titles, widths) + "\n" +
    ruled(widths, "\u251c", "\u253c", "\u2524") + "\n";
  for (let row = 0; row < rowCount; row++) {
    const cells = new List();
    for (let i = 0; i < columns.length; i++) cells.push(columns[i].cells[row]);
    text += rowText(cells, widths) + "\n";
  }
  return text + ruled(widths, "\u2514", "\u2534", "\u2518");
}

function column(title) {
  return { __proto__: null, title, cells: new List() };
}

function drawLimited(columns, rows) {
  const drawn = rows < MAX_ROWS ? rows : MAX_ROWS;
  const text = draw(columns, drawn);
  return drawn < rows ? text + "\n" + more(rows - drawn, "row") : text;
}

// Maps, sets and their iterators: a row for each entry.
function entriesTable(data, colors) {
  const preview = op_inspect_entries(data);
  const entries = preview[0];
  const step = preview[1] ? 2 : 1;
  const rows = entries.length / step;
  const index = column(ITERATION_INDEX);
  const keys = column(KEY);
  const values = column(VALUES);
  for (let row = 0; row < rows && row < MAX_ROWS; row++) {
    index.cells.push(cellText(row, colors));
    if (step === 2) keys.cells.push(cellText(entries[2 * row], colors));
    values.cells.push(cellText(entries[step * row + step - 1], colors));
  }
  const columns = new List();
  columns.push(index);
  if (step === 2) columns.push(keys);
  columns.push(values);
  return drawLimited(columns, rows);
}

function ownNames(object) {
  const names = new List();
  if (object === null) return names;
  const keys = op_inspect_keys(object, false, false);
  for (let i = 0; i < keys.length; i++) {
    if (typeof keys[i] === "string") names.push(keys[i]);
  }
  return names;
}

// Objects and arrays: a row for each property, a column for each property of
// those, and one more for the rows that are primitive.
function propertiesTable(data, properties, colors) {
  const names = ownNames(data);
  const index = column(INDEX);
  const byTitle = { __proto__: null };
  const values = column(VALUES);
  let count = 0;
  for (let row = 0; row < names.length && row < MAX_ROWS; row++) {
    index.cells.push(names[row]);
    const item = read(data, names[row]);
    const object = isObject(item) ? withoutProxy(item) : null;
    if (object === null && properties === null) {
      values.cells[row] = cellText(item, colors);
      values.cells.length = row + 1;
      continue;
    }
    const own = ownNames(object);
    const titles = properties === null ? own : properties;
    for (let i = 0; i < titles.length; i++) {
      const title = titles[i];
      if (byTitle[title] === undefined) {
        if (count === MAX_COLUMNS) continue;
        byTitle[title] = column(title);
        count++;
      }
      if (properties === null || own.indexOf(title) !== -1) {
        byTitle[title].cells[row] = cellText(read(object, title), colors);
      }
    }
  }
  const columns = new List();
  columns.push(index);
  // On an object without prototype this loop runs no code of the program.
  for (const title in byTitle) columns.push(byTitle[title]);
  if (values.cells.length > 0) columns.push(values);
  return drawLimited(columns, names.length);
}

// The table for `data`, or null where there is nothing tabular about it.
function tableText(data, properties, colors) {
  const object = typeof data === "object" && data !== null ? withoutProxy(data) : null;
  if (object === null) return null;
  switch (op_value_kind(object)) {
    case KIND.MAP:
    case KIND.SET:
    case KIND.MAP_ITERATOR:
    case KIND.SET_ITERATOR:
      return entriesTable(object, colors);
    default:
      return propertiesTable(object, properties, colors);
  }
}

// webidl.spec.whatwg.org/#es-sequence, for `optional sequence<DOMString>`.
function columnNames(value) {
  if (value === undefined) return null;
  if (!isObject(value)) throw new TypeError("console.table: properties is not iterable");
  const names = new List();
  // differs: an array is read by index, so that a program which has replaced
  // Array.prototype[Symbol.iterator] can still print tables.
  if (op_value_kind(value) === KIND.ARRAY) {
    for (let i = 0; i < value.length; i++) names.push(`${value[i]}`);
    return names;
  }
  const method = value[SymbolIterator];
  if (typeof method !== "function") {
    throw new TypeError("console.table: properties is not iterable");
  }
  const iterator = ReflectApply(method, value, []);
  const { next } = iterator;
  for (;;) {
    const result = ReflectApply(next, iterator, []);
    if (!isObject(result)) throw new TypeError("console.table: iterator result is not an object");
    if (result.done) return names;
    names.push(`${result.value}`);
  }
}

exports.columnNames = columnNames;
exports.tableText = tableText;
