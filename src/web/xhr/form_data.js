"use strict";

// xhr.spec.whatwg.org/#interface-formdata

const { StringPrototypeToWellFormed, TypeError } = primordials;
const {
  defineCloner,
  defineInspection,
  defineInterface,
  fallBack,
  illegalInvocation,
  isObject,
  requireArguments,
} = require("webidl/interface");
const { USVString } = require("webidl/convert");
const { definePairIterable } = require("webidl/pair_iterator");
const { toArray } = require("webidl/sequence");
const { isBlob, toWire } = require("file/blob");
const { cloneFile, createFile, isFile, lastModified } = require("file/file");

// xhr.spec.whatwg.org/#concept-formdata-entry. Names and values keep the names of a pair, for the iterator.
class Entry {
  key;
  value;

  constructor(key, value) {
    this.key = key;
    this.value = value;
  }
}

let isFormData;
let listOf;
let setList;

class FormData {
  #entries = { __proto__: null, length: 0 };

  // xhr.spec.whatwg.org/#dom-formdata
  constructor(form = undefined, submitter = undefined) {
    if (form !== undefined) {
      throw new TypeError(
        "Failed to construct 'FormData': parameter 1 is not of type 'HTMLFormElement'.",
      );
    }
    if (submitter !== undefined && submitter !== null) {
      throw new TypeError(
        "Failed to construct 'FormData': parameter 2 is not of type 'HTMLElement'.",
      );
    }
    fallBack(this, new.target, FormData);
  }

  static {
    isFormData = (value) => isObject(value) && #entries in value;
    listOf = (form) => form.#entries;
    setList = (form, entries) => {
      form.#entries = entries;
    };
  }

  // xhr.spec.whatwg.org/#dom-formdata-append
  append(name, value, filename = undefined) {
    check(this);
    // The program's own code runs in there, and may change the form.
    const entry = toEntry("append", arguments.length, name, value, filename);
    const entries = this.#entries;
    entries[entries.length++] = entry;
  }

  // xhr.spec.whatwg.org/#dom-formdata-delete
  delete(name) {
    check(this);
    const key = toName("delete", arguments.length, name);
    this.#entries = filtered(this.#entries, key, null);
  }

  // xhr.spec.whatwg.org/#dom-formdata-get
  get(name) {
    check(this);
    const key = toName("get", arguments.length, name);
    const entries = this.#entries;
    const entry = entries[find(entries, key)];
    return entry === undefined ? null : entry.value;
  }

  // xhr.spec.whatwg.org/#dom-formdata-getall
  getAll(name) {
    check(this);
    const key = toName("getAll", arguments.length, name);
    const entries = this.#entries;
    const values = { __proto__: null, length: 0 };
    for (let i = 0; i < entries.length; i++) {
      if (entries[i].key === key) {
        values[values.length++] = entries[i].value;
      }
    }
    return toArray(values);
  }

  // xhr.spec.whatwg.org/#dom-formdata-has
  has(name) {
    check(this);
    const key = toName("has", arguments.length, name);
    const entries = this.#entries;
    return find(entries, key) < entries.length;
  }

  // xhr.spec.whatwg.org/#dom-formdata-set
  set(name, value, filename = undefined) {
    check(this);
    const entry = toEntry("set", arguments.length, name, value, filename);
    const entries = this.#entries;
    const place = find(entries, entry.key);
    if (place === entries.length) {
      entries[entries.length++] = entry;
    } else {
      this.#entries = filtered(entries, entry.key, entry);
    }
  }
}

function check(value) {
  return isFormData(value) ? value : illegalInvocation();
}

function toName(method, given, name) {
  const prefix = `Failed to execute '${method}' on 'FormData'`;
  requireArguments(given, 1, prefix);
  return USVString(name, `${prefix}: parameter 1`);
}

