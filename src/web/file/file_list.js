"use strict";

// w3c.github.io/FileAPI/#filelist-section
//
// Nothing here makes one: forms do, where there are documents. The interface is there since it is in every worker.

const { defineInterface, illegalConstructor, illegalInvocation } = require("webidl/interface");

class FileList {
  constructor() {
    illegalConstructor();
  }

  item(index) {
    illegalInvocation();
  }

  get length() {
    return illegalInvocation();
  }
}

defineInterface(FileList);

exports.FileList = FileList;
