import { ask, lookup, register, registerClass, self as me, spawn } from "nano:actor";
import {
  assert_array_equals, assert_equals, assert_throws_dom, assert_throws_js, assert_true, assert_unreached, promise_rejects_dom,
  promise_rejects_js, promise_rejects_quotaexceedederror, promise_test, test,
} from "./harness.js";

export { run } from "./harness.js";

const source = `
  import { registerClass } from "nano:actor";
  class Point {
    constructor(x, y) { this.x = x; this.y = y; }
    get sum() { return this.x + this.y; }
    [Symbol.for("nano.serialize")]() { return [this.x, this.y]; }
    static [Symbol.for("nano.deserialize")]([x, y]) { return new Point(x, y); }
  }
  registerClass("Point", Point);
  export const echo = (v) => v;
  export const fail = (v) => { throw v; };
  export const wrong = () => { throw new TypeError("wrong", { cause: { a: 1 } }); };
  export const dom = () => { throw new DOMException("gone", "NotFoundError"); };
  export const write = (shared) => { new Uint8Array(shared)[0] = 42; };
  export const add = (module) => new WebAssembly.Instance(module).exports.add(2, 3);
  export const sum = (point) => point.sum;
  export const size = (buffer) => [buffer.byteLength, buffer.maxByteLength, buffer.resizable];
  export const wait = () => new Promise(() => {});
`;

const child = await spawn("nano:child", { source });

class Point {
  constructor(x, y) {
    this.x = x;
    this.y = y;
  }
  get sum() {
    return this.x + this.y;
  }
  [Symbol.for("nano.serialize")]() {
    return [this.x, this.y];
  }
  static [Symbol.for("nano.deserialize")]([x, y]) {
    return new Point(x, y);
  }
}
registerClass("Point", Point);

promise_test(async () => {
  const copy = await child.ask("echo", { a: [1n, new Date(0), /x/g], m: new Map([[1, new Set([2])]]) });
  assert_equals(copy.a[0], 1n);
  assert_equals(copy.a[1].getTime(), 0);
  assert_equals(String(copy.a[2]), "/x/g");
  assert_true(copy.m.get(1).has(2));
}, "values cross and come back");

promise_test(async () => {
  const error = await promise_rejects_js(TypeError, child.ask("wrong"));
  assert_equals(error.message, "wrong");
  assert_equals(error.cause.a, 1);
  const dom = await promise_rejects_dom("NotFoundError", child.ask("dom"));
  assert_equals(dom.message, "gone");
  assert_true(dom.stack.startsWith("NotFoundError: gone"), dom.stack);
}, "errors cross with message, cause and stack");

promise_test(async () => {
  const error = new AggregateError([new RangeError("one"), "two"], "both");
  const copy = await child.ask("echo", error);
  assert_true(copy instanceof AggregateError);
  assert_true(copy.errors[0] instanceof RangeError);
  assert_equals(copy.errors[1], "two");
  const shared = {};
  const made = new AggregateError([shared]);
  made.errors.push(made);
  const [first, second] = await child.ask("echo", [made, shared]);
  assert_true(first.errors[0] === second);
  assert_true(first.errors[1] === first);
}, "an AggregateError keeps its errors");

promise_test(async () => {
  const buffer = new ArrayBuffer(8, { maxByteLength: 32 });
  const size = await child.ask("size", buffer, { transfer: [buffer] });
  assert_array_equals(size, [8, 32, true]);
  assert_true(buffer.detached);
}, "a transferred buffer moves, with its maximum");

promise_test(async () => {
  const shared = new SharedArrayBuffer(4);
  await child.ask("write", shared);
  assert_equals(new Uint8Array(shared)[0], 42);
}, "a SharedArrayBuffer is shared");

promise_test(async () => {
  const other = await spawn("nano:grower", { source: `
    let kept;
    const buffer = () => kept.buffer ?? kept;
    export const keep = (value) => (kept = value);
    export const size = () => [buffer().growable, buffer().byteLength, buffer().maxByteLength, kept.byteLength];
    export const grow = (n) => buffer().grow(n);
  ` });
  for (const make of [(b) => b, (b) => new Uint8Array(b), (b) => new Float64Array(b), (b) => new DataView(b)]) {
    const shared = new SharedArrayBuffer(16, { maxByteLength: 64 });
    const value = make(shared);
    const back = await other.ask("keep", value);
    assert_equals(back.constructor, value.constructor);
    shared.grow(32);
    assert_array_equals(await other.ask("size"), [true, 32, 64, 32]);
    await other.ask("grow", 64);
    // Views without a length of their own follow.
    assert_array_equals([shared.byteLength, value.byteLength, back.byteLength], [64, 64, 64]);
    assert_throws_js(RangeError, () => shared.grow(65));
  }
  const empty = new SharedArrayBuffer(0, { maxByteLength: 8 });
  await other.ask("keep", empty);
  empty.grow(8);
  assert_array_equals(await other.ask("size"), [true, 8, 8, 8]);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true });
  await other.ask("keep", memory.toResizableBuffer());
  memory.grow(1);
  assert_equals((await other.ask("size"))[1], 2 << 16);
  other.stop();
}, "a growable SharedArrayBuffer grows for all");

