"use strict";

// fetch.spec.whatwg.org/#concept-header-list
//
// A linked list: a header is appended in constant time, and no index is ever
// written into an array whose prototype belongs to the user. A long one has an
// index of its names besides. Names and values are byte strings: no character
// is above U+00FF.

const {
  ArrayPrototypeSort,
  Map,
  MapPrototypeDelete,
  MapPrototypeGet,
  MapPrototypeSet,
  ObjectSetPrototypeOf,
  StringPrototypeCharCodeAt,
  StringPrototypeSlice,
  StringPrototypeToLowerCase,
  TypeError,
} = primordials;
const { DOMString } = require("webidl/convert");

class Header {
  // As it was given, which is how HTTP/1 sends it.
  name;
  // The same in lower case, by which headers are compared.
  key;
  value;
  previous;
  next = null;
  // The next one of the same name, where the list has an index.
  same = null;

  constructor(name, key, value, previous) {
    this.name = name;
    this.key = key;
    this.value = value;
    this.previous = previous;
  }
}

// A list of more headers than this has an index: to compare with fewer takes
// less than the index does.
const FEW = 32;

// What the index has of a name.
class Run {
  first;
  last;

  constructor(header) {
    this.first = this.last = header;
  }
}

function addToIndex(index, header) {
  const run = MapPrototypeGet(index, header.key);
  if (run === undefined) {
    MapPrototypeSet(index, header.key, new Run(header));
  } else {
    run.last.same = header;
    run.last = header;
  }
}

// The result of sorting. Without a prototype that the user could reach, but,
// unlike a literal without one, an object whose `length` V8 finds at once.
class Sorted {
  length = 0;
}
delete Sorted.prototype.constructor;
ObjectSetPrototypeOf(Sorted.prototype, null);

class Pair {
  key;
  value;

  constructor(key, value) {
    this.key = key;
    this.value = value;
  }
}

// fetch.spec.whatwg.org/#header-name: the tchars of RFC 9110.
const isTchar = (code) =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x2d ||
  (code >= 0x30 && code <= 0x39) || code === 0x21 || (code >= 0x23 && code <= 0x27) ||
  code === 0x2a || code === 0x2b || code === 0x2e || code === 0x5e || code === 0x5f ||
  code === 0x60 || code === 0x7c || code === 0x7e;

exports.isToken = (string) => {
  for (let i = 0; i < string.length; i++) {
    if (!isTchar(StringPrototypeCharCodeAt(string, i))) {
      return false;
    }
  }
  return string.length > 0;
};

// The lower case of names that are known to be valid: programs use few.
const known = { __proto__: null };
const MAX_KNOWN = 256;
const MAX_KNOWN_LENGTH = 64;
let knownCount = 0;

// fetch.spec.whatwg.org/#concept-header-name, in lower case; undefined where
// it is not known yet whether it is one.
exports.knownKey = (name) => (typeof name === "string" ? known[name] : undefined);

// The same, checked. `name` is a byte string.
exports.headerKey = (name, context) => known[name] ?? newKey(name, context);

function newKey(name, context) {
  if (!exports.isToken(name)) {
    throw new TypeError(`${context} is not a valid HTTP header name.`);
  }
  const key = StringPrototypeToLowerCase(name);
  if (knownCount < MAX_KNOWN && name.length <= MAX_KNOWN_LENGTH) {
    knownCount++;
    known[name] = key;
  }
  return key;
}

const isWhitespace = (code) => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;

// fetch.spec.whatwg.org/#concept-header-value-normalize
const normalize = (value) => {
  let start = 0;
  let end = value.length;
  while (start < end && isWhitespace(StringPrototypeCharCodeAt(value, start))) {
    start++;
  }
  while (end > start && isWhitespace(StringPrototypeCharCodeAt(value, end - 1))) {
    end--;
  }
  return start === 0 && end === value.length ? value : StringPrototypeSlice(value, start, end);
};

