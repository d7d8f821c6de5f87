// What `console_formats_like_node` prints; console.out is what Node 26 prints.

class Point {
  x = 1;
  #hidden = 2;
}

export function print() {
  console.log("text", 1, -0, 1n, true, null, undefined, Symbol("s"));
  console.log("%s|%s|%s|%s", new Uint8Array([1, 2]), Temporal.PlainDate.from("2020-01-01"), new Map([[1, 2]]), [1]);
  console.log("%s is %d years and %i months, %f, %j %o %O %%", "Bob", 42.5, 3.9, 1.5, 1, [1], { a: 1 });
  console.log("%c styled", "color: red");
  console.log([1, 2, 3], [], {}, { a: 1, "b c": "d" }, [[1, [2, [3, [4]]]]]);
  console.log([1, , 3], [undefined, null], Object.assign([1], { extra: true }));
  console.log(new Map([["a", { b: 1 }]]), new Set([1, "two"]), new WeakMap());
  console.log(new Uint8Array([1, 2]), new Float64Array(1), new ArrayBuffer(2));
  console.log(new Date(0), /a+/gi, new Date(NaN));
  console.log(new Point(), Point, class extends Point {}, function named() {}, () => {});
  console.log(Object.create(null), new (class extends Map {})());
  const tagged = (value) => Object.defineProperty(Object.create(null), Symbol.toStringTag, { value });
  console.log(tagged("Tag"), Object.assign(tagged("Tag"), { a: 1 }), tagged(""), [[[tagged("Deep")]]]);
  console.log([new Boolean(true), new Number(3), new String("boxed"), Object(1n)]);
  console.log(Promise.resolve(4), Promise.reject(5).catch(() => {}), (function* () {})());
  const cycle = { name: "cycle" };
  cycle.self = cycle;
  console.log(cycle);
  console.log({ get a() { return 1; }, set b(v) {}, get c() { return 1; }, set c(v) {} });
  console.log({ deep: { deeper: { deepest: { hidden: 1 } } } });
  console.log("a".repeat(10), ["a'b", 'a"b', "a\nb"]);
  console.log({ s: "x".repeat(80), t: "y".repeat(20) });
  console.log(Array.from({ length: 120 }, (_, i) => i));
  console.log(new Proxy({ a: 1 }, {}), globalThis === self);
  console.log([Symbol.iterator, { [Symbol("k")]: 1 }]);
  console.log(Object.assign([1], { [Symbol("s")]: 2 }), new DataView(new ArrayBuffer(1)), new Intl.Collator("en"));
  console.log([new Proxy([1], {}), new Proxy(class A {}, {})], new Proxy(new Proxy({}, {}), {}));
  console.dir({ get boom() { throw 5; } }, { getters: true });
  console.dir(Object.defineProperty({}, "a b", { value: 1 }), { showHidden: true });
  console.dir([/a(?<n>b|[c-e])*\d{2,}\k<n>$/gi, new ArrayBuffer(1)], { colors: true });
  const odd = Object.assign(new Error("odd"), { name: 5, stack: "Error: odd" });
  console.log(odd, Object.assign(new Error("plain"), { stack: 7 }));
  console.group("group");
  console.log("inside\ntwo lines");
  console.groupEnd();
  console.log("outside");
  console.table([{ a: 1, b: "x" }, { a: 2, c: true }]);
  console.count();
  console.count("label");
  console.count();
  console.countReset();
  console.count();
  console.assert(true, "silent");
  console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 });
  console.error("an error", 1);
  console.warn("a warning");
  console.trace("here");
}
