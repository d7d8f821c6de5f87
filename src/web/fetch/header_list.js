"use strict";

// fetch.spec.whatwg.org/#concept-header-list
//
// A linked list: a header is appended in constant time, and no index is ever
// written into an array whose prototype belongs to the user. Names and values
// are byte strings: no character is above U+00FF.

const {
  ArrayPrototypeSort,
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

  constructor(name, key, value) {
    this.name = name;
    this.key = key;
    this.value = value;
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

class HeaderList {
  first = null;
  #last = null;
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
    this.#last = header;
    this.#sorted = null;
  }

  // fetch.spec.whatwg.org/#concept-header-list-contains
  has(key) {
    for (let header = this.first; header !== null; header = header.next) {
      if (header.key === key) {
        return true;
      }
    }
    return false;
  }

  // fetch.spec.whatwg.org/#concept-header-list-get
  get(key) {
    let value = null;
    for (let header = this.first; header !== null; header = header.next) {
      if (header.key === key) {
        value = value === null ? header.value : `${value}, ${header.value}`;
      }
    }
    return value;
  }

  // fetch.spec.whatwg.org/#concept-header-list-set
  set(name, key, value) {
    for (let header = this.first; header !== null; header = header.next) {
      if (header.key === key) {
        header.value = value;
        this.#sorted = null;
        if (header.next !== null) {
          this.#deleteFrom(header, key);
        }
        return;
      }
    }
    this.append(name, key, value);
  }

  // fetch.spec.whatwg.org/#concept-header-list-delete
  delete(key) {
    this.#deleteFrom(null, key);
  }

  // Behind the header `previous`, or all for null.
  #deleteFrom(previous, key) {
    let header = previous === null ? this.first : previous.next;
    for (; header !== null; header = header.next) {
      if (header.key !== key) {
        previous = header;
        continue;
      }
      if (previous === null) {
        this.first = header.next;
      } else {
        previous.next = header.next;
      }
      if (this.#last === header) {
        this.#last = previous;
      }
      this.#sorted = null;
    }
  }

  clear() {
    this.first = null;
    this.#last = null;
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
