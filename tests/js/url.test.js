// What web-platform-tests do not ask of URLs: programs that patch built-ins, and a
// query that is serialized only when somebody reads it.

import {
  assert_array_equals, assert_equals, assert_false, assert_throws_dom, assert_throws_js, assert_true, test,
} from "./harness.js";

export { run } from "./harness.js";

const { defineProperty, getOwnPropertyDescriptor } = Object;

// Replaces methods and lies setters in wait for what is assigned to lists.
function whileBroken(body) {
  const broken = () => { throw new RangeError("a patched method ran"); };
  let saved = null;
  const patch = (object, key, by) => {
    const descriptor = getOwnPropertyDescriptor(object, key);
    saved = { object, key, descriptor, before: saved };
    defineProperty(object, key, { ...by, configurable: true });
  };
  const methods = [
    [String.prototype, ["slice", "indexOf", "charCodeAt", "codePointAt", "toWellFormed", "split"]],
    [Array.prototype, ["push", "sort", "join", "values", "map"]],
    [RegExp.prototype, ["exec", "test"]],
    [Reflect, ["apply", "ownKeys"]],
    [URL, ["parse", "canParse"]],
    [URLSearchParams.prototype, ["toString", "append", "entries"]],
  ];
  for (const [object, keys] of methods) for (const key of keys) patch(object, key, { value: broken });
  patch(Array.prototype, Symbol.iterator, { value: broken });
  patch(Object.prototype, "key", { get: broken, set: broken });
  patch(Object.prototype, "input", { get: broken, set: broken });
  patch(Object.prototype, "pathname", { get: () => undefined, set: broken });
  patch(Object.prototype, 0, { get: broken, set: broken });
  patch(Object.prototype, 1, { get: broken, set: broken });
  try {
    return body();
  } finally {
    for (; saved !== null; saved = saved.before) {
      const { object, key, descriptor } = saved;
      if (descriptor === undefined) delete object[key];
      else defineProperty(object, key, descriptor);
    }
  }
}

test(() => {
  const { origin, params, text } = whileBroken(() => {
    const { origin } = new URL("blob:https://example.com/a");
    const params = new URLSearchParams("b=2&a=%31&a=+");
    params.sort();
    params.set("c", "\u00e9");
    const inner = new URL("https://example.com/?q=1");
    inner.searchParams.delete("q");
    inner.search = "?r=2";
    return { origin, params, text: inner.href + inner.searchParams.get("r") };
  });
  assert_equals(params.toString(), "a=1&a=+&b=2&c=%C3%A9");
  assert_equals(text, "https://example.com/?r=22");
  assert_equals(origin, "https://example.com");
}, "patched built-ins are not used by URL and URLSearchParams");

test(() => {
  const result = whileBroken(() => {
    const pattern = new URLPattern({ protocol: "http{s}?", search: ":a-:b-:c", hostname: "*.example" });
    return pattern.exec("https://www.example/x?1-2-3");
  });
  assert_equals(result.search.groups.c, "3");
  assert_equals(result.hostname.groups[0], "www");
  assert_equals(result.pathname.input, "/x");
}, "patched built-ins are not used by URLPattern");

test(() => {
  const url = new URL("https://example.com/p?a=1#hash");
  const { searchParams } = url;
  searchParams.append("b", "2");
  assert_equals(url.pathname, "/p");
  assert_equals(url.hash, "#hash");
  assert_equals(url.search, "?a=1&b=2");
  searchParams.append("c", "3");
  url.pathname = "/q";
  assert_equals(url.href, "https://example.com/q?a=1&b=2&c=3#hash");
  searchParams.delete("a");
  url.hash = "";
  assert_equals(`${url}`, "https://example.com/q?b=2&c=3");
  for (const key of ["b", "c"]) searchParams.delete(key);
  assert_equals(JSON.stringify(url), '"https://example.com/q"');
  url.href = "https://example.com/?z=26";
  assert_true(url.searchParams === searchParams);
  assert_array_equals([...searchParams.keys()], ["z"]);
}, "a query object changes its URL, whoever reads that first");

test(() => {
  const url = new URL("https://example.com/");
  url.search = "?a=1\n2";
  assert_equals(url.search, "?a=12");
  assert_equals(url.searchParams.get("a"), "1\n2");
  class Own extends URL {
    get searchParams() { throw new RangeError("not for the setter"); }
  }
  const own = new Own("https://example.com/");
  own.search = "?b=\t";
  assert_equals(own.href, "https://example.com/?b=");
}, "a query object is made of what was set");

test(() => {
  const url = new URL("https://example.com/?a=1");
  const evil = { toString() { url.searchParams.append("late", "1"); return "https://example.com/?b=2"; } };
  url.href = evil;
  assert_equals(url.href, "https://example.com/?b=2");
  assert_equals(url.searchParams.size, 1);
}, "a conversion that changes the URL meanwhile leaves it whole");

