"use strict";

// fetch.spec.whatwg.org/#concept-body
//
// A body is made from a source, and becomes a stream only when a program asks
// for that: who collects it takes the source itself.

const { ArrayBufferPrototypeGetDetached, TypeError, Uint8Array } = primordials;
const { op_encoding_utf8_encode, op_internal_loaded, op_multipart_boundary } = ops;
const { USVString } = require("webidl/convert");
const {
  bufferByteLength,
  bufferSource,
  isArrayBuffer,
  isBufferSource,
  typedArrayName,
  viewBuffer,
  viewByteLength,
  viewByteOffset,
} = require("webidl/buffer");

// Entries that are serialized when somebody reads them.
class Form {
  entries;
  boundary;

  constructor(entries, boundary) {
    this.entries = entries;
    this.boundary = boundary;
  }
}

class Body {
  // A well-formed string (for its UTF-8), a Uint8Array that nobody else
  // changes, a Blob or a Form; null for a stream.
  source;
  // A ReadableStream, once a program has asked for it.
  stream = null;
  // Whether the source was taken, with no stream that could tell.
  used = false;
  // Whether `source` is that of another body too, so that its bytes can't be
  // given away.
  shared = false;

  constructor(source) {
    this.source = source;
  }
}

// An instance of an interface can only be met where the interface's file has
// run.
function brand(file, check) {
  let exported;
  return (value) => {
    exported ??= op_internal_loaded(file);
    return exported !== undefined && exported[check](value);
  };
}

const isReadableStream = brand("streams/readable_stream", "isReadableStream");
const isBlob = brand("file/blob", "isBlob");
const isFormData = brand("xhr/form_data", "isFormData");
const isURLSearchParams = brand("url/url_search_params", "isURLSearchParams");

// fetch.spec.whatwg.org/#bodyinit, converted by webidl.spec.whatwg.org/#js-union:
// what is no other member of it is a USVString.
function toBodyInit(value, context) {
  if (typeof value === "object" && value !== null) {
    if (isBufferSource(value)) {
      return bufferSource(value, context);
    }
    if (
      isReadableStream(value) || isBlob(value) || isFormData(value) || isURLSearchParams(value)
    ) {
      return value;
    }
  }
  return USVString(value, context);
}

// webidl.spec.whatwg.org/#dfn-get-buffer-source-copy
function copyBytes(value) {
  if (typedArrayName(value) === undefined && isArrayBuffer(value)) {
    return copyRange(value, 0, bufferByteLength(value));
  }
  const buffer = viewBuffer(value);
  return ArrayBufferPrototypeGetDetached(buffer)
    ? new Uint8Array(0)
    : copyRange(buffer, viewByteOffset(value), viewByteLength(value));
}

// By the constructor: V8's `set` refuses a source that is immutable.
function copyRange(buffer, offset, length) {
  return new Uint8Array(new Uint8Array(buffer, offset, length));
}

function copyList(list) {
  const copy = { __proto__: null, length: 0 };
  for (let i = 0; i < list.length; i++) {
    copy[copy.length++] = list[i];
  }
  return copy;
}

let lastType = null;

// fetch.spec.whatwg.org/#concept-bodyinit-extract, of what toBodyInit made.
// `typeOfExtracted` gives the type that goes with the body, or null.
function extractBody(init, keepalive, context) {
  lastType = null;
  if (typeof init === "string") {
    lastType = "text/plain;charset=UTF-8";
    return new Body(init);
  }
  if (isReadableStream(init)) {
    if (keepalive) {
      throw new TypeError(`${context}: keepalive is not possible with a stream.`);
    }
    if (require("fetch/body_stream").isUnusable(init)) {
      throw new TypeError(`${context}: the stream is locked or was read from already.`);
    }
    const body = new Body(null);
    body.stream = init;
    return body;
  }
  if (isBlob(init)) {
    const type = require("file/blob").blobType(init);
    lastType = type === "" ? null : type;
    return new Body(init);
  }
  if (isURLSearchParams(init)) {
    lastType = "application/x-www-form-urlencoded;charset=UTF-8";
    return new Body(require("url/url_search_params").serialize(init));
  }
  if (isFormData(init)) {
    const boundary = op_multipart_boundary();
    lastType = `multipart/form-data; boundary=${boundary}`;
    return new Body(new Form(copyList(require("xhr/form_data").entryList(init)), boundary));
  }
  return new Body(copyBytes(init));
}

// fetch.spec.whatwg.org/#body-unusable
function isUnusable(body) {
  return body.stream === null ? body.used : require("fetch/body_stream").isUnusable(body.stream);
}

// streams.spec.whatwg.org/#is-readable-stream-disturbed
function isDisturbed(body) {
  return body.stream === null ? body.used : require("fetch/body_stream").isDisturbed(body.stream);
}

// A source as data: a string, bytes or a Blob.
const dataOf = (source) =>
  source instanceof Form
    ? require("fetch/multipart").serialize(source.entries, source.boundary)
    : source;

// The stream of a body, for a program.
function streamOf(body) {
  if (body.stream === null) {
    const { source } = body;
    const { bytesStream, usedStream } = require("fetch/body_stream");
    body.stream = body.used
      ? usedStream()
      : isBlob(source)
        ? require("file/blob").blobStream(source)
        : bytesStream(() => {
            const data = dataOf(source);
            return typeof data === "string" ? op_encoding_utf8_encode(data) : data;
          });
  }
  return body.stream;
}

// fetch.spec.whatwg.org/#concept-body-clone
function cloneBody(body) {
  if (body.stream === null) {
    body.shared = true;
    const copy = new Body(body.source);
    copy.shared = true;
    return copy;
  }
  const copy = new Body(body.source);
  copy.shared = body.shared = true;
  const branches = require("fetch/body_stream").tee(body.stream);
  body.stream = branches[0];
  copy.stream = branches[1];
  return copy;
}

// streams.spec.whatwg.org/#readablestream-create-a-proxy: a body with the same
// contents, which leaves `body` used.
function proxyBody(body) {
  const proxy = new Body(body.source);
  proxy.shared = body.shared;
  if (body.stream === null) {
    body.used = true;
  } else {
    proxy.stream = require("fetch/body_stream").proxy(body.stream);
  }
  return proxy;
}

exports.Body = Body;
exports.cloneBody = cloneBody;
exports.copyRange = copyRange;
exports.dataOf = dataOf;
exports.extractBody = extractBody;
exports.isBlob = isBlob;
exports.isDisturbed = isDisturbed;
exports.isUnusable = isUnusable;
exports.proxyBody = proxyBody;
exports.streamOf = streamOf;
exports.toBodyInit = toBodyInit;
exports.typeOfExtracted = () => lastType;
