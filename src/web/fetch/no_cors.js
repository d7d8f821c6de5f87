"use strict";

// Which headers a request of mode "no-cors" may have.

const { StringPrototypeCharCodeAt } = primordials;

// fetch.spec.whatwg.org/#cors-unsafe-request-header-byte
const isUnsafe = (code) =>
  (code < 0x20 && code !== 0x09) ||
  code === 0x22 || code === 0x28 || code === 0x29 || code === 0x3a || code === 0x3c ||
  code === 0x3e || code === 0x3f || code === 0x40 || code === 0x5b || code === 0x5c ||
  code === 0x5d || code === 0x7b || code === 0x7d || code === 0x7f;

// fetch.spec.whatwg.org/#cors-safelisted-request-header, of languages
const isLanguage = (code) =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x61 && code <= 0x7a) || code === 0x20 || code === 0x2a || code === 0x2c ||
  code === 0x2d || code === 0x2e || code === 0x3b || code === 0x3d;

function every(value, isGood) {
  for (let i = 0; i < value.length; i++) {
    if (!isGood(StringPrototypeCharCodeAt(value, i))) {
      return false;
    }
  }
  return true;
}

const isSafe = (code) => !isUnsafe(code);

const types = {
  __proto__: null,
  "application/x-www-form-urlencoded": true,
  "multipart/form-data": true,
  "text/plain": true,
};

const names = {
  __proto__: null,
  accept: (value) => every(value, isSafe),
  "accept-language": (value) => every(value, isLanguage),
  "content-language": (value) => every(value, isLanguage),
  "content-type": (value) => {
    if (!every(value, isSafe)) {
      return false;
    }
    const mimeType = require("mime/mime_type").parseMimeType(value);
    return mimeType !== null && types[`${mimeType.type}/${mimeType.subtype}`] === true;
  },
};

// fetch.spec.whatwg.org/#no-cors-safelisted-request-header. `key` is a name in
// lower case.
exports.isSafelisted = (key, value) =>
  value.length <= 128 && names[key] !== undefined && names[key](value);

// fetch.spec.whatwg.org/#dom-headers-delete, step 2: those, and the privileged
// no-CORS request-header names.
exports.mayDelete = (key) => names[key] !== undefined || key === "range";
