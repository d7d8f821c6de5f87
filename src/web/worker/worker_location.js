"use strict";

// html.spec.whatwg.org/multipage/workers.html#worker-locations

const { op_worker_location } = ops;
const {
  defineInterface,
  illegalConstructor,
  illegalInvocation,
  internal,
  isObject,
} = require("webidl/interface");

let partsOf;

class WorkerLocation {
  #parts;

  constructor(token = undefined, url = "") {
    if (token !== internal) {
      illegalConstructor();
    }
    this.#parts = op_worker_location(url);
  }

  static {
    partsOf = (value) => (isObject(value) && #parts in value ? value.#parts : illegalInvocation());
  }

  get href() {
    return partsOf(this)[0];
  }

  toString() {
    return partsOf(this)[0];
  }

  get origin() {
    return partsOf(this)[1];
  }

  get protocol() {
    return partsOf(this)[2];
  }

  get host() {
    return partsOf(this)[3];
  }

  get hostname() {
    return partsOf(this)[4];
  }

  get port() {
    return partsOf(this)[5];
  }

  get pathname() {
    return partsOf(this)[6];
  }

  get search() {
    return partsOf(this)[7];
  }

  get hash() {
    return partsOf(this)[8];
  }
}

defineInterface(WorkerLocation);

exports.WorkerLocation = WorkerLocation;
exports.createLocation = (url) => new WorkerLocation(internal, url);
