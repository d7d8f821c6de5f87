import { registerClass } from "nano:actor";
import {
  assert_array_equals, assert_equals, assert_false, assert_not_equals, assert_throws_dom,
  assert_throws_exactly, assert_throws_js, assert_true, test,
} from "./harness.js";

export { run } from "./harness.js";

test(() => {
  for (const value of [undefined, null, true, 0, -0, NaN, 1.5, 2 ** 40, "", "\u00e9", "\u20ac\ud800", 12n ** 40n, -1n]) {
    assert_equals(structuredClone(value), value);
  }
}, "primitives");

test(() => {
  assert_equals(structuredClone(new Date(5)).getTime(), 5);
  assert_true(Number.isNaN(structuredClone(new Date(NaN)).getTime()));
  const regexp = /a(?<b>c)/giv;
  regexp.lastIndex = 3;
  const copy = structuredClone(regexp);
  assert_equals(String(copy), String(regexp));
  assert_equals(copy.lastIndex, 0);
}, "Date and RegExp");

test(() => {
  for (const value of [new Boolean(false), new Number(-0), new String("s"), Object(1n)]) {
    const copy = structuredClone(value);
    assert_equals(typeof copy, "object");
    assert_equals(copy.constructor, value.constructor);
    assert_equals(copy.valueOf(), value.valueOf());
  }
}, "boxed primitives");

test(() => {
  const map = new Map([[{ k: 1 }, new Set([1, "2"])]]);
  const copy = structuredClone(map);
  const [[key, set]] = copy;
  assert_equals(key.k, 1);
  assert_true(set.has("2"));
}, "Map and Set");

test(() => {
  const sparse = [1, , 3];
  sparse.extra = true;
  const copy = structuredClone(sparse);
  assert_equals(copy.length, 3);
  assert_false(1 in copy);
  assert_true(copy.extra);
  assert_equals(structuredClone(new Array(1e6)).length, 1e6);
}, "sparse arrays");

test(() => {
  const shared = {};
  const cycle = { a: shared, b: shared };
  cycle.self = cycle;
  const copy = structuredClone(cycle);
  assert_equals(copy.self, copy);
  assert_equals(copy.a, copy.b);
  assert_not_equals(copy.a, shared);
}, "cycles and shared references");

test(() => {
  class Kind { own = 1; get inherited() { return 2; } }
  const object = Object.defineProperty(new Kind(), "hidden", { value: 3 });
  object[Symbol("s")] = 4;
  const copy = structuredClone(object);
  assert_equals(Object.getPrototypeOf(copy), Object.prototype);
  assert_array_equals(Reflect.ownKeys(copy), ["own"]);
}, "instances become plain objects with their own enumerable properties");

test(() => {
  const buffer = new ArrayBuffer(16, { maxByteLength: 64 });
  const copy = structuredClone({
    all: new Uint8Array(buffer), part: new Int16Array(buffer, 2, 3), view: new DataView(buffer, 4),
  });
  assert_equals(copy.all.buffer, copy.part.buffer);
  assert_equals(copy.part.byteOffset, 2);
  assert_equals(copy.all.buffer.maxByteLength, 64);
  copy.all.buffer.resize(32);
  assert_equals(copy.all.length, 32);
  assert_equals(copy.view.byteLength, 28);
}, "views of one resizable buffer");

test(() => {
  for (const Type of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array,
    Uint32Array, Float16Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array]) {
    const array = Type.name.startsWith("Big") ? Type.of(1n, 2n) : Type.of(1, 2);
    const copy = structuredClone(array);
    assert_equals(copy.constructor, Type);
    assert_array_equals(copy, array);
  }
}, "every typed array");

