"use strict";

// streams.spec.whatwg.org/#readablestreamdefaultreader-read-all-bytes and
// fetch.spec.whatwg.org/#body-fully-read

const { TypeError, TypedArrayPrototypeGetLength, TypedArrayPrototypeSet, Uint8Array } = primordials;
const { typedArrayName } = require("webidl/buffer");
const { Deferred, markHandled } = require("streams/promises");
const { readableStreamCancel } = require("streams/readable_state");
const { acquireReader, readableStreamDefaultReaderRead } =
  require("streams/readable_stream_default_reader");

// One read request for all chunks.
class ReadLoop extends Deferred {
  reader;
  chunks = { __proto__: null, length: 0 };
  length = 0;
  // Whether the chunk came before the read had come back.
  reading = false;
  again = false;

  constructor(reader) {
    super();
    this.reader = reader;
  }

  // A loop, so that a stream with many chunks in its queue does not use up the stack.
  run() {
    this.reading = true;
    do {
      this.again = false;
      readableStreamDefaultReaderRead(this.reader, this);
    } while (this.again);
    this.reading = false;
  }

  chunkSteps(chunk) {
    if (typedArrayName(chunk) !== "Uint8Array") {
      const error = new TypeError("A chunk of the stream is not a Uint8Array.");
      this.reject(error);
      markHandled(readableStreamCancel(this.reader.stream, error));
      return;
    }
    this.chunks[this.chunks.length++] = chunk;
    this.length += TypedArrayPrototypeGetLength(chunk);
    if (this.reading) {
      this.again = true;
    } else {
      this.run();
    }
  }

  closeSteps() {
    const { chunks } = this;
    if (chunks.length === 1) {
      this.resolve(chunks[0]);
      return;
    }
    let bytes;
    try {
      bytes = new Uint8Array(this.length);
      let offset = 0;
      for (let i = 0; i < chunks.length; i++) {
        TypedArrayPrototypeSet(bytes, chunks[i], offset);
        offset += TypedArrayPrototypeGetLength(chunks[i]);
      }
    } catch (error) {
      // No room for so many bytes.
      this.reject(error);
      return;
    }
    this.resolve(bytes);
  }

  errorSteps(error) {
    this.reject(error);
  }
}

// The stream is not locked, and stays locked from here on. The bytes may be those of a chunk that the program knows.
exports.readAllBytes = (stream) => {
  const loop = new ReadLoop(acquireReader(stream));
  loop.run();
  return loop.promise;
};
