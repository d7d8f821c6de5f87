"use strict";

// html.spec.whatwg.org/multipage/structured-data.html#transferable-objects
//
// Platform objects that are moved by a transfer list. What moves are ports, for
// which native code has a form; an interface says of which ports its objects are
// made. Loaded by the file of the first such interface: until then no object but
// an ArrayBuffer is transferable, and nothing is asked.

const { ArrayOf, ReflectApply } = primordials;

// The tags of `proto/src/value/host.rs`.
exports.READABLE_STREAM = 9;
exports.WRITABLE_STREAM = 10;
exports.TRANSFORM_STREAM = 11;
exports.MESSAGE_PORT = 12;

const kinds = { __proto__: null, length: 0 };

// `kind` has a null prototype, the `tag`, and functions:
//   isInstance(value) -> boolean;
//   check(object): throws a DataCloneError where it cannot be transferred any
//     more; runs before anything of the list is moved;
//   transferSteps(object) -> a list of the MessagePorts that it is made of, two
//     for a TransformStream and one for others, and it is detached;
//   receivingSteps(port, port) -> the object made of them.
// Instead of the last three it may have steps(), which gives an object that has them: a file that is loaded when the
// first such object is transferred.
exports.register = (kind) => {
  kinds[kinds.length++] = kind;
};

const stepsOf = (kind) => kind.steps?.() ?? kind;

function kindOf(object) {
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i].isInstance(object)) {
      return kinds[i];
    }
  }
  return null;
}

function kindOfTag(tag) {
  for (let i = 0; i < kinds.length; i++) {
    if (kinds[i].tag === tag) {
      return kinds[i];
    }
  }
  return null;
}

// What native code calls.

exports.tagOf = (object) => kindOf(object)?.tag ?? 0;

exports.checkTransfer = (object) => {
  stepsOf(kindOf(object)).check(object);
};

// The handles of the ports that the object is made of.
exports.transfer = (object) => {
  const ports = stepsOf(kindOf(object)).transferSteps(object);
  const { handleTaken } = require("messaging/message_port");
  const handles = { __proto__: null, length: 0 };
  for (let i = 0; i < ports.length; i++) {
    handles[handles.length++] = handleTaken(ports[i]);
  }
  return ReflectApply(ArrayOf, undefined, handles);
};

exports.receive = (tag, first, second) => {
  let kind = kindOfTag(tag);
  if (kind === null) {
    // The streams register themselves.
    require("streams/transform_stream");
    kind = kindOfTag(tag);
  }
  return stepsOf(kind).receivingSteps(first, second);
};
