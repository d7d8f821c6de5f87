"use strict";

// html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
// and RFC 7578.

const {
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  TypeError,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  Uint8Array,
} = primordials;
const { op_blob_read, op_encoding_utf8_encode, op_multipart_escape, op_multipart_next } = ops;

const isOneLine = (text) =>
  StringPrototypeIndexOf(text, "\n") < 0 && StringPrototypeIndexOf(text, "\r") < 0;

// infra.spec.whatwg.org/#normalize-newlines, but to what HTML has here: CRLF.
function normalizeNewlines(text) {
  return isOneLine(text) ? text : op_multipart_escape(text, false);
}

// "Replace U+000D by %0D, U+000A by %0A and U+0022 by %22."
function escapeName(name) {
  return StringPrototypeIndexOf(name, '"') < 0 && isOneLine(name)
    ? name
    : op_multipart_escape(name, true);
}

// Adds a string to parts as op_blob_read takes them: buffer, offset and length of each.
function addText(parts, text) {
  const bytes = op_encoding_utf8_encode(text);
  parts[parts.length++] = TypedArrayPrototypeGetBuffer(bytes);
  parts[parts.length++] = TypedArrayPrototypeGetByteOffset(bytes);
  parts[parts.length++] = TypedArrayPrototypeGetByteLength(bytes);
}

// The bytes of a form. `entries` is a list of what has a key and a value, a
// string or a File.
exports.serialize = (entries, boundary) => {
  const parts = { __proto__: null, length: 0 };
  let text = "";
  for (let i = 0; i < entries.length; i++) {
    const { key, value } = entries[i];
    const name = escapeName(normalizeNewlines(key));
    text += `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`;
    if (typeof value === "string") {
      text += `\r\n\r\n${normalizeNewlines(value)}\r\n`;
      continue;
    }
    const { blobType, partsOf } = require("file/blob");
    const filename = escapeName(require("file/file").fileName(value));
    const type = blobType(value) || "application/octet-stream";
    addText(parts, `${text}; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n`);
    const contents = partsOf(value);
    for (let j = 0; j < contents.length; j++) {
      parts[parts.length++] = contents[j];
    }
    text = "\r\n";
  }
  text += `--${boundary}--\r\n`;
  if (parts.length === 0) {
    return op_encoding_utf8_encode(text);
  }
  addText(parts, text);
  return op_blob_read(parts);
};

const isASCII = (text) => {
  for (let i = 0; i < text.length; i++) {
    if (StringPrototypeCharCodeAt(text, i) > 0x7f) {
      return false;
    }
  }
  return true;
};

// fetch.spec.whatwg.org/#multipart-form-data-parser
// `add(name, value, filename)` is called for each entry; value is a string, or
// a Blob with a filename.
exports.parse = (bytes, boundary, add) => {
  let position = 0;
  for (;;) {
    const part = op_multipart_next(bytes, boundary, position);
    if (part === null) {
      return;
    }
    if (part === undefined) {
      throw new TypeError("The body is not a form in multipart/form-data.");
    }
    position = part[0];
    const filename = part[3];
    if (filename === null) {
      add(part[1], part[2], undefined);
      continue;
    }
    const given = part[4] ?? "text/plain";
    const offset = TypedArrayPrototypeGetByteOffset(bytes) + part[5];
    const contents = new Uint8Array(
      TypedArrayPrototypeGetBuffer(bytes),
      offset,
      part[6] - part[5],
    );
    const { createBlob, normalizeType } = require("file/blob");
    const type = isASCII(given) ? normalizeType(given) : "";
    add(part[1], createBlob({ __proto__: null, length: 1, 0: contents }, type), filename);
  }
};
