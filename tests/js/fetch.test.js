import { ask, spawn } from "nano:actor";
import {
  assert_array_equals, assert_equals, assert_false, assert_not_equals, assert_throws_js, assert_true, promise_test, test,
} from "./harness.js";

export { run } from "./harness.js";

const { defineProperty, getOwnPropertyDescriptor, setPrototypeOf } = Object;

async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was fulfilled");
}

function streamOf(...chunks) {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

const utf8 = (text) => new TextEncoder().encode(text);

test(() => {
  const request = new Request("http://a.test/", { headers: { Cookie: "a=b", Host: "b.test", Origin: "null" } });
  assert_equals(request.headers.get("cookie"), "a=b");
  assert_equals(request.headers.get("host"), "b.test");
  const response = new Response(null, { headers: [["Set-Cookie", "a"], ["Set-Cookie", "b"]] });
  assert_array_equals(response.headers.getSetCookie(), ["a", "b"]);
}, "a program may set every header");

test(() => {
  assert_throws_js(TypeError, () => new Request("/a"));
  assert_throws_js(TypeError, () => Response.redirect("a"));
  globalThis.location = { href: "http://a.test/b/c" };
  try {
    assert_equals(new Request("d?e#f").url, "http://a.test/b/d?e#f");
    assert_equals(Response.redirect("/d").headers.get("location"), "http://a.test/d");
    assert_equals(new Request("/", { referrer: "/x" }).referrer, "http://a.test/x");
    assert_equals(new Request("/", { referrer: "http://b.test/" }).referrer, "about:client");
  } finally {
    delete globalThis.location;
  }
}, "relative URLs are those of a location, if there is one");

test(() => {
  const { headers } = new Response();
  for (let i = 0; i < 300; i++) headers.append(`x-${(i * 7) % 300}`, `${i}`);
  for (let i = 0; i < 300; i++) headers.append(`X-${i}`, "again");
  const keys = [...headers.keys()];
  assert_equals(keys.length, 300);
  assert_array_equals(keys, [...keys].sort());
  assert_equals(headers.get("x-7"), "1, again");
}, "many headers are sorted and combined");

test(() => {
  const headers = new Headers();
  let model = [];
  let seed = 1;
  const random = (below) => (seed = (seed * 48271) % 2147483647) % below;
  const valuesOf = (name) => model.filter((pair) => pair[0] === name).map((pair) => pair[1]);
  const check = (name) => {
    const values = valuesOf(name);
    assert_equals(headers.get(name), values.length === 0 ? null : values.join(", "));
    assert_equals(headers.has(name), values.length > 0);
  };
  // So that the list is now long, now short.
  for (const [rounds, names, deletes] of [[400, 100, 1], [400, 100, 4], [200, 20, 2], [600, 150, 1], [300, 150, 6]]) {
    for (let i = 0; i < rounds; i++) {
      const name = `x-${random(names)}`;
      const value = `${i}`;
      const what = random(4 + deletes);
      if (what < 3) {
        headers.append(name, value);
        model.push([name, value]);
      } else if (what === 3) {
        headers.set(name.toUpperCase(), value);
        const first = model.findIndex((pair) => pair[0] === name);
        if (first < 0) {
          model.push([name, value]);
        } else {
          model[first] = [name, value];
          model = model.filter((pair, place) => place <= first || pair[0] !== name);
        }
      } else {
        headers.delete(name);
        model = model.filter((pair) => pair[0] !== name);
      }
      check(name);
      check(`x-${random(names)}`);
    }
    const names_ = [...new Set(model.map((pair) => pair[0]))].sort();
    const combined = names_.map((name) => `${name}: ${valuesOf(name).join(", ")}`);
    for (const all of [headers, new Headers(headers), new Headers(model), new Response(null, { headers: model }).headers]) {
      assert_array_equals([...all].map(([name, value]) => `${name}: ${value}`), combined);
    }
  }
}, "a long list of headers does what a short one does");

test(() => {
  const headers = new Headers();
  for (let i = 0; i < 100; i++) {
    headers.append("set-cookie", `a${i}`);
    headers.append(`x-${i}`, "");
  }
  headers.append("Set-Cookie", "last");
  assert_equals(headers.getSetCookie().length, 101);
  assert_equals([...headers].filter(([name]) => name === "set-cookie").length, 101);
  headers.set("set-cookie", "only");
  assert_array_equals(headers.getSetCookie(), ["only"]);
  const seen = [];
  for (const [name] of headers) {
    seen.push(name);
    headers.delete(name);
  }
  assert_equals(seen.length, 51);
  headers.delete("set-cookie");
  assert_equals([...headers].length, 50);
}, "a long list of headers has cookies one by one, and changes while it is gone through");

test(() => {
  const names = Array.from({ length: 20_000 }, (_, i) => `x-${i}`);
  const use = (names) => {
    const headers = new Headers();
    for (const name of names) headers.set(name, "a");
    for (const name of names) headers.get(name);
    for (const name of names) headers.append(name, "b");
    for (const name of names) headers.delete(name);
    return headers;
  };
  const time = (body) => {
    const start = performance.now();
    body();
    return performance.now() - start;
  };
  const short = names.slice(0, 200);
  use(short);
  const least = (body) => Math.min(time(body), time(body), time(body));
  const many = least(() => {
    for (let i = 0; i < 100; i++) use(short);
  });
  const long = least(() => use(names));
  assert_true(long < 20 * many, `${long} ms for as many as ${many} ms`);
}, "the time that headers take grows as their number");

promise_test(async () => {
  const bytes = [...utf8("\uFEFF{\"a\": \"\u00e4\u20ac\u{1f600}\"}")].map((byte) => Uint8Array.of(byte));
  assert_equals((await new Response(streamOf(...bytes)).json()).a, "\u00e4\u20ac\u{1f600}");
  assert_equals(await new Response("\uFEFF\uFEFFa").text(), "\uFEFFa");
}, "a stream's characters may be cut anywhere, and one byte order mark is dropped");

promise_test(async () => {
  const response = new Response(Uint8Array.of(1, 2, 3));
  const clone = response.clone();
  (await response.bytes())[0] = 9;
  assert_array_equals(await clone.bytes(), [1, 2, 3]);
  const blob = new Blob(["abc"]);
  new Uint8Array(await new Response(blob).arrayBuffer())[0] = 9;
  assert_equals(await blob.text(), "abc");
}, "clones and Blobs share no memory with what a program gets");

promise_test(async () => {
  const buffer = utf8("immutable").buffer.transferToImmutable();
  assert_equals(await new Response(buffer).text(), "immutable");
  const parts = streamOf(new Uint8Array(buffer, 0, 2), new Uint8Array(buffer, 2));
  assert_equals(await new Response(parts).text(), "immutable");
  assert_false((await new Response(buffer).arrayBuffer()).immutable);
}, "bodies are made of immutable buffers too");

promise_test(async () => {
  const source = `
    export async function read() {
      let cancelled;
      let given = 0;
      const endless = new ReadableStream({
        pull(controller) { given++; controller.enqueue(new Uint8Array(1 << 10)); },
        cancel(reason) { cancelled = reason; },
      });
      try {
        await new Response(endless).text();
      } catch (error) {
        return [error.name, error.code, cancelled === error, given];
      }
    }`;
  const child = await spawn("nano:child", { source, bodyBytes: 1 << 16 });
  const [name, code, isReason, given] = await ask(child, "read");
  assert_equals(name, "QuotaExceededError");
  assert_equals(code, "limit");
  assert_true(isReason);
  assert_true(given >= 64 && given < 70, `${given} chunks`);
}, "a body that is too large is not collected, and its source is told");

promise_test(async () => {
  const form = new FormData();
  form.append("a\"\r\n", "1\n2\r3");
  form.append("f", new File(["\r\n--\u00e4"], "n\"\n.txt", { type: "text/x" }));
  form.append("e", "");
  const read = await new Response(form).formData();
  assert_equals(read.get("a\"\r\n"), "1\r\n2\r\n3");
  const file = read.get("f");
  assert_equals(file.name, "n\"\n.txt");
  assert_equals(file.type, "text/x");
  assert_equals(await file.text(), "\r\n--\u00e4");
  assert_equals(read.get("e"), "");
  const text = await new Response(form).text();
  const boundary = text.slice(2, text.indexOf("\r\n"));
  const headers = { "Content-Type": `multipart/form-data; boundary="${boundary}"` };
  const again = await new Response(text, { headers }).formData();
  assert_array_equals([...again.keys()], ["a\"\r\n", "f", "e"]);
}, "a form comes back as it was");

promise_test(async () => {
  const headers = { "Content-Type": "multipart/form-data; boundary=x" };
  const part = "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n";
  for (const body of [
    part,
    `${part}1\r\n--x`,
    `${part}1\r\n--x-`,
    `--x\r\n${"\r\n--x".repeat(100_000)}`,
    `--x\r\nContent-Disposition: form-data; name="${"a".repeat(1_000_000)}\r\n\r\n--x--`,
    `--x\r\n${"a:b\r\n".repeat(100_000)}`,
    `${part}${"\r\n--".repeat(200_000)}`,
  ]) {
    assert_equals((await rejection(new Response(body, { headers }).formData())).name, "TypeError");
  }
  const many = `${`${part}\r\n`.repeat(20_000)}--x--`;
  assert_equals([...(await new Response(many, { headers }).formData())].length, 20_000);
}, "what is no form is refused at once");

promise_test(async () => {
  const module = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const headers = { "Content-Type": "application/wasm" };
  const compiled = await WebAssembly.compileStreaming(new Response(module, { headers }));
  assert_true(compiled instanceof WebAssembly.Module);
  const cut = streamOf(module.slice(0, 3), module.slice(3));
  const { instance } = await WebAssembly.instantiateStreaming(Promise.resolve(new Response(cut, { headers })));
  assert_true(instance instanceof WebAssembly.Instance);
  assert_equals((await rejection(WebAssembly.compileStreaming(new Response(module)))).name, "TypeError");
}, "WebAssembly is compiled from a response");

promise_test(async () => {
  const controller = new AbortController();
  const first = new Request("http://a.test/", { signal: controller.signal });
  const second = new Request(first);
  const third = second.clone();
  const fourth = new Request(third, { signal: null });
  controller.abort("why");
  assert_equals(third.signal.reason, "why");
  assert_equals(second.signal.reason, "why");
  assert_not_equals(first.signal, controller.signal);
  assert_false(fourth.signal.aborted);
  const late = new AbortController();
  const { signal } = new Request(new Request("http://a.test/", { signal: late.signal }));
  let aborted = 0;
  signal.onabort = () => aborted++;
  late.abort();
  assert_equals(aborted, 1);
}, "a request's signal follows, whenever it is asked for");

promise_test(async () => {
  const request = new Request("http://a.test/", { method: "POST", body: streamOf(utf8("a"), utf8("b")), duplex: "half" });
  const taken = new Request(request);
  assert_true(request.bodyUsed);
  assert_true(request.body.locked);
  assert_false(taken.bodyUsed);
  assert_equals(await taken.text(), "ab");
}, "a request that is made of another takes over its stream");

test(() => {
  for (const value of [new Headers(), new Request("http://a.test/"), new Response()]) {
    let name = "";
    try {
      structuredClone(value);
    } catch (error) {
      ({ name } = error);
    }
    assert_equals(name, "DataCloneError");
  }
}, "neither of them is cloned");

// What a program may do to the built-ins, undone afterwards.
function whileBroken(body) {
  const broken = () => { throw new Error("a patched built-in ran"); };
  const undo = [];
  const replace = (object, key, descriptor) => {
    const before = getOwnPropertyDescriptor(object, key);
    if (before !== undefined) setPrototypeOf(before, null);
    defineProperty(object, key, { __proto__: null, configurable: true, ...descriptor });
    undo[undo.length] = () => (before === undefined ? delete object[key] : defineProperty(object, key, before));
  };
  for (const key of ["charCodeAt", "slice", "indexOf", "toLowerCase", "toUpperCase", "isWellFormed", "toWellFormed"]) {
    replace(String.prototype, key, { value: broken });
  }
  for (const key of ["sort", "join", "slice", "map"]) replace(Array.prototype, key, { value: broken });
  for (const key of ["get", "set", "has"]) replace(Map.prototype, key, { value: broken });
  for (const key of ["then", "catch", "constructor"]) replace(Promise.prototype, key, { value: broken });
  for (const key of ["set", "subarray", "slice"]) replace(Object.getPrototypeOf(Uint8Array.prototype), key, { value: broken });
  replace(Object.getPrototypeOf(Uint8Array), Symbol.species, { get: broken });
  replace(Uint8Array.prototype, "constructor", { get: broken });
  replace(ArrayBuffer.prototype, "constructor", { get: broken });
  replace(JSON, "parse", { value: broken });
  replace(JSON, "stringify", { value: broken });
  for (const key of ["get", "pull", "start", "type", "highWaterMark", "length"]) {
    replace(Object.prototype, key, { get: broken, set: broken });
  }
  replace(Array.prototype, Symbol.iterator, { value: broken });
  const indices = [Array.prototype, Object.prototype];
  for (let i = 0; i < 2; i++) defineProperty(indices[i], "0", { __proto__: null, get: broken, set: broken, configurable: true });
  try {
    return body();
  } finally {
    for (let i = 0; i < 2; i++) delete indices[i][0];
    for (let i = undo.length - 1; i >= 0; i--) undo[i]();
  }
}

promise_test(async () => {
  const form = new FormData();
  form.append("a", new Blob(["b"]));
  const boundary = { "Content-Type": "multipart/form-data; boundary=x" };
  const stream = streamOf(utf8("[1"), utf8("]"));
  const results = whileBroken(() => {
    const headers = new Headers({ b: "1", A: " 2 " });
    headers.append("c", "3");
    const list = headers.entries();
    const request = new Request("http://a.test/", { method: "post", body: "{\"a\":1}", headers });
    return {
      __proto__: null,
      first: list.next().value,
      json: request.clone().json(),
      bytes: request.clone().bytes(),
      blob: request.blob(),
      read: new Response(stream).json(),
      form: new Response(form).formData(),
      parsed: new Response("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--", { headers: boundary }).formData(),
      made: Response.json({ __proto__: null, a: 1 }).text(),
      body: new Response("abc").body,
    };
  });
  assert_array_equals(results.first, ["a", "2"]);
  assert_equals((await results.json).a, 1);
  assert_equals((await results.bytes).length, 7);
  assert_equals(await (await results.blob).text(), "{\"a\":1}");
  assert_array_equals(await results.read, [1]);
  assert_equals(await (await results.form).get("a").text(), "b");
  assert_equals((await results.parsed).get("a"), "1");
  assert_equals(await results.made, "{\"a\":1}");
  assert_equals(await new Response(results.body).text(), "abc");
}, "patched built-ins are not run");

promise_test(async () => {
  let request = new Request("http://a.test/", {
    method: "post",
    body: new Blob(["x"]).stream(),
    duplex: "half",
  });
  for (let i = 0; i < 1600; i++) {
    const before = request;
    request = new Request(before);
    if (i === 0) assert_true(before.bodyUsed && before.body.locked);
  }
  assert_equals(await request.text(), "x");
}, "a body that was handed on many times is read");

promise_test(async () => {
  let type = "text/a";
  for (let i = 0; i < 40_000; i++) type += `;b${i}=c;__proto__=d`;
  const start = performance.now();
  const blob = await new Response("a", { headers: { "content-type": type } }).blob();
  assert_true(blob.type.startsWith("text/a;b0=c;__proto__=d;b1=c;b2=c"));
  assert_true(blob.type.endsWith(";b39999=c"));
  assert_true(performance.now() - start < 3000);
}, "a type with many parameters is read in time");

promise_test(async () => {
  const lines = "\n".repeat(1 << 22);
  const start = performance.now();
  const form = new FormData();
  form.append("a", lines);
  const { length } = await new Response(form).bytes();
  assert_true(length > 2 << 22);
  assert_true(performance.now() - start < 3000);

  const odd = new FormData();
  odd.append("\r\r\n\n\"\u20ac", "\r\r\n\n\"\u20ac");
  odd.append("\"", new File([], "\n\"\u00ff\r"));
  const text = await new Response(odd).text();
  assert_true(text.includes('name="%0D%0A%0D%0A%0D%0A%22\u20ac"\r\n\r\n\r\n\r\n\r\n"\u20ac\r\n'));
  assert_true(text.includes('name="%22"; filename="%0A%22\u00ff%0D"'));
}, "a form may hold many line breaks");

test(() => {
  const members = ["body", "duplex", "headers", "method", "mode", "signal", "status", "statusText", "window"];
  const made = new Response("x");
  for (const member of members) {
    defineProperty(Object.prototype, member, {
      configurable: true,
      get() { throw new Error(`${member} was read`); },
    });
  }
  try {
    for (const init of [[], [undefined], [null]]) {
      assert_equals(new Response("x", ...init).status, 200);
      assert_equals(Response.json({}, ...init).statusText, "");
      assert_equals(new Request("http://a.test/", ...init).method, "GET");
    }
    assert_equals(made.clone().status, 200);
    assert_equals(new QuotaExceededError("x").message, "x");
  } finally {
    for (const member of members) delete Object.prototype[member];
  }
}, "no init is none, whatever Object.prototype has");

promise_test(async () => {
  const form = new FormData();
  form.append("a\0b", "x");
  form.append("c", new File(["y"], "d\0e"));
  const read = await new Response(form).formData();
  assert_equals(read.get("a\0b"), "x");
  assert_equals(read.get("c").name, "d\0e");
}, "names in a form have every character");

promise_test(async () => {
  const response = new Response(streamOf(utf8("a")));
  const iterator = Array.prototype[Symbol.iterator];
  let copy;
  Array.prototype[Symbol.iterator] = () => { throw new Error("patched"); };
  try {
    copy = response.clone();
  } finally {
    Array.prototype[Symbol.iterator] = iterator;
  }
  assert_equals(await copy.text(), "a");
  assert_equals(await response.text(), "a");
}, "a clone's stream comes without the iterator of arrays");

// fetch.spec.whatwg.org/#concept-header-list, as an array of pairs.
class PlainHeaders {
  list = [];

  append(name, value) {
    this.list.push([name, value]);
  }

  delete(name) {
    this.list = this.list.filter(([other]) => other !== name);
  }

  set(name, value) {
    const found = this.list.find(([other]) => other === name);
    if (found === undefined) return this.append(name, value);
    found[1] = value;
    this.list = this.list.filter((pair) => pair === found || pair[0] !== name);
  }

  values(name) {
    return this.list.filter(([other]) => other === name).map(([, value]) => value);
  }

  get(name) {
    return this.values(name).length === 0 ? null : this.values(name).join(", ");
  }

  get sorted() {
    const names = [...new Set(this.list.map(([name]) => name))].sort();
    return names.flatMap((name) =>
      name === "set-cookie" ? this.values(name).map((value) => [name, value]) : [[name, this.get(name)]]);
  }
}

test(() => {
  let seed = 7;
  const random = (below) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor(seed / 2 ** 16) % below;
  };
  for (const names of [3, 20, 45, 120]) {
    const headers = new Headers();
    const plain = new PlainHeaders();
    // Of the many names few come twice, so that the list grows past the number of its names and shrinks again.
    for (let step = 0; step < 3000; step++) {
      const number = random(names);
      const name = number === 0 ? "set-cookie" : `x-${number}`;
      const method = ["append", "set", "append", "delete", "set", "get", "iterate", "copy"][random(8)];
      if (method === "iterate") {
        if (step % 3 !== 0) continue;
        assert_equals(JSON.stringify([...headers]), JSON.stringify(plain.sorted), `step ${step}`);
      } else if (method === "copy") {
        const copy = new Headers(headers);
        copy.delete(name);
        assert_false(copy.has(name));
      } else if (method === "get") {
        assert_equals(headers.get(name), plain.get(name), `step ${step}`);
        assert_equals(headers.has(name), plain.get(name) !== null);
        assert_array_equals(headers.getSetCookie(), plain.values("set-cookie"));
      } else {
        headers[method](name, `${step}`);
        plain[method](name, `${step}`);
      }
    }
    assert_equals(JSON.stringify([...headers]), JSON.stringify(plain.sorted));
  }
}, "many headers are kept as few are");

