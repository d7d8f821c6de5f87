// Plain values have a way of their own, other than V8's serializer. Both have to come to the same.

import {
  assert_array_equals, assert_equals, assert_false, assert_not_equals, assert_throws_dom, assert_throws_exactly,
  assert_throws_js, assert_true, test,
} from "./harness.js";

export { run } from "./harness.js";

/** A clone that the serializer made: it alone takes a transfer list. */
const serialized = (value) => structuredClone(value, { transfer: [] });

/** What a value is, with everything that tells it from another: order, holes, prototypes, identity. */
function describe(value) {
  const seen = new Map();
  const visit = (value) => {
    if (typeof value !== "object" || value === null) {
      return typeof value === "bigint" ? `${value}n` : Object.is(value, -0) ? "-0" : `${typeof value} ${value}`;
    }
    if (seen.has(value)) return `the ${seen.get(value)}th`;
    seen.set(value, seen.size);
    const kind = Object.prototype.toString.call(value);
    const of = Object.getPrototypeOf(value)?.constructor?.name ?? "nothing";
    const properties = Reflect.ownKeys(value).map((key) => {
      const { value: inner, ...rest } = Object.getOwnPropertyDescriptor(value, key);
      return `${String(key)} ${JSON.stringify(rest)}: ${visit(inner)}`;
    });
    const entries = value instanceof Map || value instanceof Set ? [...value].map(visit) : [];
    return `${kind} of ${of} {${properties.join(", ")}} [${entries}]`;
  };
  return visit(value);
}

function assert_same(value, description) {
  assert_equals(describe(structuredClone(value)), describe(serialized(value)), description);
}

