"use strict";

// fetch.spec.whatwg.org/#dom-body-formdata

const { TypeError } = primordials;
const { op_encoding_utf8_decode, op_encoding_utf8_encode } = ops;
const { essence, parameter } = require("mime/mime_type");
const { extractMimeType } = require("fetch/content_type");
const { FormData, appendEntry } = require("xhr/form_data");
const { isBlob } = require("fetch/body");

// A flag of op_encoding_utf8_decode: "UTF-8 decode without BOM".
const IGNORE_BOM = 2;

// The form that a body holds: a string, bytes or a Blob, whose type stands in
// the headers.
exports.parse = (data, headers) => {
  const mimeType = extractMimeType(headers);
  const form = new FormData();
  switch (mimeType === null ? "" : essence(mimeType)) {
    case "multipart/form-data": {
      const boundary = parameter(mimeType, "boundary");
      if (boundary === undefined) {
        throw new TypeError("The Content-Type of the form has no boundary.");
      }
      require("fetch/multipart").parse(toBytes(data), boundary, (name, value, filename) => {
        appendEntry(form, name, value, filename);
      });
      return form;
    }
    case "application/x-www-form-urlencoded": {
      const entries = require("url/url_search_params").parseUrlencoded(toText(data));
      for (let i = 0; i < entries.length; i++) {
        appendEntry(form, entries[i][0], entries[i][1]);
      }
      return form;
    }
    default:
      throw new TypeError(
        "The body is not a form: its Content-Type is neither multipart/form-data nor " +
          "application/x-www-form-urlencoded.",
      );
  }
};

function toBytes(data) {
  if (typeof data === "string") {
    return op_encoding_utf8_encode(data);
  }
  return isBlob(data) ? require("file/blob").blobView(data) : data;
}

function toText(data) {
  return typeof data === "string" ? data : op_encoding_utf8_decode(toBytes(data), IGNORE_BOM);
}
