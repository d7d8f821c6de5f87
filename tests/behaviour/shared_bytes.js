// Every way to write into a typed array or buffer that JavaScript has, against an immutable one. A
// writer may throw or do nothing; the contents must stay.

const KINDS = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  Float16Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array,
];

// Bodies of functions of `a`, a typed array, `i`, an index, and `v`, an element.
const WRITERS = {
  assign: "a[i] = v",
  constantIndex: "a[0] = v",
  stringIndex: "a['1'] = v",
  increment: "a[i]++",
  compound: "a[i] += v",
  exponent: "a[i] **= v",
  logical: "a[i] &&= v; a[i] ||= v; a[i] ??= v",
  pattern: "[a[i]] = [v]",
  objectPattern: "({ x: a[i] } = { x: v })",
  rest: "[...a[i]] = [v]",
  forOf: "for (a[i] of [v]);",
  forIn: "for (a[i] in { 7: 7 });",
  outOfBounds: "a[i + 1000] = v; a[-1] = v; a[i] = v",
  loop: "for (let k = 0; k < 4; k++) a[k] = v",
  reflectSet: "Reflect.set(a, i, v)",
  reflectSetReceiver: "Reflect.set({}, i, v, a)",
  inherited: "Object.create(a)[i] = v",
  proxy: "new Proxy(a, {})[i] = v",
  define: "Object.defineProperty(a, i, { value: v })",
  defineFull: "Object.defineProperty(a, i, { value: v, writable: true, enumerable: true, configurable: true })",
  defineAccessor: "Object.defineProperty(a, i, { get() { return v; } })",
  reflectDefine: "Reflect.defineProperty(a, i, { value: v })",
  objectAssign: "Object.assign(a, { [i]: v })",
  delete: "delete a[i]",
  fill: "a.fill(v)",
  fillPart: "a.fill(v, 1, 3)",
  setArray: "a.set([v, v], i)",
  setTyped: "a.set(new a.constructor([v, v]), i)",
  setOther: "a.set(typeof v === 'bigint' ? new BigInt64Array([v]) : new Float64Array([v]), i)",
  setItself: "a.set(a.subarray(1, 3), 0)",
  setArrayLike: "a.set({ length: 1, 0: v }, i)",
  sort: "a.sort()",
  sortBy: "a.sort((x, y) => (x < y ? 1 : -1))",
  reverse: "a.reverse()",
  copyWithin: "a.copyWithin(0, 1)",
  subarray: "a.subarray(1)[0] = v",
  arrayFill: "Array.prototype.fill.call(a, v)",
  arrayReverse: "Array.prototype.reverse.call(a)",
  arraySort: "Array.prototype.sort.call(a)",
  arrayCopyWithin: "Array.prototype.copyWithin.call(a, 0, 1)",
  arrayPush: "Array.prototype.push.call(a, v)",
  arrayPop: "Array.prototype.pop.call(a)",
  arrayShift: "Array.prototype.shift.call(a)",
  arrayUnshift: "Array.prototype.unshift.call(a, v)",
  arraySplice: "Array.prototype.splice.call(a, 0, 1, v)",
  atomicsStore: "Atomics.store(a, i, v)",
  atomicsAdd: "Atomics.add(a, i, v)",
  atomicsSub: "Atomics.sub(a, i, v)",
  atomicsAnd: "Atomics.and(a, i, v)",
  atomicsOr: "Atomics.or(a, i, v)",
  atomicsXor: "Atomics.xor(a, i, v)",
  atomicsExchange: "Atomics.exchange(a, i, v)",
  atomicsCompareExchange: "Atomics.compareExchange(a, i, a[i], v)",
  atomicsNotify: "Atomics.notify(a, i, 1)",
  field: "class B { constructor() { return a; } } new (class extends B { 0 = v; })()",
  computedField: "class B { constructor() { return a; } } new (class extends B { [i] = v; })()",
  superStore: "({ __proto__: {}, m() { super[i] = v; } }).m.call(a)",
  superTyped: "({ __proto__: a, m() { super[i] = v; } }).m.call(a)",
  superTypedOther: "({ __proto__: a, m() { super[i] = v; } }).m()",
  reviver: "JSON.parse('{\"x\":1,\"y\":2}', function (k) { if (k === 'x') this.y = a; return v; })",
  typedFrom: "a.constructor.from.call(function () { return a; }, [v, v])",
  typedOf: "a.constructor.of.call(function () { return a; }, v, v)",
  arrayFrom: "Array.from.call(function () { return a; }, [v, v])",
  arrayFromLike: "Array.from.call(function () { return a; }, { length: 1, 0: v })",
  arrayOf: "Array.of.call(function () { return a; }, v, v)",
  speciesMap: "species(a, (m) => m.map(() => v))",
  speciesFilter: "species(a, (m) => m.filter(() => true))",
  speciesSlice: "species(a, (m) => m.slice(0, 2))",
  speciesSubarray: "species(a, (m) => (m.subarray(0, 2)[0] = v))",
  speciesArrayMap: "speciesArray(a, [v, v], (m) => m.map(() => v))",
  speciesArrayConcat: "speciesArray(a, [v, v], (m) => m.concat([v]))",
  speciesArraySlice: "speciesArray(a, [v, v], (m) => m.slice())",
  speciesArraySplice: "speciesArray(a, [v, v], (m) => m.splice(0, 2))",
  speciesArrayFilter: "speciesArray(a, [v, v], (m) => m.filter(() => true))",
  speciesArrayFlat: "speciesArray(a, [[v], [v]], (m) => m.flat())",
  bufferSpecies: "bufferSpecies(a.buffer)",
  base64: "a.setFromBase64('/////w==')",
  hex: "a.setFromHex('ffffffff')",
  random: "crypto.getRandomValues(a)",
  setInt8: "new DataView(a.buffer).setInt8(i, 77)",
  setUint8: "new DataView(a.buffer).setUint8(i, 77)",
  setInt16: "new DataView(a.buffer).setInt16(i, 77)",
  setUint16: "new DataView(a.buffer).setUint16(i, 77, true)",
  setInt32: "new DataView(a.buffer).setInt32(i, 77)",
  setUint32: "new DataView(a.buffer).setUint32(i, 77, true)",
  setFloat16: "new DataView(a.buffer).setFloat16(i, 77)",
  setFloat32: "new DataView(a.buffer).setFloat32(i, 77, true)",
  setFloat64: "new DataView(a.buffer).setFloat64(i, 77)",
  setBigInt64: "new DataView(a.buffer).setBigInt64(i, 77n, true)",
  setBigUint64: "new DataView(a.buffer).setBigUint64(i, 77n)",
  resize: "a.buffer.resize(0)",
  transfer: "a.buffer.transfer()",
  transferShorter: "a.buffer.transfer(4)",
  transferToFixedLength: "a.buffer.transferToFixedLength()",
  transferToImmutable: "a.buffer.transferToImmutable()",
  cloneTransfer: "structuredClone(a.buffer, { transfer: [a.buffer] })",
  cloneTransferView: "structuredClone(a, { transfer: [a.buffer] })",
  length: "a.length = 0; a.buffer.byteLength = 0",
  freeze: "Object.freeze(a)",
  freezeBuffer: "Object.freeze(a.buffer)",
  maxByteLength: "new a.constructor(a.buffer.slice(0))[i] = v",
};

