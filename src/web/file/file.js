"use strict";

// w3c.github.io/FileAPI/#file-section

const { DateNow } = primordials;
const {
  defineCloner,
  defineInspection,
  defineInterface,
  fallBack,
  illegalInvocation,
  internal,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { USVString } = require("webidl/convert");
const { dictionaryObject } = require("webidl/dictionary");
const { longLong } = require("webidl/integer");
const { sequence } = require("webidl/sequence");
const {
  Blob,
  blobSize,
  blobType,
  headOf,
  isNative,
  normalizeType,
  process,
  segmentFromWire,
  setFileFields,
  toPart,
  typeMember,
} = require("file/blob");

let isFile;
let nameOf;
let timeOf;

const CONTEXT = "Failed to construct 'File'";

class File extends Blob {
  #name;
  #lastModified;

  // w3c.github.io/FileAPI/#file-constructor
  constructor(fileBits, fileName, options = undefined) {
    if (fileBits === internal) {
      super(internal, arguments[3], arguments[4], arguments[5]);
      this.#name = fileName;
      this.#lastModified = options;
    } else {
      requireArguments(arguments.length, 2, CONTEXT);
      const parts = sequence(fileBits, toPart, `${CONTEXT}: parameter 1`);
      const name = USVString(fileName, `${CONTEXT}: parameter 2`);
      const context = `${CONTEXT}: parameter 3`;
      const init = dictionaryObject(options, context);
      let native = false;
      let type = "";
      let lastModified;
      if (init !== null) {
        native = isNative(init, context);
        type = typeMember(init, context);
        const member = init.lastModified;
        if (member !== undefined) {
          lastModified = longLong(member, `${context}: member lastModified`);
        }
      }
      const chain = process(parts, native);
      super(internal, chain.head, chain.size, type);
      this.#name = name;
      this.#lastModified = lastModified ?? DateNow();
    }
    fallBack(this, new.target, File);
  }

  static {
    isFile = (value) => isObject(value) && #name in value;
    nameOf = (file) => file.#name;
    timeOf = (file) => file.#lastModified;
  }

  get name() {
    return check(this).#name;
  }

  get lastModified() {
    return check(this).#lastModified;
  }
}

function check(value) {
  return isFile(value) ? value : illegalInvocation();
}

// A File of a Blob's bytes and type.
const createFile = (blob, name, lastModified = DateNow()) =>
  new File(internal, name, lastModified, headOf(blob), blobSize(blob), blobType(blob));
exports.createFile = createFile;

const cloneFile = (file) => createFile(file, nameOf(file), timeOf(file));
exports.cloneFile = cloneFile;

defineInterface(File);
defineInspection(File, (value) =>
  isFile(value)
    ? {
        __proto__: null,
        length: 8,
        0: "size",
        1: blobSize(value),
        2: "type",
        3: blobType(value),
        4: "name",
        5: nameOf(value),
        6: "lastModified",
        7: timeOf(value),
      }
    : undefined,
);

defineCloner(File, (value) => (isFile(value) ? cloneFile(value) : undefined));

exports.File = File;
exports.isFile = isFile;
exports.fileName = nameOf;
exports.lastModified = timeOf;

setFileFields((value) =>
  isFile(value)
    ? { __proto__: null, name: nameOf(value), lastModified: timeOf(value) }
    : undefined,
);

exports.fromWire = (type, size, offset, buffer, name, lastModified) =>
  new File(
    internal,
    name,
    lastModified,
    segmentFromWire(size, offset, buffer),
    size,
    normalizeType(type),
  );
