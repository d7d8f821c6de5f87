"use strict";

// w3c.github.io/FileAPI/#FileReaderSync
//
// An isolate is a worker in this: nothing waits for the bytes, which lie in memory.

const { TypeError } = primordials;
const {
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { isBlob } = require("file/blob");
const { asArrayBuffer, asBinaryString, asDataURL, asText } = require("file/package_data");

let check;

class FileReaderSync {
  #brand;

  constructor() {
    fallBack(this, new.target, FileReaderSync);
  }

  static {
    check = (value) => {
      if (!isObject(value) || !(#brand in value)) {
        illegalInvocation();
      }
    };
  }

  // w3c.github.io/FileAPI/#dfn-readAsArrayBufferSync
  readAsArrayBuffer(blob) {
    check(this);
    return asArrayBuffer(toBlob("readAsArrayBuffer", arguments.length, blob));
  }

  // w3c.github.io/FileAPI/#dfn-readAsBinaryStringSync
  readAsBinaryString(blob) {
    check(this);
    return asBinaryString(toBlob("readAsBinaryString", arguments.length, blob));
  }

  // w3c.github.io/FileAPI/#dfn-readAsTextSync
  readAsText(blob, encoding = undefined) {
    check(this);
    toBlob("readAsText", arguments.length, blob);
    const context = "Failed to execute 'readAsText' on 'FileReaderSync': parameter 2";
    return asText(blob, encoding === undefined ? undefined : DOMString(encoding, context));
  }

  // w3c.github.io/FileAPI/#dfn-readAsDataURLSync
  readAsDataURL(blob) {
    check(this);
    return asDataURL(toBlob("readAsDataURL", arguments.length, blob));
  }
}

function toBlob(method, given, value) {
  const prefix = `Failed to execute '${method}' on 'FileReaderSync'`;
  requireArguments(given, 1, prefix);
  if (!isBlob(value)) {
    throw new TypeError(`${prefix}: parameter 1 is not of type 'Blob'.`);
  }
  return value;
}

defineInterface(FileReaderSync);

exports.FileReaderSync = FileReaderSync;
