"use strict";

// streams.spec.whatwg.org/#ts-class

const { PromiseReject, ReflectApply, TypeError } = primordials;
const { defineInterface, fallBack, illegalInvocation, internal, isObject } =
  require("webidl/interface");
const { lazily } = require("lazily");
const { extractHighWaterMark, extractSizeAlgorithm, toStrategy } =
  require("streams/queuing_strategy");
const { TransformState } = require("streams/transform_state");
const { TransformControllerState, shellOf: controllerShell } =
  require("streams/transform_stream_default_controller");
const readables = require("streams/readable_stream");
const writables = require("streams/writable_stream");
const { TRANSFORM_STREAM, register: registerTransferable } = require("clone/transferable");

const transformers = lazily("streams/transformer");

let isTransformStream;
let peekState;

class TransformStream {
  #state;

  constructor(transformer = undefined, writableStrategy = undefined, readableStrategy = undefined) {
    if (transformer === internal) {
      this.#state = writableStrategy;
      return;
    }
    const prefix = "Failed to construct 'TransformStream'";
    if (transformer !== undefined && !isObject(transformer)) {
      throw new TypeError(`${prefix}: parameter 1 is not an object.`);
    }
    const forWritable = toStrategy(
      writableStrategy,
      "Failed to construct 'TransformStream': parameter 2",
    );
    const forReadable = toStrategy(
      readableStrategy,
      "Failed to construct 'TransformStream': parameter 3",
    );
    const given = transformers().toTransformer(
      transformer,
      "Failed to construct 'TransformStream': parameter 1",
    );
    const readableHighWaterMark = extractHighWaterMark(forReadable, 0);
    const readableSize = extractSizeAlgorithm(forReadable);
    const writableHighWaterMark = extractHighWaterMark(forWritable, 1);
    const writableSize = extractSizeAlgorithm(forWritable);
    fallBack(this, new.target, TransformStream);
    const state = initialize(
      given,
      writableHighWaterMark,
      writableSize,
      readableHighWaterMark,
      readableSize,
    );
    this.#state = state;
    const value =
      given.startCallback === undefined
        ? undefined
        : ReflectApply(given.startCallback, transformer, [controllerShell(state.controller)]);
    state.start(value);
  }

  static {
    isTransformStream = (value) => isObject(value) && #state in value;
    peekState = (stream) => stream.#state;
  }

  get readable() {
    return readables.shellOf(stateOf(this).readable);
  }

  get writable() {
    return writables.shellOf(stateOf(this).writable);
  }
}

const stateOf = (value) => (isTransformStream(value) ? peekState(value) : illegalInvocation());

// streams.spec.whatwg.org/#initialize-transform-stream
function initialize(
  transformer,
  writableHighWaterMark,
  writableSize,
  readableHighWaterMark,
  readableSize,
) {
  const state = new TransformState(new TransformControllerState(transformer));
  state.writable = writables.createState(state, writableHighWaterMark, writableSize);
  state.readable = readables.createState(state, readableHighWaterMark, readableSize);
  return state;
}

// A transformer of an internal file, whose functions may throw.
class InternalTransformer {
  functions;

  constructor(functions) {
    this.functions = functions;
  }

  transform(chunk, controller) {
    try {
      return this.functions.transform(chunk, controller);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  flush(controller) {
    try {
      return this.functions.flush?.(controller);
    } catch (error) {
      return PromiseReject(error);
    }
  }

  cancel(reason) {
    try {
      return this.functions.cancel?.(reason);
    } catch (error) {
      return PromiseReject(error);
    }
  }
}

// streams.spec.whatwg.org/#transformstream-set-up
// For interfaces that include GenericTransformStream. `functions` has a null prototype, transform(chunk, controller)
// and, where they are needed, flush(controller) and cancel(reason); they answer undefined or a promise. The controller
// has enqueue(chunk), error(reason) and terminate(). The result is for readableOf and writableOf.
exports.setUpTransform = (functions) => {
  const state = initialize(new InternalTransformer(functions), 1, null, 0, null);
  state.start(undefined);
  return state;
};

exports.readableOf = (state) => readables.shellOf(state.readable);
exports.writableOf = (state) => writables.shellOf(state.writable);

defineInterface(TransformStream, ["readable", "writable"]);

registerTransferable({
  __proto__: null,
  tag: TRANSFORM_STREAM,
  isInstance: isTransformStream,
  steps: () => require("streams/transfer").transform,
});

exports.TransformStream = TransformStream;
exports.peekState = peekState;
