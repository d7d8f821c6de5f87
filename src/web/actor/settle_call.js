"use strict";

// A call whose handler returned a promise that is still pending: the reply goes out when it settles.
const { PromisePrototypeThen } = primordials;
const { op_call_settle } = ops;

exports.settleCall = function settleCall(promise, id) {
  PromisePrototypeThen(
    promise,
    (value) => op_call_settle(id, true, value),
    (reason) => op_call_settle(id, false, reason),
  );
};

// A module that awaits at its top level: whoever waits for it is told when it has been evaluated.
exports.settleModule = function settleModule(promise, number, namespace) {
  PromisePrototypeThen(
    promise,
    () => ops.op_module_settle(number, true, namespace),
    (reason) => ops.op_module_settle(number, false, reason),
  );
};
