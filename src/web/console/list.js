"use strict";
// A growing sequence whose elements live on an object without a prototype.
//
// Assigning `array[i] = x` past the end of a real array asks the prototype
// chain for a setter first, so a program that defines one on
// `Array.prototype[0]` would see (and could break) everything the console
// collects. A List has no such chain, and its methods are its own.

function List() {
  this.length = 0;
}

List.prototype = {
  __proto__: null,

  push(item) {
    this[this.length++] = item;
  },

  pop() {
    const item = this[--this.length];
    delete this[this.length];
    return item;
  },

  indexOf(item) {
    for (let i = 0; i < this.length; i++) {
      if (this[i] === item) return i;
    }
    return -1;
  },

  remove(index) {
    for (let i = index + 1; i < this.length; i++) this[i - 1] = this[i];
    this.pop();
  },

  join(separator) {
    let text = this.length > 0 ? this[0] : "";
    for (let i = 1; i < this.length; i++) text += separator + this[i];
    return text;
  },

  // Stable merge sort of the elements from `start` on. `compare` is user code
  // at times, so a comparator that contradicts itself must still terminate.
  sort(compare, start) {
    let from = this;
    let to = new List();
    for (let run = 1; run < this.length - start; run *= 2) {
      for (let left = start; left < this.length; left += 2 * run) {
        const middle = left + run < this.length ? left + run : this.length;
        const end = middle + run < this.length ? middle + run : this.length;
        let a = left;
        let b = middle;
        for (let i = left; i < end; i++) {
          const takeLeft = a < middle && (b >= end || compare(from[a], from[b]) <= 0);
          to[i] = takeLeft ? from[a++] : from[b++];
        }
      }
      const swap = from;
      from = to;
      to = swap;
    }
    if (from !== this) {
      for (let i = start; i < this.length; i++) this[i] = from[i];
    }
  },
};

// A List of the elements of a dense array that the runtime itself made.
function listOf(array) {
  const list = new List();
  for (let i = 0; i < array.length; i++) list.push(array[i]);
  return list;
}

exports.List = List;
exports.listOf = listOf;
