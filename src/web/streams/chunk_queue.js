"use strict";

// First in, first out, in constant time: a chain of segments. Every write lies
// within an array that is filled from the start, so no setter of a patched
// prototype is asked. A queue that runs empty starts over in the segment that
// it has, so one that holds a few chunks at a time allocates nothing.

const SIZE = 16;

class Segment {
  items = [
    undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined,
    undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined,
  ];
  next = null;
}

class ChunkQueue {
  length = 0;
  head = null;
  tail = null;
  // A segment that has been emptied, for the next one that is needed.
  spare = null;
  first = 0;
  end = 0;

  push(item) {
    let { tail } = this;
    if (tail === null) {
      tail = new Segment();
      this.head = tail;
      this.tail = tail;
    } else if (this.end === SIZE) {
      const next = this.spare ?? new Segment();
      this.spare = null;
      tail.next = next;
      tail = next;
      this.tail = next;
      this.end = 0;
    }
    tail.items[this.end++] = item;
    this.length++;
  }

  peek() {
    return this.head.items[this.first];
  }

  shift() {
    const { head, first } = this;
    const { items } = head;
    const item = items[first];
    items[first] = undefined;
    if (--this.length === 0) {
      this.head = this.tail;
      this.first = 0;
      this.end = 0;
    } else if (first + 1 === SIZE) {
      this.head = head.next;
      head.next = null;
      this.spare = head;
      this.first = 0;
    } else {
      this.first = first + 1;
    }
    return item;
  }

  clear() {
    this.length = 0;
    this.head = null;
    this.tail = null;
    this.spare = null;
    this.first = 0;
    this.end = 0;
  }
}

exports.ChunkQueue = ChunkQueue;
