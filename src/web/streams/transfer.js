"use strict";

// streams.spec.whatwg.org/#transferrable-streams
//
// A stream that is transferred stays where it was, and a pipe joins it to one
// end of a channel; what arrives is a stream around the other end.

const { PromiseReject, TypeError } = primordials;
const { internal, isObject } = require("webidl/interface");
const { createChannel } = require("messaging/message_channel");
const { receiverOf } = require("messaging/message_port");
const { close, consume, post, update } = require("messaging/receiver");
const { PENDING, later, markHandled, reactToStart } = require("streams/promises");
const { pipe, PipeOptions } = require("streams/pipe");
const { READABLE } = require("streams/readable_state");
const { writableStreamDefaultControllerErrorIfNeeded } =
  require("streams/writable_stream_default_controller");
const readables = require("streams/readable_stream");
const writables = require("streams/writable_stream");
const { TransformStream, peekState: transformState } = require("streams/transform_stream");

function dataCloneError(message) {
  return require("dom/dom_exception").create(message, "DataCloneError");
}

// One end of the channel.
class End {
  port;
  receiver;
  closed = false;

  constructor(port) {
    this.port = port;
    this.receiver = receiverOf(port);
  }

  // streams.spec.whatwg.org/#abstract-opdef-packandpostmessage
  post(type, value) {
    post(this.receiver, { __proto__: null, type, value }, undefined);
  }

  // streams.spec.whatwg.org/#abstract-opdef-crossrealmtransformsenderror
  postError(error) {
    try {
      this.post("error", error);
    } catch {
      // The other end learns of it by the port's closing.
    }
  }

  // streams.spec.whatwg.org/#abstract-opdef-packandpostmessagehandlingerror
  postHandlingError(type, value) {
    try {
      this.post(type, value);
    } catch (error) {
      this.postError(error);
      throw error;
    }
  }

  // Says why it ends, whether the other one can be told or not.
  endWith(type, value) {
    try {
      this.postHandlingError(type, value);
      return undefined;
    } catch (error) {
      return PromiseReject(error);
    } finally {
      this.disentangle();
    }
  }

  // What an end waits for keeps its isolate running, if another one may give it: a chunk, or that one is asked for. What
  // a stream still has to give is not lost because there is nothing else to do where it comes from.
  await(waits) {
    if (!this.closed && this.receiver.always !== waits) {
      this.receiver.always = waits;
      update(this.receiver);
    }
  }

  disentangle() {
    if (!this.closed) {
      this.await(false);
      this.closed = true;
      close(this.receiver);
    }
  }
}

// Whether it is something that an end says, which a forged message need not be.
const isAnswer = (event, data) => event !== "message" || isObject(data);

const goneError = () => new TypeError("The other end of the transferred stream is gone.");

// streams.spec.whatwg.org/#abstract-opdef-setupcrossrealmtransformreadable
class ReadableEnd extends End {
  pulls = true;
  controller = null;

  pull() {
    try {
      this.post("pull", undefined);
      this.await(true);
      return undefined;
    } catch (error) {
      return PromiseReject(error);
    }
  }

  cancel(reason) {
    return this.endWith("error", reason);
  }

  came(event, data) {
    const { controller } = this;
    if (this.closed || !isAnswer(event, data)) {
      return;
    }
    this.await(false);
    if (event === "messageerror") {
      const error = dataCloneError("A chunk of the stream could not be read.");
      this.postError(error);
      controller.error(error);
      this.disentangle();
    } else if (event === "close") {
      // differs: the standard says nothing of an end that is gone without a word.
      this.closed = true;
      if (controller.stream.state === READABLE && !controller.closeRequested) {
        controller.error(goneError());
      }
    } else {
      this.message(data.type, data.value);
    }
  }

  message(type, value) {
    const { controller } = this;
    switch (type) {
      case "chunk":
        controller.enqueue(value);
        break;
      case "close":
        controller.close();
        this.disentangle();
        break;
      case "error":
        controller.error(value);
        this.disentangle();
        break;
    }
  }
}

// streams.spec.whatwg.org/#abstract-opdef-setupcrossrealmtransformwritable
// [[backpressurePromise]] is whether the other end has asked for a chunk, and the chunk that waits for it.
class WritableEnd extends End {
  controller = null;
  asked = false;
  waiting = false;
  chunk = undefined;

  write(chunk) {
    if (!this.asked) {
      this.waiting = true;
      this.chunk = chunk;
      this.await(true);
      return PENDING;
    }
    return this.send(chunk);
  }

