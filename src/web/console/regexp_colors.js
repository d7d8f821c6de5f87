"use strict";
// The source of a regular expression in colours, as Node has them since its
// version 25: each level of groups and classes has the next colour of five, and
// what stands in it, some steps further.

const { StringPrototypeIndexOf, StringPrototypeSlice } = primordials;
const { isDigit } = require("console/text");

// green, red, yellow, cyan, magenta
const PALETTE = ["32", "31", "33", "36", "35"];

const OPERATORS = "|+*?,^$";

function Painter(text) {
  this.text = text;
  this.at = 0;
  this.level = 0;
  this.out = "";
}

Painter.prototype = {
  __proto__: null,

  get more() {
    return this.at < this.text.length;
  },

  write(piece, further) {
    const color = PALETTE[(this.level + further) % PALETTE.length] ?? PALETTE[0];
    this.out += "\x1b[" + color + "m" + piece + "\x1b[39m";
  },

  // The characters from here that `end` stops, which is passed; undefined, with
  // nothing passed, where it does not come.
  upTo(end) {
    const found = StringPrototypeIndexOf(this.text, end, this.at);
    if (found === -1) return undefined;
    const piece = StringPrototypeSlice(this.text, this.at, found);
    this.at = found + 1;
    return piece;
  },

  digits() {
    const start = this.at;
    while (this.more && isDigit(this.text[this.at])) this.at++;
    return StringPrototypeSlice(this.text, start, this.at);
  },

  // `\u{...}`, `\p{...}` and `\k<...>`, from the bracket on.
  bracketed(start, end, outward) {
    this.at++;
    const name = this.upTo(end);
    if (name === undefined) {
      this.write(start, 1);
      return;
    }
    this.level -= outward;
    this.write(start, 0);
    this.write(name, 1);
    this.write(end, 0);
    this.level += outward;
  },

  escape(inClass) {
    const { text } = this;
    let piece = "\\";
    this.at++;
    if (this.more) {
      const kind = text[this.at++];
      piece += kind;
      const next = text[this.at];
      if (next === "{" && (kind === "u" || kind === "p" || kind === "P")) {
        this.bracketed(piece + "{", "}", 0);
        return;
      }
      if (next === "<" && kind === "k" && !inClass) {
        this.bracketed(piece + "<", ">", 1);
        return;
      }
      if (kind === "x") {
        piece += StringPrototypeSlice(text, this.at, this.at + 2);
        this.at += 2;
      } else if (!inClass && isDigit(kind)) {
        piece += this.digits();
      }
    }
    this.write(piece, inClass ? 0 : 1);
  },

  // What follows `(?`.
  groupKind() {
    const { text } = this;
    this.at++;
    const a = this.more ? text[this.at] : "";
    if (a === ":" || a === "=" || a === "!") {
      this.write("?" + a, -1);
      this.at++;
      return;
    }
    if (a !== "<") {
      this.write("?", 0);
      return;
    }
    const b = text[++this.at];
    if (b === "=" || b === "!") {
      this.write("?<" + b, -1);
      this.at++;
      return;
    }
    this.write("?<", -1);
    const name = this.upTo(">");
    if (name === undefined) {
      this.write(StringPrototypeSlice(text, this.at), 0);
      this.at = text.length;
      return;
    }
    this.write(name, 0);
    this.write(">", -1);
  },

  // `{2}`, `{2,}`, `{2,3}`, and a brace that is none of these.
  quantifier() {
    this.at++;
    const least = this.digits();
    if (least !== "") {
      this.write("{", 0);
      this.level++;
      this.write(least, 1);
    }
    if (this.text[this.at] === ",") {
      if (least === "") {
        this.write("{", 0);
        this.level++;
      }
      this.write(",", 0);
      this.at++;
    } else if (this.more && least === "") {
      this.write("{", 1);
      return;
    }
    const most = this.digits();
    if (most !== "") this.write(most, 1);
    if (this.text[this.at] === "}") {
      this.level--;
      this.write("}", 0);
      this.at++;
    }
    if (this.text[this.at] === "?") {
      this.write("?", 3);
      this.at++;
    }
  },

  classCharacter() {
    const { text, at } = this;
    const c = text[at];
    if (c === "\\") {
      this.escape(true);
      return true;
    }
    this.at++;
    if (c === "]") {
      this.level--;
      this.write("]", 0);
      return false;
    }
    const isRange = c === "-" && text[at - 1] !== "[" && this.more && text[this.at] !== "]";
    this.write(c, isRange ? 1 : 0);
    return true;
  },

  pattern() {
    let inClass = false;
    while (this.more) {
      const c = this.text[this.at];
      if (inClass) {
        inClass = this.classCharacter();
      } else if (c === "\\") {
        this.escape(false);
      } else if (c === "{") {
        this.quantifier();
      } else if (c === "/") {
        return;
      } else {
        this.at++;
        if (c === "[" || c === "(") {
          this.write(c, 0);
          this.level++;
          if (c === "[") inClass = true;
          else if (this.text[this.at] === "?") this.groupKind();
        } else if (c === ")") {
          this.level--;
          this.write(c, 0);
        } else if (StringPrototypeIndexOf(OPERATORS, c) !== -1) {
          this.write(c, 3);
        } else {
          this.write(c, c === "." ? 2 : 1);
        }
      }
    }
  },
};

// `text` is a literal: slash, pattern, slash, flags.
exports.paintRegExp = (text) => {
  const painter = new Painter(text);
  painter.write("/", 0);
  painter.level = 1;
  painter.at = 1;
  painter.pattern();
  painter.write("/", -1);
  painter.at++;
  if (painter.more) painter.write(StringPrototypeSlice(text, painter.at), 0);
  return painter.out;
};
