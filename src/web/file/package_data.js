"use strict";

// w3c.github.io/FileAPI/#blob-package-data

const { TypedArrayPrototypeGetByteLength, Uint8ArrayPrototypeToBase64 } = primordials;
const { op_blob_read, op_encoding_decode, op_encoding_for_label } = ops;
const { blobLatin1, blobText, blobType, blobView, partsOf } = require("file/blob");

const UTF_8 = "utf-8";

// The encoding of a text: what the caller says, else what the Blob's type says. A byte order mark overrules both.
function encodingOf(blob, label) {
  const encoding = label === undefined ? undefined : op_encoding_for_label(label);
  const type = blobType(blob);
  if (encoding !== undefined || type === "") {
    return encoding ?? UTF_8;
  }
  const { parameter, parseMimeType } = require("mime/mime_type");
  const mimeType = parseMimeType(type);
  const charset = mimeType === null ? undefined : parameter(mimeType, "charset");
  return (charset === undefined ? undefined : op_encoding_for_label(charset)) ?? UTF_8;
}

// encoding.spec.whatwg.org/#bom-sniff
function sniff(bytes) {
  const length = TypedArrayPrototypeGetByteLength(bytes);
  if (length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return UTF_8;
  }
  if (length >= 2 && bytes[0] === 0xfe && bytes[1] === 0xff) {
    return "utf-16be";
  }
  return length >= 2 && bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : null;
}

// encoding.spec.whatwg.org/#decode
exports.asText = (blob, label) => {
  const bytes = blobView(blob);
  const encoding = sniff(bytes) ?? encodingOf(blob, label);
  return encoding === UTF_8 ? blobText(blob) : op_encoding_decode(bytes, 0, encoding, 0);
};

exports.asArrayBuffer = (blob) => op_blob_read(partsOf(blob));

exports.asBinaryString = (blob) => blobLatin1(blob);

exports.asDataURL = (blob) => {
  const type = blobType(blob);
  const base64 = Uint8ArrayPrototypeToBase64(blobView(blob));
  return `data:${type === "" ? "application/octet-stream" : type};base64,${base64}`;
};
