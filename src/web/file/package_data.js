"use strict";

// w3c.github.io/FileAPI/#blob-package-data

const { Uint8ArrayPrototypeToBase64 } = primordials;
const { op_blob_read } = ops;
const { blobLatin1, blobText, blobType, blobView, partsOf } = require("file/blob");

// The encoding of a text: what the caller says, else what the Blob's type says. A byte order mark overrules both.
function encodingOf(blob, label) {
  const { getEncoding } = require("encoding/encodings");
  const encoding = label === undefined ? null : getEncoding(label);
  const type = blobType(blob);
  if (encoding !== null || type === "") {
    return encoding ?? "UTF-8";
  }
  const mimeType = require("mime/mime_type").parseMimeType(type);
  const charset = mimeType === null ? undefined : mimeType.charset;
  return (charset === undefined ? null : getEncoding(charset)) ?? "UTF-8";
}

// encoding.spec.whatwg.org/#bom-sniff
function sniff(bytes) {
  const { length } = bytes;
  if (length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return "UTF-8";
  }
  if (length >= 2 && bytes[0] === 0xfe && bytes[1] === 0xff) {
    return "UTF-16BE";
  }
  return length >= 2 && bytes[0] === 0xff && bytes[1] === 0xfe ? "UTF-16LE" : null;
}

// encoding.spec.whatwg.org/#decode
exports.asText = (blob, label) => {
  if (label === undefined && blobType(blob) === "") {
    const bytes = blobView(blob);
    const found = sniff(bytes);
    if (found === null || found === "UTF-8") {
      return blobText(blob);
    }
    return require("encoding/text_decoder").decode(bytes, found);
  }
  const bytes = blobView(blob);
  const encoding = sniff(bytes) ?? encodingOf(blob, label);
  return encoding === "UTF-8"
    ? blobText(blob)
    : require("encoding/text_decoder").decode(bytes, encoding);
};

exports.asArrayBuffer = (blob) => op_blob_read(partsOf(blob));

exports.asBinaryString = (blob) => blobLatin1(blob);

exports.asDataURL = (blob) => {
  const type = blobType(blob);
  const base64 = Uint8ArrayPrototypeToBase64(blobView(blob));
  return `data:${type === "" ? "application/octet-stream" : type};base64,${base64}`;
};