// Some constructors, as objects of a species, give back what is attacked.
globalThis.species = (a, use) => {
  const other = new (class extends a.constructor {
    static get [Symbol.species]() {
      return function () { return a; };
    }
  })(2);
  return use(other);
};
globalThis.speciesArray = (a, array, use) => {
  array.constructor = { [Symbol.species]: function () { return a; } };
  return use(array);
};
globalThis.bufferSpecies = (buffer) => {
  const other = new ArrayBuffer(8);
  new Uint8Array(other).fill(77);
  other.constructor = { [Symbol.species]: function () { return buffer; } };
  return other.slice(0, 8);
};

const bytes = (buffer) => Array.from(new Uint8Array(buffer)).join();

// One function of its own for each kind, writer and mode, so that each optimizes for its kind alone; a
// loop inside, so that it does so soon.
function compile(body, strict) {
  const make = new Function(`return function (a, i, v, times) {
    ${strict ? "'use strict';" : ""}
    for (let round = 0; round < times; round++) { ${body}; }
  }`);
  return make();
}

function attempt(writer, ...args) {
  try {
    writer(...args);
  } catch (error) {
    return error;
  }
}

const element = (Kind) => (Kind === BigInt64Array || Kind === BigUint64Array ? 77n : 77);

// Every writer for every kind; those that differ in sloppy mode so too.
const cases = [];
for (const Kind of KINDS) {
  let differ = 22;
  for (const name of Object.keys(WRITERS)) {
    cases.push({ name, Kind, strict: true });
    if (differ-- > 0) cases.push({ name, Kind, strict: false });
  }
}

// Runs a writer until V8 has optimized it: some thousand rounds, but some milliseconds at most.
function heat(write, Kind) {
  const v = element(Kind);
  const end = performance.now() + 4;
  for (let n = 0; n < 100 && performance.now() < end; n++) {
    // What shrinks, freezes or detaches its buffer fails from then on; the next call has a new one.
    attempt(write, new Kind(64), n & 3, v, 200);
  }
}

// What was made hot before any immutable buffer was there.
const early = [];

export function prepare() {
  for (const { name, Kind, strict } of cases) {
    const write = compile(WRITERS[name], strict);
    heat(write, Kind);
    early.push({ name, Kind, strict, write });
  }
  return early.length;
}

// Which writers write at all, into a buffer that lets them.
export function control(contents) {
  const effective = new Set();
  for (const { name, Kind, strict } of cases) {
    const buffer = new Uint8Array(contents).buffer;
    attempt(compile(WRITERS[name], strict), new Kind(buffer), 1, element(Kind), 1);
    if (buffer.detached || bytes(buffer) !== contents.join()) effective.add(name);
  }
  return Object.keys(WRITERS).filter((name) => !effective.has(name));
}

