"use strict";

// w3c.github.io/FileAPI/#blob-package-data

const { TypedArrayPrototypeGetByteLength } = primordials;
const { op_blob_base64, op_blob_latin1, op_encoding_decode, op_encoding_for_label } = ops;
const { blobBuffer, blobText, blobType, blobView, firstBytes, partsOf } = require("file/blob");

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
  const encoding = sniff(firstBytes(blob, 3)) ?? encodingOf(blob, label);
  return encoding === UTF_8 ? blobText(blob) : op_encoding_decode(blobView(blob), 0, encoding, 0);
};

exports.asArrayBuffer = blobBuffer;

exports.asBinaryString = (blob) => op_blob_latin1(partsOf(blob));

exports.asDataURL = (blob) => {
  const type = blobType(blob);
  const essence = type === "" ? "application/octet-stream" : type;
  return `data:${essence};base64,${op_blob_base64(partsOf(blob))}`;
};
