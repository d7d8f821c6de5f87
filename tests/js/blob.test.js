import { ask, spawn } from "nano:actor";
import {
  assert_array_equals, assert_equals, assert_false, assert_throws_dom, assert_throws_js, assert_true,
  promise_rejects_js, promise_test, test,
} from "./harness.js";

export { run } from "./harness.js";

const source = `
  export const echo = (v) => v;
  export const describe = async (v) => [v.constructor.name, v.size, v.type, v.name, v.lastModified, await v.text()];
  export const entries = async (form) => {
    const list = [];
    for (const [name, value] of form) list.push([name, typeof value === "string" ? value : await value.text()]);
    return list;
  };
  export const url = (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  export const load = async (url) => (await import(url)).value;
`;

const child = await spawn("nano:child", { source });

const large = new Uint8Array(1 << 20).map((_, i) => i);
const parts = ["abc", new Blob([large]), new Uint8Array([100, 101]), new Blob(["f"])];

promise_test(async () => {
  const blob = new Blob(parts, { type: "Text/Plain" });
  assert_equals(blob.size, 3 + (1 << 20) + 3);
  const copy = await child.ask("echo", blob);
  assert_true(copy instanceof Blob);
  assert_equals(copy.type, "text/plain");
  const bytes = await copy.bytes();
  assert_equals(bytes.length, blob.size);
  for (const place of [0, 3, 4, 258, 1 << 19, blob.size - 1]) {
    assert_equals(bytes[place], (await blob.slice(place, place + 1).bytes())[0]);
  }
}, "a Blob of many parts crosses and comes back");

promise_test(async () => {
  const blob = new Blob([large]);
  for (const [start, end] of [[0, 5], [1, 17], [15, 16], [16, 40], [4097, 9000], [-3, undefined], [5, 5]]) {
    const slice = blob.slice(start, end, "a/b");
    const copy = await child.ask("echo", { deep: [slice] });
    assert_equals(copy.deep[0].type, "a/b");
    assert_array_equals([...(await copy.deep[0].bytes())], [...large.slice(start, end)]);
  }
}, "a slice crosses, wherever it begins");

promise_test(async () => {
  let blob = new Blob([large]);
  for (let i = 1; i <= 200; i++) {
    blob = (await child.ask("echo", blob)).slice(1);
    assert_equals(blob.size, (1 << 20) - i);
  }
  assert_equals((await blob.slice(0, 1).bytes())[0], 200);
}, "a Blob crosses again and again");

promise_test(async () => {
  const file = new File(["h\u00e9"], "\u20ac.txt", { type: "text/x", lastModified: -5 });
  assert_array_equals(await child.ask("describe", file), ["File", 3, "text/x", "\u20ac.txt", -5, "h\u00e9"]);
  const { a, b } = structuredClone({ a: file, b: file });
  assert_true(a === b && a instanceof File && a !== file);
  assert_equals(a.name, file.name);
}, "a File keeps its name and time, and its identity within a message");

promise_test(async () => {
  const form = new FormData();
  form.append("a", "1");
  form.append("f", new Blob(parts), "n");
  form.append("a", "\u20ac");
  form.append("f", new File(["x"], "y"));
  const copy = (await child.ask("echo", [form]))[0];
  assert_true(copy instanceof FormData);
  assert_array_equals([...copy.keys()], ["a", "f", "a", "f"]);
  assert_equals(copy.get("f").name, "n");
  assert_equals(copy.get("f").size, (1 << 20) + 6);
  copy.append("b", "2");
  assert_false(form.has("b"));
  const small = new FormData();
  small.append("a", "1");
  small.append("f", new File(["x"], "y"));
  assert_equals(JSON.stringify(await child.ask("entries", small)), '[["a","1"],["f","x"]]');
  assert_equals([...structuredClone(new FormData())].length, 0);
}, "a FormData crosses with its Files");

test(() => {
  assert_throws_dom("DataCloneError", () => structuredClone(Object.create(Blob.prototype)));
  assert_throws_dom("DataCloneError", () => structuredClone({ form: Object.create(FormData.prototype) }));
  assert_throws_dom("DataCloneError", () => structuredClone(new FileReader()));
}, "what only inherits from an interface is refused");

promise_test(async () => {
  const buffer = new Uint8Array([1, 2, 3]);
  const blob = new Blob([buffer]);
  buffer[0] = 9;
  assert_equals((await blob.bytes())[0], 1);
  const bytes = await blob.bytes();
  bytes[0] = 9;
  assert_equals((await blob.bytes())[0], 1);
  const array = await blob.arrayBuffer();
  assert_equals(array.immutable, false);
  new Uint8Array(array)[0] = 9;
  assert_equals((await blob.bytes())[0], 1);
}, "nobody changes a Blob by the buffers that it was made of or gave");