export function attack(buffer) {
  const before = bytes(buffer);
  const holes = [];
  const check = (how, { name, Kind, strict }) => {
    if (buffer.detached || bytes(buffer) !== before) {
      holes.push(`${how}: ${name} of ${Kind.name}${strict ? ", strict" : ""}`);
    }
  };
  if (buffer.immutable !== true) holes.push("the buffer is not immutable");
  const strike = (how, tried) => {
    const a = new tried.Kind(buffer);
    for (let n = 0; n < 4; n++) attempt(tried.write, a, n, element(tried.Kind), 2);
    check(how, tried);
  };
  for (const tried of early) strike("hot before the first immutable buffer", tried);
  for (const { name, Kind, strict } of cases) {
    const tried = { name, Kind, strict, write: compile(WRITERS[name], strict) };
    strike("cold", tried);
    heat(tried.write, Kind);
    strike("hot", tried);
    const a = new Kind(buffer);
    for (let n = 0; n < 300; n++) attempt(tried.write, a, n & 3, element(Kind), 2);
    check("hot with an immutable buffer", tried);
  }
  return holes;
}

// --- WebAssembly that calls DataView's setters, which V8 compiles into the module ---------------------

const SETTERS = [
  ["setInt8", 0x7f, false], ["setUint8", 0x7f, false], ["setInt16", 0x7f, true],
  ["setUint16", 0x7f, true], ["setInt32", 0x7f, true], ["setUint32", 0x7f, true],
  ["setFloat32", 0x7d, true], ["setFloat64", 0x7c, true], ["setBigInt64", 0x7e, true],
  ["setBigUint64", 0x7e, true],
];

function module(type, endian) {
  const section = (id, ...items) => {
    const body = items.flat(Infinity);
    return [id, body.length & 0x7f | 0x80, body.length >> 7, ...body];
  };
  const name = (text) => [text.length, ...[...text].map((c) => c.charCodeAt(0))];
  const constant = {
    0x7f: [0x41, 5], 0x7e: [0x42, 5], 0x7d: [0x43, 0, 0, 0xa0, 0x40],
    0x7c: [0x44, 0, 0, 0, 0, 0, 0, 0x14, 0x40],
  }[type];
  const params = [0x6f, 0x7f, type, ...(endian ? [0x7f] : [])];
  // (func (export "run") (param externref i32) (loop call; count down))
  const code = [
    0, 0x03, 0x40,
    0x20, 0, 0x41, 8, ...constant, ...(endian ? [0x41, 1] : []), 0x10, 0,
    0x20, 1, 0x41, 1, 0x6b, 0x22, 1, 0x0d, 0,
    0x0b, 0x0b,
  ];
  return new WebAssembly.Module(new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, 2, 0x60, params.length, params, 0, 0x60, 2, 0x6f, 0x7f, 0),
    ...section(2, 1, name("d"), name("s"), 0, 0),
    ...section(3, 1, 1),
    ...section(7, 1, name("run"), 0, 1),
    ...section(10, 1, code.length, code),
  ]));
}

export async function attackByWasm(buffer) {
  const before = bytes(buffer);
  const holes = [];
  for (const [setter, type, endian] of SETTERS) {
    const s = Function.prototype.call.bind(DataView.prototype[setter]);
    const { run } = new WebAssembly.Instance(module(type, endian), { d: { s } }).exports;
    const own = new DataView(new ArrayBuffer(64));
    const view = new DataView(buffer);
    const thrown = [];
    for (let round = 0; round < 15; round++) {
      run(own, 50_000);
      thrown.push(attempt(run, view, 3));
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    if (own.getUint8(8) === 0 && own.getUint8(9) === 0 && own.getUint8(10) === 0 && own.getUint8(15) === 0) {
      holes.push(`${setter} writes nothing at all`);
    }
    if (!thrown.every((error) => error instanceof TypeError)) holes.push(`${setter} does not throw`);
    if (bytes(buffer) !== before) holes.push(`${setter} of wasm`);
  }
  return holes;
}

// --- what the proposal says ------------------------------------------------------------------------

export function semantics(buffer) {
  "use strict";
  const a = new Uint8Array(buffer);
  const throws = (body) => attempt(body) instanceof TypeError;
  return {
    immutable: buffer.immutable,
    strictStore: throws(() => { a[0] = 9; }),
    reflectSet: Reflect.set(a, 0, 9),
    descriptor: Object.getOwnPropertyDescriptor(a, 0),
    fill: throws(() => a.fill(9)),
    dataView: throws(() => new DataView(buffer).setInt8(0, 9)),
    atomics: throws(() => Atomics.store(a, 0, 9)),
    atomicsLoad: Atomics.load(a, 0),
    slice: buffer.slice(0, 2).immutable,
    sliceToImmutable: buffer.sliceToImmutable(0, 2).immutable,
    clone: structuredClone(buffer).immutable,
    cloneIsOther: structuredClone(buffer) !== buffer,
    transfer: attempt(() => structuredClone(buffer, { transfer: [buffer] })).name,
    detached: buffer.detached,
  };
}