/** Values at random, which share parts and have cycles. */
function generator(seed) {
  let state = seed;
  const below = (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  const pool = [];
  const leaves = [
    0, -0, NaN, 1.5, 2 ** 31, "", "text", "\u20ac\ud800", true, null, undefined, 12n ** 30n, -1,
  ];
  const keys = ["a", "b", "1", "0", "-1", "__proto__", "toString", "constructor", "length", "\u20ac", "4294967295"];
  const others = [() => new Date(5), () => new Map([[1, pool.at(-1)]]), () => /x/g, () => new Uint8Array(3),
    () => new (class Point { x = 1; })(), () => Object.create(null), () => new Error("e"), () => Object(1)];
  const make = (depth) => {
    const choice = below(12);
    if (depth === 0 || choice < 4) return leaves[below(leaves.length)];
    if (choice === 4 && pool.length > 0) return pool[below(pool.length)];
    if (choice === 5 && below(8) === 0) return others[below(others.length)]();
    if (choice === 6) {
      const collection = below(2) ? new Map() : new Set();
      pool.push(collection);
      for (let i = below(4); i > 0; i--) {
        if (collection instanceof Map) collection.set(make(depth - 1), make(depth - 1));
        else collection.add(make(depth - 1));
      }
      collection.ignored = 1;
      return collection;
    }
    if (choice < 9) {
      const object = {};
      pool.push(object);
      for (let i = below(6); i > 0; i--) {
        const value = make(depth - 1);
        const enumerable = below(8) > 0;
        const key = below(12) === 0 ? Symbol("s") : keys[below(keys.length)];
        Object.defineProperty(object, key, { value, enumerable, configurable: true, writable: true });
      }
      if (below(10) === 0) Object.freeze(object);
      return object;
    }
    const array = [];
    pool.push(array);
    for (let i = below(6); i > 0; i--) array.push(make(depth - 1));
    if (below(8) === 0) delete array[below(array.length)];
    if (below(8) === 0) array.length += below(3);
    if (below(8) === 0) array.extra = make(depth - 1);
    return array;
  };
  return () => make(5);
}

test(() => {
  for (let seed = 1; seed <= 3000; seed++) assert_same(generator(seed)(), `seed ${seed}`);
}, "values at random");

test(() => {
  const value = JSON.parse('{"a": 1, "__proto__": {"x": [1, 2]}}');
  const copy = structuredClone(value);
  assert_equals(Object.getPrototypeOf(copy), Object.prototype);
  assert_array_equals(Object.keys(copy), ["a", "__proto__"]);
  assert_equals(Object.getOwnPropertyDescriptor(copy, "__proto__").value.x[1], 2);
}, "a key that would change the prototype");

test(() => {
  let called = 0;
  Object.defineProperty(Object.prototype, "trap", { set() { called++; }, configurable: true });
  Object.defineProperty(Object.prototype, "fixed", { value: 1, configurable: true });
  Object.prototype.shown = { on: "every object" };
  Object.defineProperty(Array.prototype, 0, { set() { called++; }, configurable: true });
  try {
    const value = Object.defineProperty({ list: [] }, "trap", { value: 2, enumerable: true });
    Object.defineProperty(value, "fixed", { value: 3, enumerable: true });
    Object.defineProperty(value.list, 0, { value: 4, enumerable: true });
    const copy = structuredClone(value);
    assert_equals(called, 0);
    assert_array_equals(Object.keys(copy), ["list", "trap", "fixed"]);
    assert_equals(copy.trap + copy.fixed + copy.list[0], 9);
    assert_false(Object.hasOwn(copy, "shown"));
  } finally {
    delete Object.prototype.trap;
    delete Object.prototype.fixed;
    delete Object.prototype.shown;
    delete Array.prototype[0];
  }
}, "setters on prototypes are not called");

test(() => {
  const order = [];
  const inner = { get x() { order.push("x"); return 1; } };
  const value = {
    get first() { order.push("first"); delete value.gone; value.added = 1; return inner; },
    gone: 2,
    get last() { order.push("last"); return [inner]; },
  };
  const copy = structuredClone(value);
  assert_array_equals(order, ["first", "x", "last"]);
  assert_array_equals(Object.keys(copy), ["first", "last"]);
  assert_equals(copy.first, copy.last[0]);
  assert_equals(Object.getOwnPropertyDescriptor(copy, "first").get, undefined);
}, "getters are called in order, once");

test(() => {
  const map = new Map([[1, { get x() { map.set("late", 1); map.delete("gone"); return 2; } }], ["gone", 3]]);
  const copy = structuredClone(map);
  assert_array_equals([...copy.keys()], [1, "gone"]);
  assert_equals(copy.get(1).x, 2);
  const set = new Set([{ get x() { set.clear(); return 1; } }, "gone"]);
  assert_equals(structuredClone(set).size, 2);
  class Dated extends Date { constructor() { super(5); } getTime() { throw new Error("asked"); } }
  const date = structuredClone([new Dated()])[0];
  assert_equals(Object.getPrototypeOf(date), Date.prototype);
  assert_equals(date.getTime(), 5);
  assert_true(Number.isNaN(structuredClone(new Date(NaN)).getTime()));
}, "collections that change meanwhile");

test(() => {
  // Beside something that only the serializer knows.
  let count = 0;
  const counted = { get a() { return ++count; }, d: /x/ };
  assert_equals(structuredClone(counted).a, 1);
  assert_throws_dom("DataCloneError", () => structuredClone({ counted, f() {} }));
  assert_equals(count, 2);
  const list = [{ get x() { list[1] = "changed"; delete list[2]; return 1; } }, "before", "gone"];
  assert_same(list, "a list that changes meanwhile");
  const hidden = Object.defineProperty([1, 2], 1, { enumerable: false });
  assert_same(hidden, "a hidden element");
  const trap = { get x() {
    Object.defineProperty(Object.prototype, "late", { set() { count++; }, configurable: true });
    return 1;
  }, late: 2 };
  assert_equals(structuredClone(trap).late, 2);
  delete Object.prototype.late;
  assert_equals(count, 2);
  Array.prototype[1] = "inherited";
  const holed = [1, , 3];
  const copy = structuredClone(holed);
  delete Array.prototype[1];
  assert_false(1 in copy);
}, "programs that interfere");

test(() => {
  const thrown = new Error("mine");
  const value = { a: [{ get b() { throw thrown; } }] };
  assert_throws_exactly(thrown, () => structuredClone(value));
}, "the error of a getter");

test(() => {
  let trapped = 0;
  const handler = new Proxy({}, { get() { trapped++; } });
  for (const target of [{}, []]) {
    assert_throws_dom("DataCloneError", () => structuredClone({ a: [new Proxy(target, handler)] }));
    assert_throws_dom("DataCloneError", () => structuredClone(new Proxy(target, handler)));
  }
  assert_equals(trapped, 0);
}, "proxies are refused, and not asked");

test(() => {
  for (const bad of [() => {}, Symbol("s"), new WeakMap(), Promise.resolve(), class {}]) {
    try {
      structuredClone({ list: [1, { deep: bad }] });
      assert_true(false, "cloned");
    } catch (error) {
      assert_equals(error.name, "DataCloneError");
      assert_true(error.message.includes("list[1].deep"), error.message);
    }
  }
}, "what is refused is named by its path");

test(() => {
  for (const slots of [new Date(3), new Map([[1, 2]]), new Set([1]), /x/, Object("s"), new Uint8Array(2), new Error("e")]) {
    assert_same(Object.setPrototypeOf(slots, Object.prototype));
  }
  const wasm = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  const refused = () => [
    new WeakRef({}), new FinalizationRegistry(() => {}), new WeakMap(), Promise.resolve(), new Proxy({}, {}),
    new Intl.NumberFormat(), new Intl.DateTimeFormat(), new Intl.Collator(), new Intl.Segmenter().segment("a"),
    Temporal.Now.instant(), Temporal.Now.plainDateISO(), new DisposableStack(), new AsyncDisposableStack(),
    new WebAssembly.Table({ initial: 0, element: "anyfunc" }), new WebAssembly.Global({ value: "i32" }),
    new WebAssembly.Instance(new WebAssembly.Module(wasm)), new WebAssembly.Memory({ initial: 0 }),
    [].values(), ""[Symbol.iterator](), "a".matchAll(/a/g), new Map().entries(), [].values().map(() => 1),
    Iterator.from({ next() {} }), (function* () {})(), (async function* () {})(),
  ];
  const disguised = (slots) => Object.setPrototypeOf(slots, Object.prototype);
  for (const slots of [...refused().map(disguised), ...refused().map((slots) => Object.assign(disguised(slots), { x: 1 }))]) {
    for (const value of [slots, [slots], { slots }, new Map([[slots, 1]])]) {
      assert_throws_dom("DataCloneError", () => structuredClone(value));
      assert_throws_dom("DataCloneError", () => serialized(value));
    }
  }
  Object.prototype.inherited = 1;
  try {
    assert_throws_dom("DataCloneError", () => structuredClone(disguised(new WeakRef({}))));
  } finally {
    delete Object.prototype.inherited;
  }
  (function () {
    assert_throws_dom("DataCloneError", () => serialized({ arguments }));
    assert_throws_dom("DataCloneError", () => structuredClone({ arguments }));
  })(1, 2);
}, "slots count, not the prototype");

test(() => {
  class Sub extends Array {
    static get [Symbol.species]() { throw new Error("asked"); }
    [Symbol.iterator]() { throw new Error("asked"); }
  }
  Object.defineProperty(Sub.prototype, "constructor", { get() { throw new Error("asked"); } });
  const copy = structuredClone(Object.setPrototypeOf([1, [2]], Sub.prototype));
  assert_equals(Object.getPrototypeOf(copy), Array.prototype);
  assert_array_equals(copy[1], [2]);
}, "arrays of a class of one's own");

test(() => {
  for (const key of ["toSpliced", Symbol.iterator]) {
    const before = Array.prototype[key];
    Array.prototype[key] = () => { throw new Error("replaced"); };
    try {
      assert_array_equals(structuredClone({ a: [1, 2] }).a, [1, 2]);
    } finally {
      Array.prototype[key] = before;
    }
  }
  const { get, set } = Map.prototype;
  Map.prototype.get = Map.prototype.set = () => { throw new Error("replaced"); };
  try {
    const shared = {};
    const copy = structuredClone([shared, shared]);
    assert_equals(copy[0], copy[1]);
  } finally {
    Object.assign(Map.prototype, { get, set });
  }
}, "functions that a program has replaced");

test(() => {
  const sparse = [1];
  sparse[2 ** 32 - 2] = 2;
  const copy = structuredClone(sparse);
  assert_equals(copy.length, 2 ** 32 - 1);
  assert_array_equals(Object.keys(copy), ["0", "4294967294"]);
  const long = Array.from({ length: 70_000 }, (_, i) => i);
  assert_array_equals(structuredClone(long), long);
}, "arrays that are long");

test(() => {
  for (const levels of [98, 99, 100, 101, 102, 3000]) {
    let value = { end: true };
    for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { value };
    const root = value;
    let copy = structuredClone(root);
    assert_not_equals(copy, root);
    let depth = 0;
    while (!copy.end) {
      copy = copy.value ?? copy[0];
      depth++;
    }
    assert_equals(depth, levels);
  }
  let bottomless = {};
  for (let i = 0; i < 1e6; i++) bottomless = { bottomless };
  assert_throws_js(RangeError, () => structuredClone(bottomless));
}, "values that are deep");