promise_test(async () => {
  const saved = [
    [Array.prototype, "push"], [Array.prototype, Symbol.iterator], [Uint8Array.prototype, "constructor"],
    [ArrayBuffer.prototype, "constructor"], [Promise.prototype, "then"], [String.prototype, "toLowerCase"],
    [Map.prototype, "get"],
  ].map(([object, key]) => [object, key, Object.getOwnPropertyDescriptor(object, key)]);
  const value = () => { throw new Error("patched"); };
  for (let i = 0; i < saved.length; i++) Object.defineProperty(saved[i][0], saved[i][1], { configurable: true, value });
  Object.defineProperty(Object.prototype, 0, { configurable: true, set() { throw new Error("patched"); } });
  let blob, form, copy, text, clone;
  try {
    blob = new Blob({ [Symbol.iterator]: () => ({ n: 0, next() { return { done: this.n++ > 1, value: "ab" }; } }) });
    form = new FormData();
    form.append("a", blob, "n");
    form.set("b", "c");
    copy = new Blob(undefined, { type: "A/B" });
    clone = structuredClone(blob);
    text = blob.slice(1, 3).text();
  } finally {
    delete Object.prototype[0];
    for (let i = 0; i < saved.length; i++) Object.defineProperty(saved[i][0], saved[i][1], saved[i][2]);
  }
  assert_equals(await text, "ba");
  assert_equals(copy.type, "a/b");
  assert_equals(clone.size, 4);
  assert_equals(form.get("a").size, 4);
}, "patched built-ins change nothing");

test(() => {
  let blob = new Blob(["x".repeat(5000)]);
  assert_throws_js(RangeError, () => {
    for (let i = 0; i < 60; i++) blob = new Blob([blob, blob]);
  });
  assert_true(blob.size > 5000);
}, "a Blob of itself many times over meets a limit");

promise_test(async () => {
  const blob = new Blob(["export const value = 42;"], { type: "text/javascript" });
  const url = URL.createObjectURL(blob);
  assert_true(url.startsWith("blob:null/"));
  assert_equals((await import(url)).value, 42);
  assert_equals(await child.ask("load", url), 42);
  const worker = await spawn(url);
  worker.stop();
  URL.revokeObjectURL(url);
  await promise_rejects_js(TypeError, child.ask("load", `${url}#again`));
}, "modules are loaded from a blob: URL, in other isolates too");

promise_test(async () => {
  const untyped = URL.createObjectURL(new Blob(["export default 1;"]));
  assert_equals((await import(untyped)).default, 1);
  const json = URL.createObjectURL(new Blob(['{"a":1}'], { type: "application/json" }));
  assert_equals((await import(json, { with: { type: "json" } })).default.a, 1);
  await promise_rejects_js(TypeError, import(json));
}, "the type of the Blob says what its module is");

promise_test(async () => {
  const owner = await spawn("nano:owner", { source });
  const url = await owner.ask("url", "export const value = 1;");
  assert_equals((await import(`${url}#1`)).value, 1);
  const ended = owner.watch();
  owner.stop();
  await ended;
  await promise_rejects_js(TypeError, import(`${url}#2`));
  await promise_rejects_js(TypeError, child.ask("load", url));
}, "a URL ends with the isolate that made it");

promise_test(async () => {
  const child = await spawn("nano:child", {
    source: `
      const kept = [];
      export const keep = (blob) => kept.push(blob);
      export const drop = () => { kept.length = 0; };
    `,
    bufferBytes: 16 << 20,
  });
  const make = () => new Blob([new Uint8Array(6 << 20)]);
  const blob = make();
  for (let i = 0; i < 4; i++) await ask(child, "keep", [blob, blob.slice(i, 20)]);
  await ask(child, "keep", make());
  let error;
  await ask(child, "keep", make()).catch((thrown) => { error = thrown; });
  assert_true(error instanceof Error, "there is no room for a third");
  await ask(child, "drop");
  assert_equals(await ask(child, "keep", make()), 1);
  child.kill();
}, "whoever shows the memory of another's Blob pays for it, once");

promise_test(async () => {
  const child = await spawn("nano:child", {
    source: `
      export const copies = () => {
        const blob = new Blob([new Uint8Array(12 << 20)]);
        return Array.from({ length: 20 }, () => structuredClone(blob)).length;
      };
      export const give = () => (globalThis.blob ??= new Blob([new Uint8Array(12 << 20)]));
      export const isBack = (blob) => blob.size;
    `,
    bufferBytes: 32 << 20,
  });
  assert_equals(await ask(child, "copies"), 20);
  const blob = await ask(child, "give");
  for (let i = 0; i < 4; i++) assert_equals(await ask(child, "isBack", blob), 12 << 20);
  child.kill();
}, "whoever has made a Blob pays for it once");

