"use strict";

// w3c.github.io/FileAPI/#blob-section
//
// A Blob is a chain of segments (see segments.js). Nothing of it is ever copied but by a program that asks for its bytes,
// and the collector frees what no Blob shows any more.

const {
  ArrayBufferIsView,
  ArrayBufferPrototypeGetByteLength,
  PromiseReject,
  PromiseResolve,
  StringPrototypeCharCodeAt,
  StringPrototypeToLowerCase,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  Uint8Array,
} = primordials;
const { op_blob_freeze, op_blob_join, op_blob_read, op_blob_text } = ops;
const {
  defineCloner,
  defineInspection,
  defineInterface,
  fallBack,
  illegalInvocation,
  internal,
  isObject,
} = require("webidl/interface");
const { DOMString, enumeration } = require("webidl/convert");
const { dictionaryObject } = require("webidl/dictionary");
const { sequence } = require("webidl/sequence");
const { Chain, Segment, partsFrom, pushPart, sliced } = require("file/segments");
const { lazily } = require("lazily");

const buffers = lazily("webidl/buffer");
const integer = lazily("webidl/integer");

// Shorter segments are copied into the Blob that is made of them: a chain of many would cost more.
const SHARED_FROM = 4096;

// How much a stream gives at a time.
const CHUNK = 65536;

let isBlob;
let headOf;
let setHead;
let sizeOf;
let typeOf;

class Blob {
  #head = null;
  #size = 0;
  #type = "";

  // w3c.github.io/FileAPI/#constructorBlob
  constructor(blobParts = undefined, options = undefined) {
    if (blobParts === internal) {
      this.#head = options;
      this.#size = arguments[2];
      this.#type = arguments[3];
    } else {
      const parts =
        blobParts === undefined
          ? undefined
          : sequence(blobParts, toPart, "Failed to construct 'Blob': parameter 1");
      const context = "Failed to construct 'Blob': parameter 2";
      const init = dictionaryObject(options, context);
      let native = false;
      if (init !== null) {
        native = isNative(init, context);
        this.#type = typeMember(init, context);
      }
      if (parts !== undefined) {
        const chain = process(parts, native);
        this.#head = chain.head;
        this.#size = chain.size;
      }
    }
    fallBack(this, new.target, Blob);
  }

  static {
    isBlob = (value) => isObject(value) && #head in value;
    headOf = (blob) => blob.#head;
    setHead = (blob, head) => {
      blob.#head = head;
    };
    sizeOf = (blob) => blob.#size;
    typeOf = (blob) => blob.#type;
  }

  get size() {
    return check(this).#size;
  }

  get type() {
    return check(this).#type;
  }

