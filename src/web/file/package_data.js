"use strict";

// w3c.github.io/FileAPI/#blob-package-data

const { op_blob_base64, op_blob_decode, op_blob_latin1, op_encoding_for_label } = ops;
const { blobBuffer, blobType, partsOf } = require("file/blob");

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

exports.asText = (blob, label) => op_blob_decode(partsOf(blob), encodingOf(blob, label));

exports.asArrayBuffer = blobBuffer;

exports.asBinaryString = (blob) => op_blob_latin1(partsOf(blob));

exports.asDataURL = (blob) => {
  const type = blobType(blob);
  const essence = type === "" ? "application/octet-stream" : type;
  return `data:${essence};base64,${op_blob_base64(partsOf(blob))}`;
};
