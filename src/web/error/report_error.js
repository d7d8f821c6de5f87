"use strict";

// html.spec.whatwg.org/multipage/webappapis.html#dom-reporterror

const { op_report_exception } = ops;
const { checkGlobalReceiver, requireArguments } = require("webidl/interface");

const operations = {
  reportError(error) {
    checkGlobalReceiver(this);
    requireArguments(arguments.length, 1, "Failed to execute 'reportError'");
    op_report_exception(error);
  },
};

exports.reportError = operations.reportError;