  // w3c.github.io/FileAPI/#slice-method-algo
  slice(start = undefined, end = undefined, contentType = undefined) {
    const size = check(this).#size;
    let from = 0;
    let to = size;
    if (start !== undefined || end !== undefined) {
      const { longLong } = integer();
      if (start !== undefined) {
        from = place(longLong(start, `${SLICE} 1`, "clamp"), size);
      }
      if (end !== undefined) {
        to = place(longLong(end, `${SLICE} 2`, "clamp"), size);
      }
    }
    const type =
      contentType === undefined ? "" : normalizeType(DOMString(contentType, `${SLICE} 3`));
    if (to <= from) {
      return new Blob(internal, null, 0, type);
    }
    return new Blob(internal, sliced(this.#head, from, to - from), to - from, type);
  }

  // w3c.github.io/FileAPI/#stream-method-algo
  stream() {
    return streamOf(check(this));
  }

  // w3c.github.io/FileAPI/#text-method-algo
  text() {
    return promised(this, textOf);
  }

  // w3c.github.io/FileAPI/#arraybuffer-method-algo
  arrayBuffer() {
    return promised(this, bufferOf);
  }

  // w3c.github.io/FileAPI/#bytes-method-algo
  bytes() {
    return promised(this, bytesOf);
  }
}

const SLICE = "Failed to execute 'slice' on 'Blob': parameter";

function check(value) {
  return isBlob(value) ? value : illegalInvocation();
}

// webidl.spec.whatwg.org/#dfn-create-operation-function: an operation that
// returns a promise throws nothing.
//
// The bytes lie in memory, so that nothing is waited for.
function promised(blob, read) {
  let value;
  try {
    value = read(check(blob));
  } catch (error) {
    return PromiseReject(error);
  }
  return PromiseResolve(value);
}

// The union of BlobPart: BufferSource, Blob, or USVString. Lone surrogates are
// replaced when the string is encoded.
function toPart(value, context) {
  if (isObject(value)) {
    if (isBlob(value)) {
      return value;
    }
    const { bufferSource, isBufferSource } = buffers();
    if (isBufferSource(value)) {
      return bufferSource(value, context);
    }
  }
  return DOMString(value, context);
}
exports.toPart = toPart;

const toEnding = enumeration("EndingType", {
  __proto__: null,
  transparent: true,
  native: true,
});

// The members of BlobPropertyBag, `endings` first.
function isNative(init, context) {
  const { endings } = init;
  return endings !== undefined && toEnding(endings, `${context}: member endings`) === "native";
}
exports.isNative = isNative;

function typeMember(init, context) {
  const { type } = init;
  return type === undefined ? "" : normalizeType(DOMString(type, `${context}: member type`));
}
exports.typeMember = typeMember;

// Lowercase, or empty where a character is outside the printable ones of ASCII.
function normalizeType(type) {
  for (let i = 0; i < type.length; i++) {
    const code = StringPrototypeCharCodeAt(type, i);
    if (code < 0x20 || code > 0x7e) {
      return "";
    }
  }
  return type === "" ? "" : StringPrototypeToLowerCase(type);
}

// w3c.github.io/FileAPI/#process-blob-parts
function process(parts, native) {
  const chain = new Chain();
  // What becomes one buffer.
  let run = { __proto__: null, length: 0 };
  // Whether that is one segment of another Blob and nothing else.
  let lone = false;
  const flush = () => {
    if (lone) {
      chain.add(run[0], run[1], run[2]);
    } else if (run.length > 0) {
      chain.addWhole(op_blob_join(run.length === 1 ? run[0] : run, native));
    }
    run = { __proto__: null, length: 0 };
    lone = false;
  };
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (!isBlob(part)) {
      lone = false;
      if (typeof part === "string" || ArrayBufferIsView(part)) {
        run[run.length++] = part;
      } else {
        pushPart(run, part, 0, ArrayBufferPrototypeGetByteLength(part));
      }
      continue;
    }
    for (let segment = headOf(part); segment !== null; segment = segment.next) {
      if (segment.length >= SHARED_FROM) {
        flush();
        chain.add(segment.buffer, segment.offset, segment.length);
      } else {
        lone = run.length === 0;
        pushPart(run, segment.buffer, segment.offset, segment.length);
      }
    }
  }
  flush();
  if (chain.wasLong && chain.count > 1) {
    chain.join();
  }
  return chain;
}
exports.process = process;

// Where in a Blob a number of `slice` points to.
function place(number, size) {
  if (number < 0) {
    return number + size > 0 ? number + size : 0;
  }
  return number < size ? number : size;
}

const partsOf = (blob) => partsFrom(headOf(blob));
exports.partsOf = partsOf;

// Has the Blob be one segment; returns it.
function joined(blob) {
  const head = headOf(blob);
  if (head !== null && head.next === null) {
    return head;
  }
  const segment = new Segment(op_blob_join(partsOf(blob), false), 0, sizeOf(blob));
  if (head !== null) {
    setHead(blob, segment);
  }
  return segment;
}

// What an op makes of all bytes.
function madeBy(op, blob) {
  const head = headOf(blob);
  return head !== null && head.next === null
    ? op(head.buffer, head.offset, head.length)
    : op(partsFrom(head));
}

const textOf = (blob) => madeBy(op_blob_text, blob);
const bytesOf = (blob) => madeBy(op_blob_read, blob);
const bufferOf = (blob) => TypedArrayPrototypeGetBuffer(bytesOf(blob));

// w3c.github.io/FileAPI/#blob-get-stream
function streamOf(blob) {
  // What is left; the Blob itself is not needed any more.
  let segment = headOf(blob);
  let offset = 0;
  const pull = (controller) => {
    if (segment === null) {
      controller.close();
      return;
    }
    const rest = segment.length - offset;
    const length = rest < CHUNK ? rest : CHUNK;
    const chunk = op_blob_read(segment.buffer, segment.offset + offset, length);
    offset += length;
    if (offset === segment.length) {
      segment = segment.next;
      offset = 0;
    }
    controller.enqueue(chunk);
  };
  const cancel = () => {
    segment = null;
  };
  return require("streams/readable_stream").createReadableByteStream(undefined, pull, cancel);
}

defineInterface(Blob);
defineInspection(Blob, (value) =>
  isBlob(value)
    ? { __proto__: null, length: 4, 0: "size", 1: sizeOf(value), 2: "type", 3: typeOf(value) }
    : undefined,
);

defineCloner(Blob, (value) =>
  isBlob(value) ? new Blob(internal, headOf(value), sizeOf(value), typeOf(value)) : undefined,
);

exports.Blob = Blob;
exports.isBlob = isBlob;
exports.blobSize = sizeOf;
exports.blobType = typeOf;
exports.blobStream = streamOf;
exports.blobText = textOf;
exports.blobBuffer = bufferOf;
exports.headOf = headOf;

// A Blob of `parts`: a list, or an array literal, of strings, views, buffers and Blobs, which are copied as far as they
// are not Blobs. `type` is taken as it is.
exports.createBlob = (parts, type) => {
  const chain = process(parts, false);
  return new Blob(internal, chain.head, chain.size, type);
};

// The same for one view whose buffer is nobody else's: it becomes the Blob's, without a copy where that is possible.
exports.adoptBytes = (view, type) => {
  const offset = TypedArrayPrototypeGetByteOffset(view);
  const length = TypedArrayPrototypeGetByteLength(view);
  const frozen = op_blob_freeze(TypedArrayPrototypeGetBuffer(view));
  const chain = new Chain();
  if (frozen !== undefined) {
    chain.add(frozen, offset, length);
  } else {
    chain.addWhole(op_blob_join(view, false));
  }
  return new Blob(internal, chain.head, length, type);
};

// A Blob of segments: buffer, offset and length of each, from the place `from` of the array on.
exports.ofSegments = (fields, from, type) => {
  const chain = new Chain();
  for (let i = from; i < fields.length; i += 3) {
    chain.add(fields[i], fields[i + 1], fields[i + 2]);
  }
  return new Blob(internal, chain.head, chain.size, type);
};

// The bytes, as the program's own.
exports.blobBytes = bytesOf;

// The bytes in place: a view that no program may get hold of.
exports.blobView = (blob) => {
  const { buffer, offset, length } = joined(blob);
  return new Uint8Array(buffer, offset, length);
};

// Set by file/file.js: what a File has besides, undefined for other Blobs.
let fileFields = () => undefined;
exports.setFileFields = (fields) => {
  fileFields = fields;
};

// w3c.github.io/FileAPI/#blob-section, serialization steps.
function toWire(value) {
  if (!isBlob(value)) {
    return undefined;
  }
  const { buffer, offset } = joined(value);
  const file = fileFields(value);
  return file === undefined
    ? [typeOf(value), sizeOf(value), offset, buffer]
    : [typeOf(value), sizeOf(value), offset, buffer, file.name, file.lastModified];
}
exports.toWire = toWire;

exports.hasWireForm = (value) => (isBlob(value) ? true : undefined);

// What came may be of another machine's making.
exports.segmentFromWire = (size, offset, buffer) =>
  size === 0 ? null : new Segment(buffer, offset, size);
exports.normalizeType = normalizeType;

exports.fromWire = (type, size, offset, buffer) =>
  new Blob(internal, exports.segmentFromWire(size, offset, buffer), size, normalizeType(type));
