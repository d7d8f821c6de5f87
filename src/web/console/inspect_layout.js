"use strict";
// Puts the entries of an object between its braces: on one line, in columns,
// or one to a line.

const { List } = require("console/list");
const { includes, spaces, width, withoutColors } = require("console/text");

const SEPARATOR = ", ";

// Arrays of at most this many entries are not set in columns.
const COLUMNS_FROM = 6;
const MAX_COLUMNS = 15;
// A character is taken to be this many times as high as wide, which makes the
// block of columns look about square.
const CHARACTER_HEIGHT = 2.5;

function printedLength(context, text) {
  return context.colors ? withoutColors(text).length : text.length;
}

function padded(text, columns, atStart) {
  const padding = spaces(columns - text.length);
  return atStart ? padding + text : text + padding;
}

// How many columns suit cells of the widths given, whose sum (with separators)
// is `total`.
function columnCount(context, total, widest, entries, cells) {
  const cell = widest + SEPARATOR.length;
  const fits = cell * 3 + context.indentation < context.breakLength;
  if (!fits || !(total / cell > 5 || widest <= 6)) return 1;
  // Cells of uneven widths: the mean counts for more than the widest.
  const bias = (cell - total / entries) ** 0.5 + 3;
  const usual = cell - bias > 1 ? cell - bias : 1;
  let columns = ((CHARACTER_HEIGHT * usual * cells) ** 0.5 / usual + 0.5) | 0;
  const room = ((context.breakLength - context.indentation) / cell) | 0;
  if (context.breakLength !== Infinity && room < columns) columns = room;
  if (context.compact * 4 < columns) columns = context.compact * 4;
  return columns < MAX_COLUMNS ? columns : MAX_COLUMNS;
}

// Merges array entries into rows of equally wide cells. Past the limit of
// items, the last entry says how many were left out: a row of its own.
function inColumns(context, entries, alignRight) {
  const trailer = entries.length > context.maxArrayLength;
  const cells = trailer ? entries.length - 1 : entries.length;
  const widths = new List();
  let total = 0;
  let widest = 0;
  for (let i = 0; i < cells; i++) {
    const cell = width(entries[i]);
    widths.push(cell);
    total += cell + SEPARATOR.length;
    if (cell > widest) widest = cell;
  }
  const columns = columnCount(context, total, widest, entries.length, cells);
  if (columns <= 1) return entries;

  const columnWidths = new List();
  for (let column = 0; column < columns; column++) {
    let columnWidth = 0;
    for (let i = column; i < cells; i += columns) {
      if (widths[i] > columnWidth) columnWidth = widths[i];
    }
    columnWidths.push(columnWidth + SEPARATOR.length);
  }
  const rows = new List();
  for (let first = 0; first < cells; first += columns) {
    const last = (first + columns < cells ? first + columns : cells) - 1;
    let row = "";
    for (let i = first; i < last; i++) {
      // Padding counts code units, the columns what is seen of them.
      const unseen = entries[i].length - widths[i];
      row += padded(entries[i] + SEPARATOR, columnWidths[i - first] + unseen, alignRight);
    }
    if (alignRight) {
      const unseen = entries[last].length - widths[last];
      const columnWidth = columnWidths[last - first] - SEPARATOR.length;
      row += padded(entries[last], columnWidth + unseen, true);
    } else {
      row += entries[last];
    }
    rows.push(row);
  }
  if (trailer) rows.push(entries[cells]);
  return rows;
}

function fitsOnLine(context, entries, used, base) {
  let total = used + 2 * entries.length;
  for (let i = 0; total <= context.breakLength && i < entries.length; i++) {
    total += printedLength(context, entries[i]);
  }
  return total <= context.breakLength && !includes(base, "\n");
}

// `shape` gives the braces and what stands before them; `depth` is how deep
// the object lies.
function assemble(context, shape, entries, depth) {
  const { base, open, close } = shape;
  const before = base === "" ? "" : base + " ";
  const margin = "\n" + spaces(context.indentation);

  if (context.compact === true) {
    if (fitsOnLine(context, entries, entries.length === 0 ? 0 : -entries.length, base)) {
      return open + (base === "" ? "" : " " + base) + " " + entries.join(SEPARATOR) + " " + close;
    }
    const start = base === "" && open.length === 1
      ? " "
      : (base === "" ? "" : " " + base) + margin + "  ";
    return open + start + entries.join("," + margin + "  ") + " " + close;
  }

  if (context.compact >= 1) {
    const ungrouped = entries.length;
    if (shape.listLike && ungrouped > COLUMNS_FROM) {
      entries = inColumns(context, entries, shape.alignRight);
    }
    // An object that holds no more than `compact` levels goes on one line.
    const levels = context.currentDepth - depth;
    if (levels < context.compact && entries.length === ungrouped) {
      const used = context.indentation + open.length + base.length + 10;
      if (fitsOnLine(context, entries, used, base)) {
        const line = entries.join(SEPARATOR);
        if (!includes(line, "\n")) return before + open + " " + line + " " + close;
      }
    }
  }
  return before + open + margin + "  " + entries.join("," + margin + "  ") + margin + close;
}

exports.assemble = assemble;
