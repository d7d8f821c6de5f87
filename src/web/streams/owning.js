"use strict";

// github.com/whatwg/streams/blob/main/streams-for-raw-video-explainer.md
//
// Streams of the type "owning": what is enqueued is moved or cloned, so that
// nobody else holds a chunk.
// differs: a proposal, which web-platform-tests has tests of and the standard does not have yet.

const { TypeError } = primordials;
const { op_structured_clone } = ops;
const { dictionaryObject } = require("webidl/dictionary");
const { transferMember } = require("clone/transfer_list");
const { readableStreamDefaultControllerError } =
  require("streams/readable_stream_default_controller");

// The chunk that goes into the queue for one that a program enqueues with these options.
exports.toChunk = (controller, chunk, options) => {
  const prefix = "Failed to execute 'enqueue' on 'ReadableStreamDefaultController'";
  const transfer = transferMember(dictionaryObject(options, `${prefix}: parameter 2`), prefix);
  if (!controller.owning) {
    if (transfer !== undefined) {
      throw new TypeError(`${prefix}: only a stream of the type 'owning' takes what is transferred.`);
    }
    return chunk;
  }
  try {
    return op_structured_clone(chunk, transfer);
  } catch (error) {
    readableStreamDefaultControllerError(controller, error);
    throw error;
  }
};
