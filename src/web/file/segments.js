"use strict";

// What Blobs are made of: chains of segments, which are parts of immutable buffers that slices, clones and other isolates
// share.

const { ArrayBufferPrototypeGetByteLength } = primordials;
const { op_blob_join } = ops;

// A longer chain becomes one buffer, so that a Blob of itself many times over meets the limit on buffers.
const LONGEST = 16384;

class Segment {
  buffer;
  offset;
  length;
  next = null;

  constructor(buffer, offset, length) {
    this.buffer = buffer;
    this.offset = offset;
    this.length = length;
  }
}

// Segments in the order in which they are added.
class Chain {
  head = null;
  tail = null;
  count = 0;
  size = 0;
  wasLong = false;

  add(buffer, offset, length) {
    if (length === 0) {
      return;
    }
    const segment = new Segment(buffer, offset, length);
    if (this.head === null) {
      this.head = segment;
    } else {
      this.tail.next = segment;
    }
    this.tail = segment;
    this.size += length;
    if (++this.count > LONGEST) {
      this.join();
      this.wasLong = true;
    }
  }

  join() {
    this.head = this.tail = new Segment(op_blob_join(partsFrom(this.head), false), 0, this.size);
    this.count = 1;
  }

  addWhole(buffer) {
    this.add(buffer, 0, ArrayBufferPrototypeGetByteLength(buffer));
  }
}

function sliced(head, start, span) {
  const chain = new Chain();
  let segment = head;
  let skip = start;
  while (skip >= segment.length) {
    skip -= segment.length;
    segment = segment.next;
  }
  let left = span;
  while (left > 0) {
    const rest = segment.length - skip;
    const length = rest < left ? rest : left;
    chain.add(segment.buffer, segment.offset + skip, length);
    left -= length;
    skip = 0;
    segment = segment.next;
  }
  return chain.head;
}

function pushPart(list, buffer, offset, length) {
  list[list.length++] = buffer;
  list[list.length++] = offset;
  list[list.length++] = length;
}

// The segments as the ops take them.
function partsFrom(head) {
  const list = { __proto__: null, length: 0 };
  for (let segment = head; segment !== null; segment = segment.next) {
    pushPart(list, segment.buffer, segment.offset, segment.length);
  }
  return list;
}

exports.Chain = Chain;
exports.Segment = Segment;
exports.partsFrom = partsFrom;
exports.pushPart = pushPart;
exports.sliced = sliced;