promise_test(async () => {
  const child = await spawn("nano:child", {
    source: `
      globalThis.kept = new Blob(["x".repeat(12 << 20)]);
      export const refused = () => {
        const part = "x".repeat(6 << 20);
        let refused = 0;
        for (let i = 0; i < 10; i++) {
          try { new Blob([part]); } catch (error) { refused += error instanceof RangeError; }
        }
        try { new ArrayBuffer(6 << 20); } catch { refused++; }
        return [refused, new ArrayBuffer(2 << 20).byteLength];
      };
    `,
    bufferBytes: 16 << 20,
  });
  assert_array_equals(await ask(child, "refused"), [11, 2 << 20]);
  child.kill();
}, "a Blob that is refused makes no room for the next");

promise_test(async () => {
  const of = (byte, count) => new Blob(new Array(count).fill(new Blob([new Uint8Array(1 << 23).fill(byte)])));
  const read = (method, ...given) => new Promise((resolve) => {
    const reader = new FileReader();
    const events = [];
    for (const type of ["loadstart", "load", "error", "loadend"]) reader.addEventListener(type, () => events.push(type));
    reader.addEventListener("loadend", () => resolve([events, reader.result, reader.error]));
    reader[method](...given);
  });
  // What could be joined would be more than the isolate may have: no text is as long as these would be.
  const letters = of(0x61, 65);
  const cases = [
    ["readAsDataURL", of(0, 50)],
    ["readAsBinaryString", letters],
    ["readAsText", letters],
    ["readAsText", letters, "latin1"],
    ["readAsText", of(0xa4, 130), "utf-16"],
    ["readAsText", new Blob(["\uFEFF", letters]), "big5"],
    ["readAsText", of(0xa4, 260), "gb18030"],
  ];
  for (const [method, ...given] of cases) {
    const [events, result, error] = await read(method, ...given);
    assert_array_equals(events, ["loadstart", "error", "loadend"]);
    assert_equals(result, null);
    assert_equals(error.name, "NotReadableError");
    assert_true(error.message.endsWith(": Invalid string length"), error.message);
    try {
      new FileReaderSync()[method](...given);
      assert_true(false, "it was read");
    } catch (error) {
      assert_equals(error.message, "Invalid string length");
    }
  }
  await promise_rejects_js(RangeError, letters.text());
  await promise_rejects_js(RangeError, new Response(letters).text());
}, "what no string can hold is not joined first");

test(() => {
  const sync = new FileReaderSync();
  const text = (bytes, label) => sync.readAsText(new Blob(bytes.map((byte) => new Uint8Array([byte]))), label);
  const chained = (bytes, label) => {
    const long = new Uint8Array(5000).fill(0x20);
    const blobs = bytes.map((byte) => new Blob([new Uint8Array([byte])]));
    return sync.readAsText(new Blob([...blobs, new Blob([long]), new Blob([long])]), label).trimEnd();
  };
  for (const read of [text, chained]) {
    assert_equals(read([0xef, 0xbb, 0xbf, 0xc3, 0xa9], "latin1"), "é");
    assert_equals(read([0xc3, 0xa9], undefined), "é");
    assert_equals(read([0xe9], "windows-1252"), "é");
    assert_equals(read([0xef, 0xbb], "windows-1252"), "ï»");
    assert_equals(read([0xef, 0xbb], undefined), "\uFFFD");
  }
  assert_equals(text([0xff, 0xfe, 0xe9, 0x00], "utf-8"), "é");
  assert_equals(text([0xfe, 0xff, 0x00, 0xe9], "utf-8"), "é");
  assert_equals(text([], "utf-16"), "");
}, "a byte order mark overrules the encoding, in however many parts");

promise_test(async () => {
  const segment = new Blob([new Uint8Array(8 << 20)]);
  const blob = new Blob(Array.from({ length: 208 }, () => segment));
  const read = (method) =>
    new Promise((resolve) => {
      const reader = new FileReader();
      const events = [];
      reader.onload = reader.onerror = ({ type }) => events.push(type);
      reader.onloadend = () => resolve([...events, reader.result, reader.error.name, reader.error.message].join());
      reader[method](blob);
    });
  // Not that there is no room for the joined bytes: they are not joined.
  for (const method of ["readAsDataURL", "readAsBinaryString", "readAsText"]) {
    const message = `Failed to execute '${method}' on 'FileReader': Invalid string length`;
    assert_equals(await read(method), `error,,NotReadableError,${message}`);
    assert_throws_js(RangeError, () => new FileReaderSync()[method](blob));
  }
  for (const text of [blob.text(), new Response(blob).text()]) {
    assert_equals(await text.catch(String), "RangeError: Invalid string length");
  }
  const bytes = ["\ufeffa", "\u4e16", "\u{1f600}b"].map((text) => new Blob([text]));
  const text = (...args) => new FileReaderSync().readAsText(...args);
  assert_equals(text(new Blob(bytes)), "a\u4e16\u{1f600}b");
  assert_equals(text(new Blob([new Uint8Array([0xfe]), new Uint8Array([0xff, 0x4e, 0x16])])), "\u4e16");
  assert_equals(text(new Blob([new Uint8Array([0xe4])]), "latin1"), "\u00e4");
  assert_equals(text(new Blob([])), "");
}, "what is too long for a string is not joined");
