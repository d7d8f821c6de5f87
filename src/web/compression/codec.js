"use strict";

// compression.spec.whatwg.org/#compress-and-enqueue-a-chunk and its siblings:
// what CompressionStream and DecompressionStream have in common.

const { Uint8Array } = primordials;
const { op_compression_close, op_compression_open, op_compression_run } = ops;
const {
  bufferByteLength,
  bufferSource,
  isArrayBuffer,
  viewBuffer,
  viewByteLength,
  viewByteOffset,
} = require("webidl/buffer");
const { enumeration } = require("webidl/convert");
const { Deferred } = require("streams/promises");
const { setUpTransform } = require("streams/transform_stream");

// So much of the input is handled between two looks at whether the isolate was
// stopped.
const PIECE = 1 << 20;

// compression.spec.whatwg.org/#supported-formats
exports.toFormat = enumeration("CompressionFormat", {
  __proto__: null,
  brotli: true,
  deflate: true,
  "deflate-raw": true,
  gzip: true,
});

// What is native of a stream lives outside the heap, from the first chunk on: a
// stream that nobody uses takes nothing. It is given up when the stream ends, or
// with its token, which is garbage when the stream is.
class Codec {
  format;
  decompress;
  context;
  number = 0;
  token = null;
  finishing = false;
  closed = false;

  constructor(format, decompress, context) {
    this.format = format;
    this.decompress = decompress;
    this.context = context;
  }

  run(input, finish) {
    if (this.token === null && !this.closed) {
      const opened = op_compression_open(this.format, this.decompress);
      this.number = opened[0];
      this.token = opened[1];
    }
    return op_compression_run(this.number, input, finish);
  }
}

function close(codec) {
  codec.closed = true;
  if (codec.token !== null) {
    codec.token = null;
    op_compression_close(codec.number);
  }
}

// The native part reads a short chunk at once. Of a long one there must be a
// copy, since whoever reads the output may change it between two steps.
function copyOfLong(chunk) {
  const length = isArrayBuffer(chunk) ? bufferByteLength(chunk) : viewByteLength(chunk);
  if (length <= PIECE) {
    return null;
  }
  return new Uint8Array(
    isArrayBuffer(chunk)
      ? new Uint8Array(chunk)
      : new Uint8Array(viewBuffer(chunk), viewByteOffset(chunk), length),
  );
}

// What is left of a long chunk.
class Rest {
  bytes;
  buffer;
  at = PIECE;

  constructor(bytes) {
    this.bytes = bytes;
    this.buffer = viewBuffer(bytes);
  }

  next() {
    const { at, buffer } = this;
    const left = this.bytes.length - at;
    if (left <= 0) {
      return undefined;
    }
    this.at += PIECE;
    return new Uint8Array(buffer, at, left < PIECE ? left : PIECE);
  }
}

// The next piece of output; undefined where there is none without more input.
function next(codec, rest) {
  let output = codec.run(undefined, false);
  while (output === undefined && rest !== null) {
    const piece = rest.next();
    if (piece === undefined) {
      return undefined;
    }
    output = codec.run(piece, false);
  }
  return output;
}

// Enqueues `output` and all that follows it, one piece after the other as they
// are read: what a short input decompresses to may have no end. Answers
// undefined where that is done, else a promise.
function enqueueAll(codec, controller, output, rest) {
  while (output !== undefined) {
    controller.enqueue(output);
    output = next(codec, rest);
    if (output !== undefined && !controller.isWanted()) {
      return enqueueLater(codec, controller, output, rest);
    }
  }
  return undefined;
}

function enqueueLater(codec, controller, output, rest) {
  const { promise, resolve, reject } = new Deferred();
  const goOn = () => {
    if (codec.closed || controller.isGivenUp()) {
      close(codec);
      if (codec.finishing && controller.isAborted()) {
        // What was read is not the whole.
        reject(controller.abortReason());
      } else {
        resolve(undefined);
      }
      return;
    }
    try {
      while (output !== undefined && controller.isWanted()) {
        controller.enqueue(output);
        output = next(codec, rest);
      }
    } catch (error) {
      close(codec);
      reject(error);
      return;
    }
    if (output === undefined) {
      if (codec.finishing) {
        close(codec);
      }
      resolve(undefined);
    } else {
      controller.whenWanted(goOn);
    }
  };
  controller.whenWanted(goOn);
  return promise;
}

function push(codec, controller, chunk) {
  bufferSource(chunk, codec.context);
  const long = copyOfLong(chunk);
  let first = chunk;
  let rest = null;
  if (long !== null) {
    rest = new Rest(long);
    first = new Uint8Array(rest.buffer, 0, PIECE);
  }
  const output = codec.run(first, false) ?? next(codec, rest);
  return enqueueAll(codec, controller, output, rest);
}

function finish(codec, controller) {
  codec.finishing = true;
  const output = codec.run(undefined, true);
  return enqueueAll(codec, controller, output, null);
}

// The TransformStream of a CompressionStream or DecompressionStream.
exports.createTransform = (format, decompress, context) => {
  const codec = new Codec(format, decompress, context);
  return setUpTransform({
    __proto__: null,
    transform(chunk, controller) {
      try {
        return push(codec, controller, chunk);
      } catch (error) {
        close(codec);
        throw error;
      }
    },
    flush(controller) {
      try {
        const finished = finish(codec, controller);
        if (finished === undefined) {
          close(codec);
        }
        return finished;
      } catch (error) {
        close(codec);
        throw error;
      }
    },
    cancel() {
      close(codec);
    },
  });
};
