"use strict";

// fetch.spec.whatwg.org/#concept-header-list
//
// A linked list: a header is appended in constant time, and no index is ever
// written into an array whose prototype belongs to the user. Names and values
// are byte strings: no character is above U+00FF. A long list has an index,
// since a search for each of its names would take quadratic time.

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
  next = null;
  // Where there is an index: the header before, and the next of this key.
  previous = null;
  same = null;

  constructor(name, key, value) {
    this.name = name;
    this.key = key;
    this.value = value;
  }
}

// All headers of one key, in their order.
class Group {
  first;
  last;

  constructor(header) {
    this.first = this.last = header;
  }
}

// Longer lists have an index, once something is looked for. It costs as much as
// a few searches through a list of this length.
const LONG = 24;

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

class HeaderList {
  first = null;
  #last = null;
  #length = 0;
  // Groups by key, or null where there is no index.
  #groups = null;
  // What #sort-and-combine has last made, or null; for an iterator, which goes
  // through it step by step.
  #sorted = null;

  // fetch.spec.whatwg.org/#concept-header-list-append
  // differs: a name keeps the case that it is given here, where the standard
  // takes that of an earlier header. It can be told from the wire alone.
  append(name, key, value) {
    const header = new Header(name, key, value);
    if (this.#last === null) {
      this.first = header;
    } else {
      this.#last.next = header;
    }
    if (this.#groups !== null) {
      this.#note(header, this.#last);
    }
    this.#last = header;
    this.#length++;
    this.#sorted = null;
  }

  // fetch.spec.whatwg.org/#concept-header-list-contains
  has(key) {
    return this.#find(key) !== null;
  }

  // fetch.spec.whatwg.org/#concept-header-list-get
  get(key) {
    const found = this.#find(key);
    if (found === null) {
      return null;
    }
    let { value } = found;
    if (this.#groups !== null) {
      for (let header = found.same; header !== null; header = header.same) {
        value = `${value}, ${header.value}`;
      }
      return value;
    }
    for (let header = found.next; header !== null; header = header.next) {
      if (header.key === key) {
        value = `${value}, ${header.value}`;
      }
    }
    return value;
  }

  // fetch.spec.whatwg.org/#concept-header-list-set
  set(name, key, value) {
    const found = this.#find(key);
    if (found === null) {
      this.append(name, key, value);
      return;
    }
    found.value = value;
    this.#sorted = null;
    if (found.next !== null) {
      this.#deleteFrom(found, key);
    }
  }

  // fetch.spec.whatwg.org/#concept-header-list-delete
  delete(key) {
    this.#deleteFrom(null, key);
  }

  // The first header of a key, or null.
  #find(key) {
    if (this.#length > LONG) {
      return MapPrototypeGet(this.#groups ?? this.#index(), key)?.first ?? null;
    }
    for (let header = this.first; header !== null; header = header.next) {
      if (header.key === key) {
        return header;
      }
    }
    return null;
  }

  #index() {
    const groups = (this.#groups = new Map());
    let previous = null;
    for (let header = this.first; header !== null; header = header.next) {
      this.#note(header, previous);
      previous = header;
    }
    return groups;
  }

  // Puts a header that stands behind all others into the index.
  #note(header, previous) {
    header.previous = previous;
    header.same = null;
    const { key } = header;
    const group = MapPrototypeGet(this.#groups, key);
    if (group === undefined) {
      MapPrototypeSet(this.#groups, key, new Group(header));
    } else {
      group.last = group.last.same = header;
    }
  }

  // Behind the header `first`, which has the key, or all for null.
  #deleteFrom(first, key) {
    if (this.#length > LONG) {
      this.#deleteGroup(first, MapPrototypeGet(this.#groups ?? this.#index(), key));
      return;
    }
    // A list that has become short needs none.
    this.#groups = null;
    let previous = first;
    let header = first === null ? this.first : first.next;
    for (; header !== null; header = header.next) {
      if (header.key === key) {
        this.#unlink(header, previous);
      } else {
        previous = header;
      }
    }
  }

  #deleteGroup(first, group) {
    if (group === undefined) {
      return;
    }
    const doomed = first === null ? group.first : first.same;
    for (let header = doomed; header !== null; header = header.same) {
      this.#unlink(header, header.previous);
      if (header.next !== null) {
        header.next.previous = header.previous;
      }
    }
    if (first === null) {
      MapPrototypeDelete(this.#groups, group.first.key);
    } else {
      first.same = null;
      group.last = first;
    }
  }

  #unlink(header, previous) {
    if (previous === null) {
      this.first = header.next;
    } else {
      previous.next = header.next;
    }
    if (this.#last === header) {
      this.#last = previous;
    }
    this.#length--;
    this.#sorted = null;
  }

  // Puts the headers of a list that nobody needs any more behind its own.
  take(list) {
    if (list.first === null) {
      return;
    }
    if (this.#last === null) {
      this.first = list.first;
    } else {
      this.#last.next = list.first;
    }
    this.#last = list.#last;
    this.#length += list.#length;
    this.#groups = null;
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
    return (this.#sorted ??= this.#sort());
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