test(() => {
  class Bytes extends Uint16Array {}
  const buffer = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]).buffer;
  const part = new Bytes(buffer, 2, 2);
  part.own = 1;
  for (const [copy, more] of [[structuredClone(part), structuredClone(part)], structuredClone([part, 1])]) {
    assert_equals(Object.getPrototypeOf(copy), Uint16Array.prototype);
    assert_array_equals(Reflect.ownKeys(copy), ["0", "1"]);
    assert_array_equals([copy.byteOffset, copy.length, copy.buffer.byteLength], [2, 2, 8]);
    assert_array_equals(new Uint8Array(copy.buffer), new Uint8Array(buffer));
    copy[0] = 9;
    assert_equals(part[0], 0x302);
    assert_true(more === 1 || more.buffer !== copy.buffer);
  }
  const whole = structuredClone(buffer);
  assert_true(whole instanceof ArrayBuffer && whole !== buffer);
  assert_array_equals(new Uint8Array(whole), new Uint8Array(buffer));
  assert_equals(structuredClone(new Uint8Array(0)).length, 0);
  assert_equals(structuredClone(new ArrayBuffer(0)).byteLength, 0);
  const growing = structuredClone(new Uint8Array(new ArrayBuffer(4, { maxByteLength: 8 })));
  assert_equals(growing.buffer.maxByteLength, 8);
  const fixed = structuredClone(new Uint8Array([1]).buffer.transferToImmutable());
  assert_true(fixed.immutable);
}, "bytes that are cloned by themselves");

test(() => {
  for (const Type of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
    const error = new Type("m", { cause: [1] });
    const copy = structuredClone(error);
    assert_equals(copy.constructor, Type);
    assert_equals(copy.message, "m");
    assert_equals(copy.stack, error.stack);
    assert_equals(copy.cause[0], 1);
    assert_false(Object.keys(copy).includes("cause"));
  }
  assert_false("cause" in structuredClone(new Error("m")));
}, "errors keep message, stack and cause");

test(() => {
  const inner = new AggregateError([new TypeError("a"), [1]], "inner");
  const copy = structuredClone({ list: [new AggregateError([inner], "outer", { cause: 2 })] }).list[0];
  assert_equals(copy.constructor, AggregateError);
  assert_equals(copy.message, "outer");
  assert_equals(copy.cause, 2);
  assert_equals(copy.errors[0].errors[0].message, "a");
  assert_equals(copy.errors[0].errors[1][0], 1);
  assert_false(Object.keys(copy).includes("errors"));
  assert_true(copy.stack.startsWith("AggregateError: outer"), copy.stack);
}, "AggregateError keeps its errors");

test(() => {
  const plain = Object.create(AggregateError.prototype, { a: { value: 1, enumerable: true } });
  assert_equals(structuredClone(plain).a, 1);
  assert_throws_dom("DataCloneError", () => structuredClone(new AggregateError([() => {}])));
}, "what only looks like an AggregateError");

test(() => {
  const selfish = new AggregateError([], "me");
  selfish.errors.push(selfish);
  const copy = structuredClone(selfish);
  assert_true(copy.errors[0] === copy);
  assert_false(copy === selfish);
  selfish.cause = { error: selfish, list: selfish.errors };
  const [list, same] = structuredClone([selfish.errors, selfish]);
  assert_true(list[0] === same);
  assert_true(same.errors === list);
  assert_true(same.cause.error === same);
  assert_true(same.cause.list === list);
}, "an AggregateError may hold itself");

test(() => {
  const shared = {};
  const [error, ...others] = structuredClone([
    new AggregateError([shared, new AggregateError([shared])], "m", { cause: shared }),
    shared,
    new AggregateError([shared]),
    new Map([[shared, new AggregateError([])]]),
  ]);
  assert_true(error.errors[0] === others[0]);
  assert_true(error.errors[1].errors[0] === others[0]);
  assert_true(error.cause === others[0]);
  assert_true(others[1].errors[0] === others[0]);
  assert_equals(others[2].get(others[0]).errors.length, 0);
}, "an AggregateError shares objects with the rest of the value");

test(() => {
  let error = new AggregateError([]);
  for (let i = 0; i < 20000; i++) {
    error = new AggregateError([error]);
  }
  let copy = structuredClone(error);
  let depth = 0;
  for (; copy.errors.length > 0; copy = copy.errors[0]) {
    depth++;
  }
  assert_equals(depth, 20000);
}, "AggregateErrors may hold one another as deep as the heap allows");