  send(chunk) {
    this.asked = false;
    try {
      this.postHandlingError("chunk", chunk);
      return undefined;
    } catch (error) {
      this.disentangle();
      return PromiseReject(error);
    }
  }

  resume() {
    const { chunk, controller } = this;
    this.chunk = undefined;
    this.asked = false;
    try {
      this.postHandlingError("chunk", chunk);
    } catch (error) {
      this.disentangle();
      controller.writeFailed(error);
      return;
    }
    controller.written();
  }

  fail(error) {
    writableStreamDefaultControllerErrorIfNeeded(this.controller, error);
    if (this.waiting) {
      this.waiting = false;
      this.chunk = undefined;
      later(() => this.controller.writeFailed(error));
    }
  }

  close() {
    try {
      this.post("close", undefined);
      return undefined;
    } catch (error) {
      return PromiseReject(error);
    } finally {
      this.disentangle();
    }
  }

  abort(reason) {
    return this.endWith("error", reason);
  }

  came(event, data) {
    if (this.closed || !isAnswer(event, data)) {
      return;
    }
    this.await(false);
    if (event === "messageerror") {
      const error = dataCloneError("What the stream's other end said could not be read.");
      this.postError(error);
      this.fail(error);
      this.disentangle();
    } else if (event === "close") {
      // differs: as above.
      this.closed = true;
      this.fail(goneError());
    } else if (data.type === "pull") {
      this.unblock();
    } else if (data.type === "error") {
      writableStreamDefaultControllerErrorIfNeeded(this.controller, data.value);
      this.unblock();
    }
  }

  unblock() {
    if (this.waiting) {
      this.waiting = false;
      later(() => this.resume());
    } else {
      this.asked = true;
    }
  }
}

// Where it has `arrived`, a program has the stream.
// differs: what that has dropped is closed, which the end where the stream was learns; the standard keeps both.
function readableAround(port, arrived) {
  const end = new ReadableEnd(port);
  const state = readables.createState(end, 0, null);
  end.controller = state.controller;
  consume(end.receiver, (event, data) => end.came(event, data), arrived);
  reactToStart(end.controller, undefined);
  return state;
}

function writableAround(port, arrived) {
  const end = new WritableEnd(port);
  const state = writables.createState(end, 1, null);
  end.controller = state.controller;
  consume(end.receiver, (event, data) => end.came(event, data), arrived);
  reactToStart(end.controller, undefined);
  return state;
}

// streams.spec.whatwg.org/#rs-transfer, the transfer steps: the port that travels.
function transferReadable(state) {
  const ports = createChannel();
  markHandled(pipe(state, writableAround(ports[0], false), new PipeOptions()));
  return ports[1];
}

// streams.spec.whatwg.org/#ws-transfer
function transferWritable(state) {
  const ports = createChannel();
  markHandled(pipe(readableAround(ports[0], false), state, new PipeOptions()));
  return ports[1];
}

function checkUnlocked(locked) {
  if (locked) {
    throw dataCloneError("A stream that is locked cannot be transferred.");
  }
}

exports.readable = {
  __proto__: null,
  check: (stream) => checkUnlocked(readables.peekState(stream).reader !== null),
  transferSteps(stream) {
    const state = readables.peekState(stream);
    checkUnlocked(state.reader !== null);
    return { __proto__: null, 0: transferReadable(state), length: 1 };
  },
  receivingSteps: (port) => readables.shellOf(readableAround(port, true)),
};

exports.writable = {
  __proto__: null,
  check: (stream) => checkUnlocked(writables.peekState(stream).writer !== null),
  transferSteps(stream) {
    const state = writables.peekState(stream);
    checkUnlocked(state.writer !== null);
    return { __proto__: null, 0: transferWritable(state), length: 1 };
  },
  receivingSteps: (port) => writables.shellOf(writableAround(port, true)),
};

function checkTransform(stream) {
  const { readable, writable } = transformState(stream);
  checkUnlocked(readable.reader !== null || writable.writer !== null);
}

// streams.spec.whatwg.org/#ts-transfer
exports.transform = {
  __proto__: null,
  check: checkTransform,
  transferSteps(stream) {
    // One of its sides may have stood before it in the list.
    checkTransform(stream);
    const { readable, writable } = transformState(stream);
    return {
      __proto__: null,
      0: transferReadable(readable),
      1: transferWritable(writable),
      length: 2,
    };
  },
  receivingSteps: (readable, writable) =>
    new TransformStream(internal, {
      __proto__: null,
      readable: readableAround(readable, true),
      writable: writableAround(writable, true),
    }),
};
