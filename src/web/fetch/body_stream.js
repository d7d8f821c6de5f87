"use strict";

// The streams of bodies: made of bytes, collected, copied.

const {
  ArrayBufferPrototypeTransfer,
  MathMax,
  MathMin,
  TypeError,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeSet,
  Uint8Array,
} = primordials;
const { op_body_check } = ops;
const { isArrayBufferView, typedArrayName } = require("webidl/buffer");
const streams = require("streams/readable_stream");
const { acquireReader, readableStreamDefaultReaderRead } =
  require("streams/readable_stream_default_reader");
const { reactToStart } = require("streams/promises");
const { readableStreamCancel } = require("streams/readable_state");
const { copyRange } = require("fetch/body");

// How much a stream gives at a time.
const CHUNK = 65536;

function isUint8Array(value) {
  return isArrayBufferView(value) && typedArrayName(value) === "Uint8Array";
}

// fetch.spec.whatwg.org/#body-unusable, of a body's stream.
exports.isUnusable = (stream) => streams.isDisturbed(stream) || streams.isLocked(stream);
exports.isDisturbed = streams.isDisturbed;

// A stream of bytes that are made when they are wanted. They stay the body's:
// a program gets copies.
exports.bytesStream = (makeBytes) => {
  let bytes = null;
  let place = 0;
  const pull = (controller) => {
    bytes ??= makeBytes();
    const length = TypedArrayPrototypeGetByteLength(bytes);
    if (place < length) {
      const offset = TypedArrayPrototypeGetByteOffset(bytes) + place;
      const size = MathMin(length - place, CHUNK);
      place += size;
      controller.enqueue(copyRange(TypedArrayPrototypeGetBuffer(bytes), offset, size));
    }
    if (place >= length) {
      makeBytes = bytes = null;
      controller.close();
    }
  };
  const cancel = () => {
    makeBytes = bytes = null;
  };
  return streams.createReadableByteStream(undefined, pull, cancel);
};

// A stream that was read to its end by a reader which is not released.
exports.usedStream = () => {
  const stream = streams.createReadableByteStream(
    undefined,
    (controller) => controller.close(),
    undefined,
  );
  readableStreamDefaultReaderRead(acquireReader(streams.peekState(stream)), nobody);
  return stream;
};

const nobody = {
  __proto__: null,
  chunkSteps() {},
  closeSteps() {},
  errorSteps() {},
};

// fetch.spec.whatwg.org/#body-fully-read, which is a read request itself.
class Collector {
  #reader;
  #onBytes;
  #onError;
  #bytes = new Uint8Array(0);
  #length = 0;
  // Whether a read is being made, and whether it gave a chunk at once.
  #reading = false;
  #again = false;

  constructor(reader, onBytes, onError) {
    this.#reader = reader;
    this.#onBytes = onBytes;
    this.#onError = onError;
  }

  // streams.spec.whatwg.org/#read-loop, without recursion where chunks wait.
  read() {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    do {
      this.#again = false;
      readableStreamDefaultReaderRead(this.#reader, this);
    } while (this.#again);
    this.#reading = false;
  }

  chunkSteps(chunk) {
    if (!isUint8Array(chunk)) {
      this.#onError(new TypeError("The body's stream gave a chunk that is not a Uint8Array."));
      return;
    }
    try {
      this.#append(chunk);
    } catch (error) {
      // Too much for the limit, or for memory.
      const { stream } = this.#reader;
      this.#bytes = null;
      require("streams/promises").markHandled(readableStreamCancel(stream, error));
      this.#onError(error);
      return;
    }
    this.read();
  }

  closeSteps() {
    const buffer = TypedArrayPrototypeGetBuffer(this.#bytes);
    let bytes = this.#bytes;
    if (TypedArrayPrototypeGetByteLength(bytes) !== this.#length) {
      bytes = new Uint8Array(ArrayBufferPrototypeTransfer(buffer, this.#length));
    }
    this.#onBytes(bytes);
  }

  errorSteps(error) {
    this.#bytes = null;
    this.#onError(error);
  }

  #append(chunk) {
    const size = TypedArrayPrototypeGetByteLength(chunk);
    const length = this.#length + size;
    const limit = op_body_check(length);
    const room = TypedArrayPrototypeGetByteLength(this.#bytes);
    if (length > room) {
      const buffer = TypedArrayPrototypeGetBuffer(this.#bytes);
      const grown = this.#length === 0 ? length : MathMax(length, MathMin(room * 2, limit));
      this.#bytes = new Uint8Array(ArrayBufferPrototypeTransfer(buffer, grown));
    }
    try {
      TypedArrayPrototypeSet(this.#bytes, chunk, this.#length);
    } catch {
      // V8 refuses a source that is immutable.
      TypedArrayPrototypeSet(this.#bytes, new Uint8Array(chunk), this.#length);
    }
    this.#length = length;
  }
}

// Calls `onBytes` with the bytes, which are nobody else's, or `onError`. The
// stream stays locked.
exports.collect = (stream, onBytes, onError) => {
  new Collector(acquireReader(streams.peekState(stream)), onBytes, onError).read();
};

// fetch.spec.whatwg.org/#concept-body-clone: an array of two.
exports.tee = (stream) => {
  const { first, second } = streams.teeState(streams.peekState(stream), true);
  return [streams.shellOf(first), streams.shellOf(second)];
};

// Passes on what a stream gives, without asking it for more than is asked for.
class ProxySource {
  pulls = true;
  #reader;
  #controller = null;

  constructor(reader) {
    this.#reader = reader;
  }

  // The reader of the stream behind one that is a proxy, else undefined.
  static behind({ controller: { source } }) {
    return source !== null && #reader in source ? source.#reader : undefined;
  }

  pull(controller) {
    this.#controller = controller;
    readableStreamDefaultReaderRead(this.#reader, this);
  }

  cancel(reason) {
    return readableStreamCancel(this.#reader.stream, reason);
  }

  chunkSteps(chunk) {
    this.#controller.enqueue(chunk);
  }

  closeSteps() {
    this.#controller.close();
  }

  errorSteps(error) {
    this.#controller.error(error);
  }
}

// streams.spec.whatwg.org/#readablestream-create-a-proxy
// A proxy of a proxy passes on what the first stream gives: of a long row of them none waits for the next.
exports.proxy = (stream) => {
  const state = streams.peekState(stream);
  const reader = acquireReader(state);
  // From now on it is as good as read from.
  state.disturbed = true;
  const source = new ProxySource(ProxySource.behind(state) ?? reader);
  const proxy = streams.createState(source, 0, null);
  reactToStart(proxy.controller, undefined);
  return streams.shellOf(proxy);
};