// fetch.spec.whatwg.org/#concept-header-value, normalized before. `value` is a
// byte string.
exports.headerValue = (value, context) => {
  const { length } = value;
  if (length === 0) {
    return value;
  }
  if (
    StringPrototypeCharCodeAt(value, 0) <= 0x20 ||
    StringPrototypeCharCodeAt(value, length - 1) <= 0x20
  ) {
    value = normalize(value);
  }
  for (let i = 0; i < value.length; i++) {
    const code = StringPrototypeCharCodeAt(value, i);
    if (code <= 0x0d && (code === 0 || code === 0x0a || code === 0x0d)) {
      throw new TypeError(`${context} is not a valid HTTP header value.`);
    }
  }
  return value;
};

// Whether a value is a header's already, as most are: a byte string without
// white space at its ends or control characters.
exports.isPlainValue = (value) => {
  if (typeof value !== "string") {
    return false;
  }
  const { length } = value;
  for (let i = 0; i < length; i++) {
    const code = StringPrototypeCharCodeAt(value, i);
    if (code < 0x20 || code > 0xff) {
      return false;
    }
  }
  return (
    length === 0 ||
    (StringPrototypeCharCodeAt(value, 0) !== 0x20 &&
      StringPrototypeCharCodeAt(value, length - 1) !== 0x20)
  );
};

// webidl.spec.whatwg.org/#js-ByteString, by comparing numbers.
exports.byteString = (value, context) => {
  const string = typeof value === "string" ? value : DOMString(value, context);
  for (let i = 0; i < string.length; i++) {
    if (StringPrototypeCharCodeAt(string, i) > 0xff) {
      throw new TypeError(`${context} contains a character above U+00FF at index ${i}.`);
    }
  }
  return string;
};