test(() => {
  const error = new AggregateError([], "m", { cause: undefined });
  delete error.errors;
  const copy = structuredClone(error);
  assert_true(Object.hasOwn(copy, "cause"));
  assert_false(Object.hasOwn(copy, "errors"));
  assert_array_equals(Object.getOwnPropertyNames(structuredClone(new AggregateError([]))).sort(), ["errors", "stack"]);
  for (const key of ["message", "stack", "cause", "errors"]) {
    const whole = structuredClone(new AggregateError([1], "m", { cause: 1 }));
    const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(whole, key);
    assert_array_equals([writable, enumerable, configurable], [true, false, true]);
  }
  for (const Class of [Error, AggregateError]) {
    const bare = Class === Error ? new Error() : new AggregateError([]);
    bare.stack = 1;
    assert_equals(structuredClone(bare).stack, undefined, Class.name);
  }
}, "an AggregateError has what it had, and nothing else");

test(() => {
  const { prototype } = Array;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, Symbol.iterator);
  prototype[Symbol.iterator] = () => { throw 1; };
  Object.prototype.value = 7;
  try {
    const copy = structuredClone(new AggregateError({ *[Symbol.iterator]() { yield 5; } }, "m"));
    assert_equals(copy.errors[0], 5);
    assert_equals(copy.message, "m");
  } finally {
    delete Object.prototype.value;
    Object.defineProperty(prototype, Symbol.iterator, descriptor);
  }
}, "an AggregateError is cloned with built-ins replaced");

test(() => {
  const path = (value) => {
    try {
      structuredClone(value);
    } catch (error) {
      return /at (value.*)\)$/.exec(error.message)?.[1];
    }
  };
  const f = () => {};
  assert_equals(path([new AggregateError([1, { f }])]), "value[0].errors[1].f");
  assert_equals(path(new AggregateError([f], "", { cause: f })), "value.cause");
  // What an AggregateError holds is written last.
  assert_equals(path([new AggregateError([f]), f]), "value[1]");
  assert_equals(path([new AggregateError([new AggregateError([f])]), new AggregateError([[f]])]), "value[1].errors[0][0]");
  const plain = Object.assign(new Error(), { errors: [f] });
  assert_equals(path([plain, { f }]), "value[1].f");
}, "an AggregateError's part that cannot be cloned is named");

test(() => {
  const mine = new URIError("mine");
  assert_throws_exactly(mine, () => structuredClone({ a: { get b() { throw mine; } } }));
  assert_throws_exactly(1, () => structuredClone([Object.defineProperty([], 0, { get() { throw 1; }, enumerable: true })]));
}, "what a getter throws is thrown");

const refused = {
  "a function": () => {},
  "a class": class {},
  "a symbol": Symbol("s"),
  "a boxed symbol": Object(Symbol("s")),
  "a WeakMap": new WeakMap(),
  "a WeakSet": new WeakSet(),
  "a WeakRef": new WeakRef({}),
  "a FinalizationRegistry": new FinalizationRegistry(() => {}),
  "a promise": Promise.resolve(),
  "a proxy": new Proxy({}, {}),
  "a generator": (function* () {})(),
  "an iterator": [].values(),
  "a formatter": new Intl.NumberFormat(),
  "a Temporal object": Temporal.PlainDate.from("2024-01-01"),
  "an event": new Event("x"),
  "an abort signal": new AbortController().signal,
};

for (const [what, value] of Object.entries(refused)) {
  test(() => {
    assert_throws_dom("DataCloneError", () => structuredClone(value));
    const error = assert_throws_dom("DataCloneError",
      () => structuredClone({ ok: 1, list: [0, { "odd key": value }] }));
    assert_true(error.message.endsWith('(at value.list[1]["odd key"])'), error.message);
  }, `${what} is refused, and the message says where it is`);
}

test(() => {
  const error = assert_throws_dom("DataCloneError",
    () => structuredClone(new Map([["k", new Set([Symbol()])]])));
  assert_true(error.message.endsWith('(at value.get("k").values()[0])'), error.message);
}, "the path leads through maps and sets");

class Sent {
  constructor(data) {
    this.data = data;
  }

