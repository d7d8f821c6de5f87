"use strict";

// compression.spec.whatwg.org/#compress-and-enqueue-a-chunk and its siblings:
// what CompressionStream and DecompressionStream have in common.

const {
  FinalizationRegistry,
  FinalizationRegistryPrototypeRegister,
  FinalizationRegistryPrototypeUnregister,
  Uint8Array,
} = primordials;
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

// What is native of a stream lives outside the heap. It is given up when the
// stream ends; this is for streams that nobody ends.
const abandoned = new FinalizationRegistry((number) => op_compression_close(number));

class Codec {
  number;
  context;

  constructor(number, context) {
    this.number = number;
    this.context = context;
  }
}

function close(codec) {
  FinalizationRegistryPrototypeUnregister(abandoned, codec);
  op_compression_close(codec.number);
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

function run(codec, controller, input, finish, enqueue) {
  const { number } = codec;
  let output = op_compression_run(number, input, finish);
  while (output !== undefined) {
    enqueue(controller, output);
    output = op_compression_run(number, undefined, false);
  }
}

function push(codec, controller, chunk, enqueue) {
  bufferSource(chunk, codec.context);
  const long = copyOfLong(chunk);
  if (long === null) {
    run(codec, controller, chunk, false, enqueue);
    return;
  }
  const buffer = viewBuffer(long);
  for (let at = 0; at < long.length; at += PIECE) {
    const length = long.length - at < PIECE ? long.length - at : PIECE;
    run(codec, controller, new Uint8Array(buffer, at, length), false, enqueue);
  }
}

// The TransformStream of a CompressionStream or DecompressionStream.
exports.createTransform = (format, decompress, context) => {
  const { enqueue, setUpTransform } = require("streams/transform_stream");
  const codec = new Codec(op_compression_open(format, decompress), context);
  FinalizationRegistryPrototypeRegister(abandoned, codec, codec.number, codec);
  return setUpTransform({
    __proto__: null,
    transform(chunk, controller) {
      try {
        push(codec, controller, chunk, enqueue);
      } catch (error) {
        close(codec);
        throw error;
      }
    },
    flush(controller) {
      try {
        run(codec, controller, undefined, true, enqueue);
      } finally {
        close(codec);
      }
    },
    cancel() {
      close(codec);
    },
  });
};
