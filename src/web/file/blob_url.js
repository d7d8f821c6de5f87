"use strict";

// w3c.github.io/FileAPI/#url
//
// The store is the runtime's: other isolates that are told a URL may use it too, as a worker does that is started from
// one. A URL ends with the isolate that made it, whose budget of buffers pays for it.

const { TypeError } = primordials;
const { op_blob_url_create, op_blob_url_find, op_blob_url_revoke } = ops;
const { blobType, isBlob, ofSegments, partsOf } = require("file/blob");

// w3c.github.io/FileAPI/#dfn-createObjectURL
exports.createObjectURL = (object) => {
  if (!isBlob(object)) {
    throw new TypeError(
      "Failed to execute 'createObjectURL' on 'URL': parameter 1 is not of type 'Blob'.",
    );
  }
  return op_blob_url_create(partsOf(object), blobType(object));
};

// w3c.github.io/FileAPI/#dfn-revokeObjectURL, for a string.
exports.revokeObjectURL = (url) => {
  op_blob_url_revoke(url);
};

// w3c.github.io/FileAPI/#blob-url-resolve: the Blob that a URL (a string) stands for now, or null.
exports.resolve = (url) => {
  const fields = op_blob_url_find(url);
  return fields === undefined ? null : ofSegments(fields, 1, fields[0]);
};
