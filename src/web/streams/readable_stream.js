"use strict";

// streams.spec.whatwg.org/#rs-class

const { PromiseReject, RangeError, ReflectApply, TypeError } = primordials;
const {
  defineInterface,
  fallBack,
  illegalInvocation,
  internal,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { DOMString } = require("webidl/convert");
const { dictionaryObject } = require("webidl/dictionary");
const { defineAsyncIterable } = require("webidl/async_iterator");
const { lazily } = require("lazily");
const { markHandled, reactToStart, rejectReceiver } = require("streams/promises");
const { extractHighWaterMark, extractSizeAlgorithm, toStrategy } =
  require("streams/queuing_strategy");
const { ReadableState, readableStreamCancel, releaseReader } = require("streams/readable_state");
const defaultControllers = require("streams/readable_stream_default_controller");
const defaultReaders = require("streams/readable_stream_default_reader");
const { READABLE_STREAM, register: registerTransferable } = require("clone/transferable");

const sources = lazily("streams/underlying_source");
const froms = lazily("streams/from");
const pipes = lazily("streams/pipe");
const tees = lazily("streams/tee");
const byteTees = lazily("streams/byte_tee");
const byteControllers = lazily("streams/byte_controller");
const byteShells = lazily("streams/readable_byte_stream_controller");
const byobReaders = lazily("streams/readable_stream_byob_reader");
const reads = lazily("streams/read_all");
const writables = lazily("streams/writable_stream");

let isReadableStream;
let peekState;

class ReadableStream {
  #state;

  constructor(underlyingSource = undefined, strategy = undefined) {
    if (underlyingSource === internal) {
      this.#state = strategy;
      return;
    }
    const prefix = "Failed to construct 'ReadableStream'";
    if (underlyingSource !== undefined && !isObject(underlyingSource)) {
      throw new TypeError(`${prefix}: parameter 1 is not an object.`);
    }
    const given = toStrategy(strategy, "Failed to construct 'ReadableStream': parameter 2");
    const source = sources().toSource(
      underlyingSource,
      "Failed to construct 'ReadableStream': parameter 1",
    );
    const state = new ReadableState();
    state.shell = this;
    this.#state = state;
    fallBack(this, new.target, ReadableStream);
    if (source.ofBytes) {
      setUpBytes(state, source, given);
    } else {
      setUp(state, source, given);
    }
  }

  static {
    isReadableStream = (value) => isObject(value) && #state in value;
    peekState = (stream) => stream.#state;
  }

  // streams.spec.whatwg.org/#rs-from
  static from(asyncIterable) {
    requireArguments(arguments.length, 1, "Failed to execute 'from' on 'ReadableStream'");
    return shellOf(froms().readableStreamFromIterable(asyncIterable));
  }

  get locked() {
    return stateOf(this).reader !== null;
  }

  // streams.spec.whatwg.org/#rs-cancel
  cancel(reason = undefined) {
    if (!isReadableStream(this)) {
      return rejectReceiver();
    }
    return this.#state.reader === null
      ? readableStreamCancel(this.#state, reason)
      : rejectLocked("Failed to execute 'cancel' on 'ReadableStream'");
  }

  // streams.spec.whatwg.org/#rs-get-reader
  getReader(options = undefined) {
    const state = stateOf(this);
    const context = "Failed to execute 'getReader' on 'ReadableStream': parameter 1";
    const mode = dictionaryObject(options, context)?.mode;
    if (mode === undefined) {
      return defaultReaders.makeReader(state);
    }
    const string = DOMString(mode, `${context}: member mode`);
    if (string !== "byob") {
      throw new TypeError(
        `${context}: '${string}' is not a valid value of enum ReadableStreamReaderMode.`,
      );
    }
    return byobReaders().makeReader(state);
  }

  // streams.spec.whatwg.org/#rs-pipe-through
  pipeThrough(transform, options = undefined) {
    const state = stateOf(this);
    const prefix = "Failed to execute 'pipeThrough' on 'ReadableStream'";
    requireArguments(arguments.length, 1, prefix);
    const { pipe, toPair, toPipeOptions } = pipes();
    const pair = toPair(transform, `${prefix}: parameter 1`);
    const pipeOptions = toPipeOptions(options, `${prefix}: parameter 2`);
    if (state.reader !== null) {
      throw new TypeError(`${prefix}: the stream is locked to a reader.`);
    }
    if (pair.writable.writer !== null) {
      throw new TypeError(`${prefix}: the pair's writable stream is locked to a writer.`);
    }
    markHandled(pipe(state, pair.writable, pipeOptions));
    return pair.readable;
  }

  // streams.spec.whatwg.org/#rs-pipe-to
  pipeTo(destination, options = undefined) {
    if (!isReadableStream(this)) {
      return rejectReceiver();
    }
    const prefix = "Failed to execute 'pipeTo' on 'ReadableStream'";
    try {
      requireArguments(arguments.length, 1, prefix);
      const { pipe, toPipeOptions } = pipes();
      const writable = writables().toState(destination, `${prefix}: parameter 1`);
      const pipeOptions = toPipeOptions(options, `${prefix}: parameter 2`);
      if (this.#state.reader !== null) {
        return rejectLocked(prefix);
      }
      if (writable.writer !== null) {
        throw new TypeError(`${prefix}: the destination is locked to a writer.`);
      }
      return pipe(this.#state, writable, pipeOptions);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  // streams.spec.whatwg.org/#rs-tee
  tee() {
    const branches = teeState(stateOf(this));
    return [shellOf(branches.first), shellOf(branches.second)];
  }
}

function rejectLocked(prefix) {
  return PromiseReject(new TypeError(`${prefix}: the stream is locked to a reader.`));
}

function stateOf(value) {
  return isReadableStream(value) ? peekState(value) : illegalInvocation();
}

function toState(value, context) {
  if (!isReadableStream(value)) {
    throw new TypeError(`${context} is not of type 'ReadableStream'.`);
  }
  return peekState(value);
}

function shellOf(state) {
  return (state.shell ??= new ReadableStream(internal, state));
}

// streams.spec.whatwg.org/#set-up-readable-stream-default-controller-from-underlying-source
function setUp(state, source, strategy) {
  const size = extractSizeAlgorithm(strategy);
  const highWaterMark = extractHighWaterMark(strategy, 1);
  const controller = defaultControllers.makeController(state, source, highWaterMark, size);
  controller.owning = source.owning;
  source.shellOf = defaultControllers.shellOf;
  start(source, controller);
}

// streams.spec.whatwg.org/#set-up-readable-byte-stream-controller-from-underlying-source
function setUpBytes(state, source, strategy) {
  if (strategy.size !== null) {
    throw new RangeError(
      "Failed to construct 'ReadableStream': the strategy of a stream of bytes has no size.",
    );
  }
  const highWaterMark = extractHighWaterMark(strategy, 0);
  const chunkSize = source.autoAllocateChunkSize;
  if (chunkSize === 0) {
    throw new TypeError("Failed to construct 'ReadableStream': autoAllocateChunkSize is 0.");
  }
  const controllers = byteControllers();
  const controller = controllers.makeController(state, source, highWaterMark, chunkSize ?? 0);
  source.shellOf = byteShells().shellOf;
  start(source, controller);
}

function start(source, controller) {
  const { startCallback } = source;
  const value =
    startCallback === undefined
      ? undefined
      : ReflectApply(startCallback, source.object, [source.shellOf(controller)]);
  reactToStart(controller, value);
}

// streams.spec.whatwg.org/#create-readable-stream
// The source has pull(controller) and cancel(reason), as in readable_stream_default_controller.js. The controller is to
// be started: reactToStart in promises.js.
function createState(source, highWaterMark, sizeAlgorithm) {
  const state = new ReadableState();
  defaultControllers.makeController(state, source, highWaterMark, sizeAlgorithm);
  return state;
}

// streams.spec.whatwg.org/#abstract-opdef-createreadablebytestream
function createByteState(source) {
  const state = new ReadableState();
  byteControllers().makeController(state, source, 0, 0);
  return state;
}

// streams.spec.whatwg.org/#readable-stream-tee
function teeState(state, cloneForBranch2 = false) {
  return state.controller.ofBytes
    ? byteTees().readableByteStreamTee(state)
    : tees().readableStreamDefaultTee(
        state,
        cloneForBranch2 || state.controller.owning,
      );
}

// streams.spec.whatwg.org/#rs-asynciterator
class Iteration {
  reader;
  preventCancel;
  steps = null;

  constructor(reader, preventCancel) {
    this.reader = reader;
    this.preventCancel = preventCancel;
  }

  // As a read request.
  chunkSteps(chunk) {
    this.steps.give(chunk);
  }

  closeSteps() {
    releaseReader(this.reader);
    this.steps.end();
  }

  errorSteps(error) {
    releaseReader(this.reader);
    this.steps.fail(error);
  }
}

defineInterface(ReadableStream, ["locked"]);
defineAsyncIterable(ReadableStream, {
  __proto__: null,

  // streams.spec.whatwg.org/#rs-asynciterator-prototype-initialization
  begin(stream, options) {
    const state = stateOf(stream);
    const object = dictionaryObject(
      options,
      "Failed to execute 'values' on 'ReadableStream': parameter 1",
    );
    const preventCancel = !!object?.preventCancel;
    return new Iteration(defaultReaders.acquireReader(state), preventCancel);
  },

  // streams.spec.whatwg.org/#rs-asynciterator-prototype-next
  next(iteration, steps) {
    iteration.steps = steps;
    defaultReaders.readableStreamDefaultReaderRead(iteration.reader, iteration);
  },

  // streams.spec.whatwg.org/#rs-asynciterator-prototype-return
  finish(iteration, value) {
    const { reader } = iteration;
    if (iteration.preventCancel) {
      releaseReader(reader);
      return undefined;
    }
    const result = readableStreamCancel(reader.stream, value);
    releaseReader(reader);
    return result;
  },
});

// What other internal files use.

// A source whose functions may throw; they answer undefined or a promise.
class InternalSource {
  pulls;
  pullFunction;
  cancelFunction;

  constructor(pull, cancel) {
    this.pulls = pull !== undefined;
    this.pullFunction = pull;
    this.cancelFunction = cancel;
  }

  pull(controller) {
    try {
      return this.pullFunction(controller);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  cancel(reason) {
    try {
      return this.cancelFunction?.(reason);
    } catch (error) {
      return PromiseReject(error);
    }
  }
}

// streams.spec.whatwg.org/#readablestream-set-up-with-byte-reading-support
// start(controller), pull(controller) and cancel(reason) may be undefined. The controller has enqueue(chunk), close(),
// error(reason) and desiredSize().
exports.createReadableByteStream = (start, pull, cancel, highWaterMark = 0) => {
  const controllers = byteControllers();
  const state = new ReadableState();
  const source = new InternalSource(pull, cancel);
  const controller = controllers.makeController(state, source, highWaterMark, 0);
  reactToStart(controller, start?.(controller));
  return shellOf(state);
};

// streams.spec.whatwg.org/#is-readable-stream-disturbed
exports.isDisturbed = (stream) => peekState(stream).disturbed;
exports.isLocked = (stream) => peekState(stream).reader !== null;

// streams.spec.whatwg.org/#readablestream-tee, as fetch wants it: the second branch's chunks are clones.
exports.tee = (stream) => {
  const branches = teeState(peekState(stream), true);
  return [shellOf(branches.first), shellOf(branches.second)];
};

exports.cancel = (stream, reason) => readableStreamCancel(peekState(stream), reason);
exports.readAllBytes = (stream) => reads().readAllBytes(peekState(stream));

registerTransferable({
  __proto__: null,
  tag: READABLE_STREAM,
  isInstance: isReadableStream,
  steps: () => require("streams/transfer").readable,
});

exports.ReadableStream = ReadableStream;
exports.createByteState = createByteState;
exports.createState = createState;
exports.isReadableStream = isReadableStream;
exports.peekState = peekState;
exports.shellOf = shellOf;
exports.teeState = teeState;
exports.toState = toState;
