"use strict";

// w3c.github.io/FileAPI/#url
//
// The store is the runtime's: other isolates that are told a URL may use it too, as a worker does that is started from
// one. A URL ends with the isolate that made it, whose budget of buffers pays for it.

const { TypeError } = primordials;
const { op_blob_url_create, op_blob_url_find, op_blob_url_revoke } = ops;
const { requireArguments } = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { blobType, isBlob, ofSegments, partsOf } = require("file/blob");

// w3c.github.io/FileAPI/#dfn-createObjectURL. Called with the arguments of the program's call.
exports.createObjectURL = (given, object) => {
  const prefix = "Failed to execute 'createObjectURL' on 'URL'";
  requireArguments(given, 1, prefix);
  if (!isBlob(object)) {
    throw new TypeError(`${prefix}: parameter 1 is not of type 'Blob'.`);
  }
  return op_blob_url_create(partsOf(object), blobType(object));
};

// w3c.github.io/FileAPI/#dfn-revokeObjectURL
exports.revokeObjectURL = (given, url) => {
  const prefix = "Failed to execute 'revokeObjectURL' on 'URL'";
  requireArguments(given, 1, prefix);
  op_blob_url_revoke(DOMString(url, `${prefix}: parameter 1`));
};

// w3c.github.io/FileAPI/#blob-url-resolve: the Blob that a URL (a string) stands for now, or null.
exports.resolve = (url) => {
  const fields = op_blob_url_find(url);
  return fields === undefined ? null : ofSegments(fields, 1, fields[0]);
};