test(() => {
  for (const count of [5, 100]) {
    const names = Array.from({ length: count }, (_, i) => `x-${String(i).padStart(3, "0")}`);
    const all = () => new Headers(names.map((name) => [name, "1"]));
    const seen = [];
    let headers = all();
    // Of each two one is taken away under the iterator, which then skips one.
    for (const [name] of headers) {
      seen.push(name);
      headers.delete(name);
    }
    assert_array_equals(seen, names.filter((_, i) => i % 2 === 0));
    assert_array_equals([...headers.keys()], names.filter((_, i) => i % 2 === 1));
    headers = all();
    const later = headers.values();
    for (const [name] of headers) headers.set(name, `of ${name}`);
    assert_array_equals([...later], names.map((name) => `of ${name}`));
    headers.append(names[1], "2");
    headers.delete(names[0]);
    assert_equals(headers.entries().next().value[1], `of ${names[1]}, 2`);
    headers.set(names[1], "3");
    assert_equals(headers.entries().next().value[1], "3");
  }
}, "an iterator of headers sees what is changed meanwhile");

test(() => {
  const form = new FormData();
  form.append("first", "1");
  const fails = { toString() { throw new RangeError("no"); } };
  assert_throws_js(TypeError, () => form.append("a", "text", "name.txt"));
  assert_throws_js(TypeError, () => form.append(Symbol(), "text"));
  assert_throws_js(RangeError, () => form.append(fails, "text"));
  assert_throws_js(RangeError, () => form.append("a", new Blob(), fails));
  assert_throws_js(RangeError, () => form.set("first", fails));
  assert_array_equals([...form].flat(), ["first", "1"]);
  // The arguments' own code changes the form.
  const changes = (text) => ({ toString() { form.delete("first"); form.append("between", text); return text; } });
  form.append(changes("last"), "2");
  assert_array_equals([...form].flat(), ["between", "last", "last", "2"]);
  form.set("last", changes("set"));
  assert_array_equals([...form].flat(), ["between", "last", "last", "set", "between", "set"]);
  assert_equals(form.get(changes("between")), "last");
  form.delete({ toString() { form.append("late", "3"); return "between"; } });
  assert_array_equals([...form].flat(), ["last", "set", "late", "3"]);
}, "a form is as it was where a method has thrown, and as the arguments' own code has left it");