promise_test(async () => {
  const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1,
    0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]);
  assert_equals(await child.ask("add", new WebAssembly.Module(bytes)), 5);
}, "a WebAssembly.Module crosses");

promise_test(async () => {
  assert_equals(await child.ask("sum", new Point(1, 2)), 3);
  const back = await child.ask("echo", { points: [new Point(3, 4)] });
  assert_true(back.points[0] instanceof Point);
  assert_equals(back.points[0].sum, 7);
}, "a class with clone hooks crosses with its prototype");

promise_test(async () => {
  const actor = await child.ask("echo", me.actor);
  assert_equals(actor.id, me.id);
}, "an actor crosses as a handle");

promise_test(async () => {
  await promise_rejects_dom("DataCloneError", child.ask("echo", () => {}));
  await promise_rejects_dom("DataCloneError", ask(child, "echo", { a: Symbol() }));
  await promise_rejects_dom("TimeoutError", child.ask("wait", null, { timeout: 5 }));
}, "what cannot be cloned is refused in the sender");

promise_test(async () => {
  const small = await spawn("nano:small", { source });
  const bytes = new Uint8Array(70 << 20);
  // The view, its buffer and their lengths, besides the contents.
  const error = await promise_rejects_quotaexceedederror(
    small.ask("echo", bytes), bytes.length + 15, 64 << 20);
  assert_equals(error.code, "limit");
  assert_true(error.message.includes("message size"), error.message);
  small.stop();
}, "a message that is too large is refused");

test(() => {
  register("messages-test");
  assert_equals(lookup("messages-test").id, me.id);
  assert_throws_dom("InvalidStateError", () => register("messages-test", child));
}, "names are unique");

promise_test(async () => {
  const other = await spawn("nano:plain", { source: `
    import { registerClass } from "nano:actor";
    Object.prototype[Symbol.for("nano.serialize")] = function () { return Object.keys(this).join(); };
    Object[Symbol.for("nano.deserialize")] = (keys) => [keys];
    export const before = () => structuredClone({ a: 1 });
    export const after = () => { registerClass("Object", Object); return structuredClone([{ a: 1, b: 2 }])[0][0]; };
  ` });
  assert_equals((await other.ask("before")).a, 1);
  assert_equals(await other.ask("after"), "a,b");
  other.stop();
}, "a program may register even the class of plain objects");

test(() => {
  const hooked = (Base) => class Hooked extends Base {
    [Symbol.for("nano.serialize")]() { return this.own; }
    static [Symbol.for("nano.deserialize")](own) { return { hooked: own }; }
  };
  const refused = (name, Class) => {
    const error = assert_throws_js(TypeError, () => registerClass(`Hooked ${name}`, Class));
    assert_true(error.message.includes(`extends ${name},`), error.message);
  };
  for (const Base of [Array, Map, Set, Date, RegExp, ArrayBuffer, SharedArrayBuffer, Uint8Array, DataView, Number, String,
    Boolean, BigInt, Symbol, Promise, WeakMap, WeakSet, WeakRef, Function, Intl.Collator, Temporal.Duration,
    WebAssembly.Memory, FinalizationRegistry, DisposableStack]) {
    refused(Base.name, hooked(Base));
    refused(Base.name, class extends hooked(Base) {});
  }
  // The constructor alone says it, or the prototype alone, or a proxy stands between.
  const Disguised = hooked(Map);
  Object.setPrototypeOf(Disguised.prototype, Object.prototype);
  refused("Map", Disguised);
  const Made = hooked(Map);
  Object.setPrototypeOf(Made, Function.prototype);
  refused("Map", Made);
  const asked = () => assert_unreached("a proxy was asked");
  const Hidden = hooked(new Proxy(Array, {}));
  Object.setPrototypeOf(Hidden.prototype, { constructor: new Proxy(Date, { getOwnPropertyDescriptor: asked, get: asked }) });
  refused("Array", Hidden);

  for (const Base of [Object, Error, RangeError, AggregateError, Iterator, EventTarget, DOMException, AbortController]) {
    const Class = class extends hooked(Base) { own = Base.name; };
    registerClass(`Hooked ${Base.name}`, Class);
    assert_equals(structuredClone([new Class([])])[0].hooked, Base.name);
  }
}, "a class whose instances are cloned without asking it is refused");

test(() => {
  let seen;
  class Holder {
    constructor(error) { this.error = error; }
    [Symbol.for("nano.serialize")]() { return this.error; }
    static [Symbol.for("nano.deserialize")](error) {
      seen = error.errors.length === 2 && error.errors[0] === error && error.cause === error.errors[1];
      return new Holder(error);
    }
  }
  registerClass("Holder", Holder);
  const shared = {};
  const error = new AggregateError([], "m", { cause: shared });
  error.errors.push(error, shared);
  const [holder, outer] = structuredClone([new Holder(error), new AggregateError([new Holder(error)])]);
  assert_true(seen);
  assert_true(holder.error.errors[0] === holder.error);
  assert_true(outer.errors[0].error.errors[0] === outer.errors[0].error);
}, "a class is revived from a whole AggregateError");
