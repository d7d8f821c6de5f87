"use strict";

// fetch.spec.whatwg.org/#body-mixin

const {
  ArrayBufferPrototypeGetByteLength,
  JSONParse,
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptor,
  ObjectSetPrototypeOf,
  Promise,
  PromiseReject,
  PromiseResolve,
  ReflectOwnKeys,
  StringPrototypeCharCodeAt,
  StringPrototypeSlice,
  TypeError,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
} = primordials;
const { op_encoding_utf8_decode, op_encoding_utf8_encode } = ops;
const { illegalInvocation } = require("webidl/interface");
const { copyRange, dataOf, isBlob, isDisturbed, isUnusable, streamOf } = require("fetch/body");

const UNUSABLE = "The body was read already, or its stream is locked.";

// fetch.spec.whatwg.org/#concept-body-consume-body
// `inner` is a request or a response, or null where the receiver is neither.
// `convert(data, owned, inner)` makes the result of the whole body: its bytes,
// which are nobody else's if they are `owned`, or the string that they encode,
// or a Blob.
function consume(inner, convert) {
  if (inner === null) {
    return PromiseReject(new TypeError("Illegal invocation"));
  }
  const { body } = inner;
  try {
    if (body === null) {
      return PromiseResolve(convert("", true, inner));
    }
    if (isUnusable(body)) {
      throw new TypeError(UNUSABLE);
    }
    if (body.stream === null) {
      body.used = true;
      return PromiseResolve(convert(dataOf(body.source), !body.shared, inner));
    }
  } catch (error) {
    return PromiseReject(error);
  }
  return new Promise((resolve, reject) => {
    const finish = (bytes) => {
      try {
        resolve(convert(bytes, true, inner));
      } catch (error) {
        reject(error);
      }
    };
    require("fetch/body_stream").collect(body.stream, finish, reject);
  });
}

// fetch.spec.whatwg.org/#body-fully-read, for others: calls `onBytes`, or
// `onError`. The bytes may not reach a program.
exports.readBytes = ({ body }, onBytes, onError) => {
  if (body === null) {
    onBytes(op_encoding_utf8_encode(""));
  } else if (isUnusable(body)) {
    onError(new TypeError(UNUSABLE));
  } else if (body.stream !== null) {
    require("fetch/body_stream").collect(body.stream, onBytes, onError);
  } else {
    body.used = true;
    const data = dataOf(body.source);
    onBytes(isBlob(data) ? require("file/blob").blobView(data) : toBytes(data, true));
  }
};

// encoding.spec.whatwg.org/#utf-8-decode
function toText(data) {
  if (typeof data !== "string") {
    return isBlob(data) ? require("file/blob").blobText(data) : op_encoding_utf8_decode(data);
  }
  return data.length > 0 && StringPrototypeCharCodeAt(data, 0) === 0xfeff
    ? StringPrototypeSlice(data, 1)
    : data;
}

// infra.spec.whatwg.org/#parse-json-bytes-to-a-javascript-value
const toJSON = (data) => JSONParse(toText(data));

// A Uint8Array over a whole buffer, for a program to keep.
function toBytes(data, owned) {
  if (typeof data === "string") {
    return op_encoding_utf8_encode(data);
  }
  if (isBlob(data)) {
    return require("file/blob").blobBytes(data);
  }
  const buffer = TypedArrayPrototypeGetBuffer(data);
  const length = TypedArrayPrototypeGetByteLength(data);
  return owned && ArrayBufferPrototypeGetByteLength(buffer) === length
    ? data
    : copyRange(buffer, TypedArrayPrototypeGetByteOffset(data), length);
}

const toArrayBuffer = (data, owned) => TypedArrayPrototypeGetBuffer(toBytes(data, owned));

function toBlob(data, owned, inner) {
  const { adoptBytes, createBlob } = require("file/blob");
  const mimeType = require("fetch/content_type").extractMimeType(inner.headers);
  const type =
    mimeType === null ? "" : require("mime/mime_type").serializeMimeType(mimeType);
  return owned && typeof data !== "string" && !isBlob(data)
    ? adoptBytes(data, type)
    : createBlob({ __proto__: null, length: 1, 0: data }, type);
}

const toFormData = (data, _, inner) => require("fetch/form_data").parse(data, inner.headers);

// Puts the mixin's members on a prototype. `peek(value)` gives a request or a
// response, or null.
exports.includeBody = (Class, peek) => {
  const innerOf = (value) => peek(value) ?? illegalInvocation();
  const members = {
    __proto__: null,

    get body() {
      const { body } = innerOf(this);
      return body === null ? null : streamOf(body);
    },

    get bodyUsed() {
      const { body } = innerOf(this);
      return body !== null && isDisturbed(body);
    },

    // fetch.spec.whatwg.org/#dom-body-arraybuffer
    arrayBuffer() {
      return consume(peek(this), toArrayBuffer);
    },

    // fetch.spec.whatwg.org/#dom-body-blob
    blob() {
      return consume(peek(this), toBlob);
    },

    // fetch.spec.whatwg.org/#dom-body-bytes
    bytes() {
      return consume(peek(this), toBytes);
    },

    // fetch.spec.whatwg.org/#dom-body-formdata
    formData() {
      return consume(peek(this), toFormData);
    },

    // fetch.spec.whatwg.org/#dom-body-json
    json() {
      return consume(peek(this), toJSON);
    },

    // fetch.spec.whatwg.org/#dom-body-text
    text() {
      return consume(peek(this), toText);
    },
  };
  const keys = ReflectOwnKeys(members);
  for (let i = 0; i < keys.length; i++) {
    const descriptor = ObjectGetOwnPropertyDescriptor(members, keys[i]);
    // What Object.prototype has is no part of it.
    ObjectSetPrototypeOf(descriptor, null);
    ObjectDefineProperty(Class.prototype, keys[i], descriptor);
  }
};