  [Symbol.for("nano.serialize")]() {
    return this.data;
  }

  static [Symbol.for("nano.deserialize")](data) {
    return new Sent(data);
  }
}
registerClass("Sent", Sent);

function refusal(value) {
  const { message } = assert_throws_dom("DataCloneError", () => structuredClone(value));
  return message.slice(message.lastIndexOf(" ("));
}

test(() => {
  const sent = '[Symbol.for("nano.serialize")]()';
  assert_equals(refusal({ a: new Sent({ x: () => {} }) }), ` (at value.a${sent}.x)`);
  assert_equals(refusal([1, [2, new Sent(Symbol())]]), ` (at value[1][1]${sent})`);
  assert_equals(refusal({ a: new Sent([new Sent({ x: new Event("x") })]) }), ` (at value.a${sent}[0]${sent}.x)`);
  assert_equals(refusal({ a: new Sent(1), b: () => {} }), " (at value.b)");
}, "the path leads through what instances of registered classes are sent as");

test(() => {
  const sent = new Sent({});
  const [one, again] = structuredClone([sent, sent]);
  assert_equals(one, again);
  const inner = {};
  const copy = structuredClone({ sent: new Sent(inner), inner });
  assert_not_equals(copy.sent.data, copy.inner);
  const buffer = new ArrayBuffer(1);
  const moved = structuredClone({ sent: new Sent(buffer), buffer }, { transfer: [buffer] });
  assert_equals(moved.sent.data, moved.buffer);
  let deep = null;
  for (let i = 0; i < 32; i++) deep = new Sent(deep);
  structuredClone(deep);
  deep = new Sent(deep);
  const circle = new Sent(null);
  circle.data = [circle];
  for (const value of [deep, circle]) {
    const error = assert_throws_dom("DataCloneError", () => structuredClone(value));
    assert_true(error.message.includes("more than 32 levels deep, or in a circle"), error.message);
  }
}, "what instances of registered classes are sent as is cloned by itself");

test(() => {
  const detached = new ArrayBuffer(1);
  const view = new Uint8Array(detached);
  detached.transfer();
  assert_equals(refusal({ a: [detached], z: () => {} }), " (at value.a[0])");
  assert_equals(refusal({ a: 1, view }), " (at value.view.buffer)");
}, "the path leads to a detached buffer");

test(() => {
  const f = () => {};
  assert_equals(refusal({ get z() { return f; }, c: f }), " (at value.c, unless the getter value.z gave it)");
  assert_equals(refusal({ get z() { return f; }, get y() { return 1; }, c: f }), " (at value.c, unless a getter gave it)");
  assert_equals(refusal({ a: { get z() { return f; } } }), " (given by the getter value.a.z)");
  assert_equals(refusal({ c: f, get z() { return f; } }), " (at value.c)");
}, "what a getter gave is not taken for what lies behind it");

test(() => {
  for (const prototype of [Error.prototype, Object.prototype, null, class extends Error {}.prototype]) {
    const copy = structuredClone({ error: Object.setPrototypeOf(new DOMException("m", "AbortError"), prototype) }).error;
    assert_equals(copy.constructor, DOMException);
    assert_equals(`${copy.name} ${copy.message}`, "AbortError m");
    const quota = structuredClone(Object.setPrototypeOf(new QuotaExceededError("m", { quota: 3 }), prototype));
    assert_equals(quota.constructor, QuotaExceededError);
    assert_equals(quota.quota, 3);
  }
}, "a DOMException is cloned as one, whatever it inherits from");

test(() => {
  const error = Object.setPrototypeOf(new Error("m"), DOMException.prototype);
  assert_equals(refusal({ a: [error], z: () => {} }), " (at value.a[0])");
}, "the path leads to an error that is none of the platform's");

test(() => {
  const buffer = new ArrayBuffer(8);
  new Uint8Array(buffer)[3] = 9;
  const copy = structuredClone({ view: new Uint8Array(buffer, 2), buffer }, { transfer: [buffer] });
  assert_true(buffer.detached);
  assert_equals(copy.view[1], 9);
  assert_equals(copy.view.buffer, copy.buffer);
}, "a transferred buffer moves");

