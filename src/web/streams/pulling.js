"use strict";

// What the controllers of both kinds of readable streams do alike: their abstract operations in the standard differ by
// name, and by a question about BYOB readers, whose requests lie with the others here.

const { react } = require("streams/promises");
const { CLOSED, ERRORED, READABLE } = require("streams/readable_state");

// streams.spec.whatwg.org/#readable-stream-default-controller-call-pull-if-needed
// streams.spec.whatwg.org/#readable-byte-stream-controller-call-pull-if-needed
function callPullIfNeeded(controller) {
  if (!controller.pulls || !shouldCallPull(controller)) {
    return;
  }
  if (controller.pulling) {
    controller.pullAgain = true;
    return;
  }
  controller.pulling = true;
  if (controller.pulled === null) {
    controller.pulled = () => pullEnded(controller);
    controller.pullFailed = (error) => controller.error(error);
  }
  react(controller.source.pull(controller), controller.pulled, controller.pullFailed);
}

function pullEnded(controller) {
  controller.pulling = false;
  if (controller.pullAgain) {
    controller.pullAgain = false;
    callPullIfNeeded(controller);
  }
}

// streams.spec.whatwg.org/#readable-stream-default-controller-should-call-pull
// streams.spec.whatwg.org/#readable-byte-stream-controller-should-call-pull
function shouldCallPull(controller) {
  const { stream } = controller;
  if (stream.state !== READABLE || controller.closeRequested || !controller.started) {
    return false;
  }
  const { reader } = stream;
  return (
    (reader !== null && reader.requests.length > 0) ||
    controller.strategyHWM - controller.queueTotalSize > 0
  );
}

// streams.spec.whatwg.org/#reset-queue
function resetQueue(controller) {
  controller.queue.clear();
  controller.queueTotalSize = 0;
}

// streams.spec.whatwg.org/#readable-stream-default-controller-get-desired-size
// streams.spec.whatwg.org/#readable-byte-stream-controller-get-desired-size
function getDesiredSize(controller) {
  const { state } = controller.stream;
  if (state === ERRORED) {
    return null;
  }
  return state === CLOSED ? 0 : controller.strategyHWM - controller.queueTotalSize;
}

exports.callPullIfNeeded = callPullIfNeeded;
exports.getDesiredSize = getDesiredSize;
exports.resetQueue = resetQueue;
exports.shouldCallPull = shouldCallPull;
