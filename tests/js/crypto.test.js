import { assert_equals, assert_false, assert_throws_dom, assert_throws_js, assert_true, test } from "./harness.js";

export { run } from "./harness.js";

const isFilled = (array) => [...new Uint8Array(array.buffer, array.byteOffset, array.byteLength)].some((n) => n !== 0);

const classes = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  BigInt64Array, BigUint64Array];
for (const Class of classes) {
  test(() => {
    const small = new Class(16 / Class.BYTES_PER_ELEMENT);
    const large = new Class(2048);
    const part = new Class(new ArrayBuffer(64), 16, 16 / Class.BYTES_PER_ELEMENT);
    for (const array of [small, large, part]) {
      assert_equals(crypto.getRandomValues(array), array);
      assert_true(isFilled(array));
    }
    const whole = new Uint8Array(part.buffer);
    assert_true(whole.subarray(0, 16).every((n) => n === 0));
    assert_true(whole.subarray(32).every((n) => n === 0));
  }, `getRandomValues fills ${Class.name}`);
}

test(() => {
  const counts = new Array(256).fill(0);
  const array = new Uint8Array(32);
  for (let i = 0; i < 4000; i++) for (const n of crypto.getRandomValues(array)) counts[n]++;
  // 500 are expected of each, with a deviation of 22.
  assert_true(counts.every((count) => count > 330 && count < 670));
  const high = new Uint32Array(16);
  let bits = 0;
  for (let i = 0; i < 100; i++) for (const n of crypto.getRandomValues(high)) bits += n >>> 31;
  assert_true(bits > 650 && bits < 950);
}, "small arrays are random in every byte");

test(() => {
  assert_throws_dom("TypeMismatchError", () => crypto.getRandomValues(new Float64Array(4)));
  assert_throws_dom("TypeMismatchError", () => crypto.getRandomValues(new Float16Array(4)));
  assert_throws_dom("TypeMismatchError", () => crypto.getRandomValues(new DataView(new ArrayBuffer(4))));
  for (const value of [undefined, null, 1, {}, [], new ArrayBuffer(4)]) {
    assert_throws_js(TypeError, () => crypto.getRandomValues(value));
  }
  assert_throws_js(TypeError, () => crypto.getRandomValues(new Uint8Array(new SharedArrayBuffer(8))));
  assert_throws_js(TypeError, () => crypto.getRandomValues(new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 }))));
  assert_throws_js(TypeError, () => Crypto.prototype.getRandomValues.call({}, new Uint8Array(1)));
  assert_throws_js(TypeError, () => new Crypto());
}, "getRandomValues takes views of integers over ordinary buffers");

test(() => {
  crypto.getRandomValues(new Uint8Array(65_536));
  crypto.getRandomValues(new Uint8Array(0));
  let thrown;
  try {
    crypto.getRandomValues(new Uint32Array(16_385));
  } catch (error) {
    thrown = error;
  }
  assert_true(thrown instanceof QuotaExceededError);
  assert_equals(thrown.quota, 65_536);
  assert_equals(thrown.requested, 65_540);
}, "getRandomValues has a quota");

test(() => {
  for (const length of [8, 4096]) {
    const buffer = new Uint8Array(length).buffer.transferToImmutable();
    const array = new Uint8Array(buffer);
    assert_throws_js(TypeError, () => crypto.getRandomValues(array));
    assert_false(isFilled(array));
  }
}, "an immutable buffer stays what it is");

test(() => {
  const array = new Uint8Array(16);
  array.buffer.transfer();
  assert_equals(crypto.getRandomValues(array), array);
}, "a detached buffer has nothing to be filled");

test(() => {
  const seen = new Set();
  for (let i = 0; i < 1000; i++) {
    const uuid = crypto.randomUUID();
    assert_true(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid), uuid);
    seen.add(uuid);
  }
  assert_equals(seen.size, 1000);
}, "randomUUID makes UUIDs of version 4");

test(() => {
  Object.defineProperty(Object.prototype, "Float32Array", { value: 4, configurable: true });
  try {
    assert_throws_dom("TypeMismatchError", () => crypto.getRandomValues(new Float32Array(4)));
    assert_true(isFilled(crypto.getRandomValues(new Uint8Array(32))));
  } finally {
    delete Object.prototype.Float32Array;
  }
}, "replaced built-ins are not seen");

test(() => {
  const resizable = new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 }));
  const shared = new Uint8Array(new SharedArrayBuffer(8));
  const immutable = new Uint8Array(new Uint8Array(8).buffer.transferToImmutable());
  const part = new Uint32Array(new ArrayBuffer(64), 16, 4);
  const whole = new Uint8Array(part.buffer);
  const detached = new Uint8Array(8);
  detached.buffer.transfer();
  const name = (array) => {
    try {
      crypto.getRandomValues(array);
      return "fine";
    } catch (error) {
      return error.name;
    }
  };
  for (let i = 0; i < 3000; i++) {
    assert_equals(name(part), "fine");
    assert_equals(name(detached), "fine");
    for (const array of [resizable, shared, immutable]) assert_equals(name(array), "TypeError");
    assert_equals(name(new Float32Array(1)), "TypeMismatchError");
  }
  const large = new Uint16Array(40_000);
  assert_equals(name(large), "QuotaExceededError");
  for (const array of [resizable, shared, immutable, large]) assert_true(array.every((n) => n === 0));
  assert_true(isFilled(part));
  assert_true(whole.subarray(0, 16).every((n) => n === 0));
  assert_true(whole.subarray(32).every((n) => n === 0));
}, "optimized code fills and refuses the same");