test(() => {
  const buffer = new ArrayBuffer(8, { maxByteLength: 16 });
  const copy = structuredClone(new Uint8Array(buffer), { transfer: [buffer] });
  copy.buffer.resize(16);
  assert_equals(copy.length, 16);
  const unused = new ArrayBuffer(1);
  assert_equals(structuredClone(1, { transfer: [unused] }), 1);
  assert_true(unused.detached);
  const empty = new ArrayBuffer(0);
  assert_equals(structuredClone(empty, { transfer: [empty] }).byteLength, 0);
}, "resizable, unused and empty buffers move too");

test(() => {
  const [kept, gone] = [new ArrayBuffer(4), new ArrayBuffer(4)];
  gone.transfer();
  const refuse = (value, transfer) => assert_throws_dom("DataCloneError", () => structuredClone(value, { transfer }));
  refuse(kept, [kept, kept]);
  refuse(kept, [kept, gone]);
  refuse(kept, [kept, {}]);
  refuse(kept, [kept, new SharedArrayBuffer(1)]);
  refuse(kept, [kept, kept.slice().transferToImmutable()]);
  refuse([kept, () => {}], [kept]);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
  for (const make of [() => memory.buffer, () => memory.toResizableBuffer()]) {
    const buffer = make();
    assert_throws_js(TypeError, () => structuredClone(kept, { transfer: [kept, buffer] }));
    assert_false(buffer.detached);
  }
  assert_throws_js(TypeError, () => structuredClone(kept, { transfer: [1] }));
  assert_throws_js(TypeError, () => structuredClone(kept, { transfer: 1 }));
  assert_false(kept.detached);
  refuse({ get gone() { kept.transfer(); return 1; } }, [kept]);
}, "a refused transfer moves nothing");

test(() => {
  const detached = new ArrayBuffer(4);
  const view = new Uint8Array(detached);
  detached.transfer();
  assert_throws_dom("DataCloneError", () => structuredClone(detached));
  assert_throws_dom("DataCloneError", () => structuredClone(view));
}, "detached buffers and their views are refused");

test(() => {
  const shared = new SharedArrayBuffer(4, { maxByteLength: 8 });
  const copy = structuredClone([shared, new Int32Array(shared)]);
  assert_equals(copy[1].buffer, copy[0]);
  copy[1][0] = 7;
  assert_equals(new Int32Array(shared)[0], 7);
  assert_true(copy[0].growable);
  assert_equals(copy[0].maxByteLength, 8);
  copy[0].grow(8);
  assert_equals(shared.byteLength, 8);
  // The view without a length of its own follows; one that was given a length does not.
  assert_equals(copy[1].length, 2);
  assert_equals(structuredClone(new Int32Array(shared, 0, 1)).length, 1);
  assert_throws_js(RangeError, () => copy[0].grow(9));
  const fixed = structuredClone(new SharedArrayBuffer(4));
  assert_false(fixed.growable);
  assert_throws_js(TypeError, () => fixed.grow(4));
}, "SharedArrayBuffers are shared, and grow for all");

test(() => {
  const big = new Uint8Array(80 << 20);
  const error = (() => {
    try {
      structuredClone(big);
    } catch (thrown) {
      return thrown;
    }
  })();
  assert_true(error instanceof RangeError || error instanceof DOMException, String(error));
  assert_equals(structuredClone(big, { transfer: [big.buffer] }).length, 80 << 20);
}, "a clone beyond the buffer budget throws");

test(() => {
  let deep = [];
  for (let i = 0; i < 200000; i++) deep = [deep];
  assert_throws_js(RangeError, () => structuredClone(deep));
  const hole = {};
  hole.get = structuredClone;
  assert_throws_dom("DataCloneError", () => structuredClone(hole));
}, "values that are too deep throw");

test(() => {
  assert_throws_js(TypeError, () => structuredClone());
  assert_throws_js(TypeError, () => structuredClone(1, 1));
  assert_equals(structuredClone(1, null), 1);
  assert_equals(structuredClone(1, { transfer: undefined }), 1);
}, "arguments are converted");