const byKey = (a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

// Where in a sorted list a name is that is there.
function placeOf(sorted, key) {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle].key < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

class HeaderList {
  first = null;
  #last = null;
  #size = 0;
  // Names to their Runs, made when a long list is searched; else null.
  #index = null;
  // What #sort-and-combine has last made, or null; for an iterator, which goes
  // through it step by step.
  #sorted = null;
  // Whether that was asked for since a header was last taken out of it.
  #isSortedUsed = false;

  // fetch.spec.whatwg.org/#concept-header-list-append
  // differs: a name keeps the case that it is given here, where the standard
  // takes that of an earlier header. It can be told from the wire alone.
  append(name, key, value) {
    const last = this.#last;
    const header = new Header(name, key, value, last);
    if (last === null) {
      this.first = header;
    } else {
      last.next = header;
    }
    this.#last = header;
    this.#size++;
    this.#sorted = null;
    if (this.#index !== null) {
      addToIndex(this.#index, header);
    }
  }

  // fetch.spec.whatwg.org/#concept-header-list-contains
  has(key) {
    return this.#find(key) !== null;
  }

  // fetch.spec.whatwg.org/#concept-header-list-get
  get(key) {
    let header = this.#find(key);
    if (header === null) {
      return null;
    }
    let { value } = header;
    while ((header = this.#findNext(header)) !== null) {
      value = `${value}, ${header.value}`;
    }
    return value;
  }

  // The values apart, as a list.
  getAll(key) {
    const values = { __proto__: null, length: 0 };
    for (let header = this.#find(key); header !== null; header = this.#findNext(header)) {
      values[values.length++] = header.value;
    }
    return values;
  }

  // fetch.spec.whatwg.org/#concept-header-list-set
  set(name, key, value) {
    const header = this.#find(key);
    if (header === null) {
      this.append(name, key, value);
      return;
    }
    header.value = value;
    const second = this.#findNext(header);
    if (second === null) {
      this.#setSorted(key, value);
      return;
    }
    this.#sorted = null;
    this.#takeOut(second);
    if (this.#index !== null) {
      header.same = null;
      MapPrototypeGet(this.#index, key).last = header;
    }
  }

  // fetch.spec.whatwg.org/#concept-header-list-delete
  delete(key) {
    const header = this.#find(key);
    if (header === null) {
      return;
    }
    this.#deleteSorted(header);
    this.#takeOut(header);
    if (this.#index !== null) {
      MapPrototypeDelete(this.#index, key);
    }
  }

  // The first header of that name, or null.
  #find(key) {
    if (this.#size > FEW) {
      this.#index ??= this.#makeIndex();
      return MapPrototypeGet(this.#index, key)?.first ?? null;
    }
    let header = this.first;
    while (header !== null && header.key !== key) {
      header = header.next;
    }
    return header;
  }

  // The next one of the same name as one that #find has found, or null.
  #findNext(header) {
    if (this.#size > FEW) {
      return header.same;
    }
    const { key } = header;
    do {
      header = header.next;
    } while (header !== null && header.key !== key);
    return header;
  }

  #makeIndex() {
    const index = new Map();
    for (let header = this.first; header !== null; header = header.next) {
      header.same = null;
      addToIndex(index, header);
    }
    return index;
  }

  // Takes a header and those of the same name behind it out of the list.
  #takeOut(header) {
    while (header !== null) {
      const following = this.#findNext(header);
      const { previous, next } = header;
      if (previous === null) {
        this.first = next;
      } else {
        previous.next = next;
      }
      if (next === null) {
        this.#last = previous;
      } else {
        next.previous = previous;
      }
      this.#size--;
      header = following;
    }
  }

  clear() {
    this.first = null;
    this.#last = null;
    this.#size = 0;
    this.#index = null;
    this.#sorted = null;
  }

  // Puts the headers of a list that nobody needs any more behind its own.
  take(list) {
    const { first } = list;
    if (first === null) {
      return;
    }
    if (this.#last === null) {
      this.first = first;
    } else {
      this.#last.next = first;
      first.previous = this.#last;
    }
    this.#last = list.#last;
    this.#size += list.#size;
    this.#index = null;
    this.#sorted = null;
  }

  copy() {
    const list = new HeaderList();
    for (let header = this.first; header !== null; header = header.next) {
      list.append(header.name, header.key, header.value);
    }
    return list;
  }

  // fetch.spec.whatwg.org/#concept-header-list-sort-and-combine
  sortAndCombine() {
    this.#isSortedUsed = true;
    return (this.#sorted ??= this.#sort());
  }

  // Has the sorted list follow a change to the only header of a name, so that a
  // program may go through all and change each: to sort anew for each step would
  // take the square of their number.
  #setSorted(key, value) {
    if (this.#sorted !== null) {
      this.#sorted[placeOf(this.#sorted, key)].value = value;
    }
  }

  // The same for the first header of a name that is taken out. Who takes many out
  // without going through them has no need of it.
  #deleteSorted(header) {
    const sorted = this.#sorted;
    if (sorted === null) {
      return;
    }
    if (!this.#isSortedUsed || this.#findNext(header) !== null) {
      this.#sorted = null;
      return;
    }
    this.#isSortedUsed = false;
    const last = sorted.length - 1;
    for (let i = placeOf(sorted, header.key); i < last; i++) {
      sorted[i] = sorted[i + 1];
    }
    sorted[last] = null;
    sorted.length = last;
  }

  #sort() {
    const all = new Sorted();
    let isSorted = true;
    let previous = "";
    for (let header = this.first; header !== null; header = header.next) {
      const { key } = header;
      // Equal ones need combining, unless they are cookies.
      isSorted &&= key > previous;
      previous = key;
      all[all.length++] = new Pair(key, header.value);
    }
    if (isSorted) {
      return all;
    }
    if (all.length > 24) {
      // A stable sort, which writes to indices that are there.
      ArrayPrototypeSort(all, byKey);
    } else {
      for (let i = 1; i < all.length; i++) {
        const pair = all[i];
        let j = i - 1;
        for (; j >= 0 && all[j].key > pair.key; j--) {
          all[j + 1] = all[j];
        }
        all[j + 1] = pair;
      }
    }
    const combined = new Sorted();
    let last = null;
    for (let i = 0; i < all.length; i++) {
      const pair = all[i];
      if (last !== null && last.key === pair.key && pair.key !== "set-cookie") {
        last.value = `${last.value}, ${pair.value}`;
        continue;
      }
      last = pair;
      combined[combined.length++] = pair;
    }
    return combined;
  }
}
// An instance is seen by internal files alone, its prototype by nobody.
ObjectSetPrototypeOf(HeaderList.prototype, null);

exports.HeaderList = HeaderList;
