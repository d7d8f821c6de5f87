"use strict";

// A call whose handler returned a promise that is still pending: the reply goes out when it settles.
const { ObjectDefineProperty, PromisePrototypeThen } = primordials;
const { op_call_settle } = ops;

// The promise is the program's: `await` does not ask it, as `then` does, what promise to make, and what the
// program has put in its way becomes the reply.
exports.settleCall = async function settleCall(promise, id) {
  let value;
  try {
    value = await promise;
  } catch (reason) {
    op_call_settle(id, false, reason);
    return;
  }
  op_call_settle(id, true, value);
};

// A module that awaits at its top level: whoever waits for it is told when it has been evaluated.
exports.settleModule = function settleModule(promise, number, namespace) {
  // V8's own promise, which no program sees: `then` makes another without asking the program how.
  ObjectDefineProperty(promise, "constructor", { __proto__: null, value: undefined });
  PromisePrototypeThen(
    promise,
    () => ops.op_module_settle(number, true, namespace),
    (reason) => ops.op_module_settle(number, false, reason),
  );
};