// The two overloads of `append` and `set`: the second parameter tells them apart, and a third one makes it a Blob.
function toEntry(method, given, name, value, filename) {
  const prefix = `Failed to execute '${method}' on 'FormData'`;
  requireArguments(given, 2, prefix);
  const blob = isBlob(value);
  if (!blob && given > 2) {
    throw new TypeError(`${prefix}: parameter 2 is not of type 'Blob'.`);
  }
  const key = USVString(name, `${prefix}: parameter 1`);
  if (!blob) {
    return new Entry(key, USVString(value, `${prefix}: parameter 2`));
  }
  return createEntry(
    key,
    value,
    filename === undefined ? undefined : USVString(filename, `${prefix}: parameter 3`),
  );
}

// html.spec.whatwg.org/multipage/form-control-infrastructure.html#create-an-entry
function createEntry(key, value, filename) {
  if (typeof value === "string") {
    return new Entry(key, value);
  }
  const file = isFile(value);
  if (file && filename === undefined) {
    return new Entry(key, value);
  }
  const name = filename ?? "blob";
  return new Entry(key, file ? createFile(value, name, lastModified(value)) : createFile(value, name));
}

function find(entries, key) {
  let i = 0;
  while (i < entries.length && entries[i].key !== key) {
    i++;
  }
  return i;
}

// The entries without those of a name; `instead` of the first of them, unless it is null.
function filtered(entries, key, instead) {
  const list = { __proto__: null, length: 0 };
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    if (entry.key !== key) {
      list[list.length++] = entry;
    } else if (instead !== null) {
      list[list.length++] = instead;
      instead = null;
    }
  }
  return list;
}

definePairIterable(FormData, check, (form, index) => {
  const entries = listOf(form);
  return index < entries.length ? entries[index] : null;
});
defineInterface(FormData);
defineInspection(FormData, (value) => {
  if (!isFormData(value)) {
    return undefined;
  }
  const entries = listOf(value);
  const fields = { __proto__: null, length: 0 };
  for (let i = 0; i < entries.length; i++) {
    fields[fields.length++] = entries[i].key;
    fields[fields.length++] = entries[i].value;
  }
  return fields;
});

exports.FormData = FormData;
exports.isFormData = isFormData;

// The entry list, not to be changed: each entry has a `key` and a `value`, a string or a File.
exports.entryList = listOf;

// For those who parse one: an entry of a string, or of a Blob with the name of a file.
exports.appendEntry = (form, name, value, filename = undefined) => {
  const entry = createEntry(name, value, filename);
  const entries = listOf(form);
  entries[entries.length++] = entry;
};

// differs: the standard has a form neither serializable nor transferable.
exports.toWire = (value) => {
  if (!isFormData(value)) {
    return undefined;
  }
  const entries = listOf(value);
  const fields = { __proto__: null, length: 0 };
  for (let i = 0; i < entries.length; i++) {
    fields[fields.length++] = entries[i].key;
    fields[fields.length++] = isFile(entries[i].value) ? toWire(entries[i].value) : entries[i].value;
  }
  return toArray(fields);
};

exports.hasWireForm = (value) => (isFormData(value) ? true : undefined);

exports.fromWire = () => new FormData();

// Strings of another machine's making may have lone surrogates.
exports.addFromWire = (form, name, value) => {
  const entries = listOf(form);
  entries[entries.length++] = new Entry(
    StringPrototypeToWellFormed(name),
    typeof value === "string" ? StringPrototypeToWellFormed(value) : value,
  );
};

defineCloner(FormData, (form) => {
  if (!isFormData(form)) {
    return undefined;
  }
  const copy = new FormData();
  const entries = listOf(form);
  const list = { __proto__: null, length: 0 };
  for (let i = 0; i < entries.length; i++) {
    const { key, value } = entries[i];
    list[list.length++] = new Entry(key, isFile(value) ? cloneFile(value) : value);
  }
  setList(copy, list);
  return copy;
});