test(() => {
  const get = getOwnPropertyDescriptor(URL.prototype, "href").get;
  for (const value of [undefined, 1, {}, Object.create(URL.prototype), new Proxy(new URL("a:b"), {})]) {
    assert_throws_js(TypeError, () => get.call(value));
    assert_throws_js(TypeError, () => URLSearchParams.prototype.get.call(value, "a"));
    assert_throws_js(TypeError, () => URLPattern.prototype.test.call(value));
  }
  assert_throws_dom("DataCloneError", () => structuredClone(new URL("a:b")));
  assert_throws_dom("DataCloneError", () => structuredClone(new URLSearchParams()));
}, "only instances are URLs, and none of them can be cloned");

test(() => {
  const long = "a".repeat(1 << 20);
  assert_equals(new URL(`https://example.com/${long}`).pathname.length, long.length + 1);
  assert_equals(new URL(`https://${long}.example/`).hostname.length, long.length + 8);
  assert_false(URL.canParse(`https://${"\u00e9".repeat(100_000)}/`));
  assert_false(URL.canParse(`https://[${":".repeat(1 << 20)}]/`));
  assert_equals(new URL("../".repeat(100_000), "https://example.com/a/b").href, "https://example.com/");
  assert_equals(new URLSearchParams("&".repeat(1 << 20)).size, 0);
  assert_throws_js(TypeError, () => new URLPattern("(".repeat(100_000), "https://example.com/"));
  assert_throws_js(TypeError, () => new URLPattern({ pathname: "{".repeat(100_000) }));
}, "long texts are answered");

test(() => {
  const params = new URLSearchParams();
  for (let i = 0; i < 1000; i++) params.append(`${(i * 7) % 10}`, `${i}`);
  params.sort();
  const pairs = [...params];
  for (let i = 1; i < pairs.length; i++) {
    const [[key, value], [nextKey, nextValue]] = [pairs[i - 1], pairs[i]];
    assert_true(key < nextKey || (key === nextKey && Number(value) < Number(nextValue)));
  }
}, "sorting keeps the order of equal names");

test(() => {
  const seen = [];
  const record = new Proxy({ a: "1", b: "2" }, {
    ownKeys(target) { seen.push("ownKeys"); return Reflect.ownKeys(target); },
    getOwnPropertyDescriptor(target, key) { seen.push(`own ${key}`); return Reflect.getOwnPropertyDescriptor(target, key); },
    get(target, key) { if (typeof key === "string") seen.push(`get ${key}`); return target[key]; },
  });
  assert_equals(new URLSearchParams(record).toString(), "a=1&b=2");
  assert_array_equals(seen, ["ownKeys", "own a", "get a", "own b", "get b"]);
  assert_equals(new URLSearchParams({ "\ud800": "1", "\udfff": "2" }).toString(), "%EF%BF%BD=2");
}, "records are read in the order of WebIDL");

test(() => {
  const url = new URL("http://h:1/p?q#f");
  url.hash = "\t";
  assert_equals(url.href, "http://h:1/p?q#");
  url.hash = "\t#x";
  assert_equals(url.href, "http://h:1/p?q##x");
  url.search = "\t?x";
  assert_equals(url.href, "http://h:1/p??x##x");
  url.search = "\n";
  assert_equals(url.href, "http://h:1/p?##x");
  url.port = "\t";
  assert_equals(url.port, "1");
}, "what setters are given is empty or begins as it is given, newlines included");

test(() => {
  for (const count of [2, 33, 34, 35, 200]) {
    const names = Array.from({ length: count }, (_, i) => `n${i}`);
    const pattern = (list) => new URLPattern({ pathname: list.map((name) => `/:${name}`).join("") });
    const { groups } = pattern(names).exec({ pathname: names.map((name) => `/of-${name}`).join("") }).pathname;
    for (const name of names) assert_equals(groups[name], `of-${name}`);
    for (const again of [0, count >> 1, count - 1]) {
      assert_throws_js(TypeError, () => pattern([...names, names[again]]));
    }
  }
}, "no name is twice in a pattern of many");

test(() => {
  assert_equals(new URLPattern({ port: "443" }).port, "443");
  const pattern = new URLPattern("http{s}?://a.example:443/x");
  assert_true(pattern.test("http://a.example:443/x"));
  assert_false(pattern.test("http://a.example/x"));
  assert_equals(new URLPattern({ protocol: "https", port: "443" }).port, "");
  assert_true(new URLPattern("https://a.example:443/x").test("https://a.example/x"));
}, "a URLPattern keeps a port that is no protocol's default");
