// Writes the corpus of the fuzz targets: run `node fuzz/seeds/make.mjs` from the checkout.
//
// Values come from V8's own serializer, through `node:v8`. Node 20's V8 (11.3) writes format
// version 15; the two differences from version 16 that matter are undone here for a second copy:
// the version byte, and an error's stack, which stands before its cause since 16. What Node's V8
// does not write (host objects of ours, Float16Array, immutable buffers, shared and wasm objects,
// tags that V8 only reads) is spelled out in bytes, after value-serializer.cc.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';

const corpus = join(dirname(fileURLToPath(import.meta.url)), '..', 'corpus');

class Serializer extends v8.Serializer {
  _getDataCloneError = Error;
  _getSharedArrayBufferId() {
    return 3;
  }
}

function serialize(value, transfers = []) {
  const serializer = new Serializer();
  serializer.writeHeader();
  transfers.forEach((buffer, id) => serializer.transferArrayBuffer(id, buffer));
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

const values = {};

// --- written by V8 -----------------------------------------------------------------------------

values.undefined = undefined;
values.null = null;
values.true = true;
values.false = false;
values['int-zero'] = 0;
values['int-max'] = 2 ** 31 - 1;
values['int-min'] = -(2 ** 31);
values['double-2e31'] = 2 ** 31;
values['double-minus-zero'] = -0;
values['double-nan'] = NaN;
values['double-infinity'] = Infinity;
values['bigint-zero'] = 0n;
values['bigint-one'] = 1n;
values['bigint-negative'] = -(2n ** 64n);
values['bigint-long'] = 3n ** 400n;
values['string-empty'] = '';
values['string-ascii'] = 'hello';
values['string-latin1'] = 'café';
values['string-two-byte'] = '€uro';
values['string-lone-surrogate'] = 'a\uD800b';
values['string-two-byte-representation'] = '€ascii tail that is long enough to slice'.slice(1);
values['string-long'] = 'x'.repeat(300);
values['string-two-byte-long'] = '€'.repeat(100);
values['object-empty'] = {};
values['object-plain'] = { id: 7, s: 'text' };
values['object-nested'] = { a: { b: { c: [1, 'two', null] } } };
values['object-two-byte-keys'] = { a: 1, 'ключ': 2, b: '€', 'ключ два': [3] };
values['object-index-keys'] = {
  b: 1, 4294967294: 2, 4294967295: 3, 10: 4, 2147483648: 5, 1: 1, '01': 2, '-1': 3, '1.5': 4,
};
values['object-proto-key'] = JSON.parse('{"__proto__": 1, "constructor": 2}');
values['object-many'] = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`key${i}`, i]));
values['array-empty'] = [];
values['array-smi'] = [1, 2, 3];
values['array-double'] = [1.5, 2];
values['array-mixed'] = [1, 'a', null, undefined, {}, [true]];
values['array-holes'] = [1, , 3];
values['array-sparse'] = (() => { const a = []; a[1000] = 'x'; return a; })();
values['array-sparse-far'] = (() => { const a = [1]; a[4294967294] = 2; return a; })();
values['array-properties'] = Object.assign([1, 2], { name: 'x', 'két': 1 });
values['array-match'] = /b(.)/d.exec('abc');
values['array-shrinks'] = (() => {
  // A getter that shortens the array leaves holes in a dense one.
  const a = [{ get x() { a.length = 1; return 1; } }, 2, 3];
  return a;
})();
values['date'] = new Date(1700000000000);
values['date-invalid'] = new Date(NaN);
values['boxed-true'] = new Boolean(true);
values['boxed-false'] = new Boolean(false);
values['boxed-number'] = new Number(1.5);
values['boxed-bigint'] = Object(-5n);
values['boxed-string'] = new String('boxed');
values['boxed-string-two-byte'] = new String('€');
values['boxed-all'] = [new Number(1), new Boolean(true), new String('s'), Object(1n)];
values['regexp'] = /a(b)+/gi;
values['regexp-all-flags'] = /x/dgimsuy;
values['regexp-v'] = /[a&&b]/v;
values['regexp-two-byte'] = /€+/;
values['map-empty'] = new Map();
values['map'] = new Map([['a', 1], [2, 'b'], [{}, []], [null, undefined]]);
values['map-cyclic'] = (() => { const m = new Map(); m.set(m, m); return m; })();
values['set-empty'] = new Set();
values['set'] = new Set([1, 'a', {}, -0]);
values['set-cyclic'] = (() => { const s = new Set(); s.add(s); return s; })();
values['cycle-self'] = (() => { const o = {}; o.self = o; return o; })();
values['cycle-array'] = (() => { const a = []; a.push(a, a); return a; })();
values['shared'] = (() => { const x = { v: 1 }; return { a: x, b: x, c: [x, x] }; })();
values['doubling'] = (() => { let x = []; for (let i = 0; i < 6; i++) x = [x, x]; return x; })();
values['nested-deep'] = (() => { let x = []; for (let i = 0; i < 200; i++) x = [x]; return x; })();
const bytes = Uint8Array.from({ length: 16 }, (_, i) => 16 * i + 3);
values['buffer-empty'] = new ArrayBuffer(0);
values['buffer'] = bytes.buffer;
values['buffer-resizable'] = new ArrayBuffer(4, { maxByteLength: 1024 });
for (const View of [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
  Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView,
]) {
  values[`view-${View.name}`] = new View(bytes.buffer.slice(0));
  values[`view-${View.name}-part`] = new View(bytes.buffer.slice(0), 8, 1);
}
values['view-length-tracking'] = new Uint16Array(new ArrayBuffer(8, { maxByteLength: 64 }), 2);
values['view-fixed-on-resizable'] =
  new Uint8Array(new ArrayBuffer(8, { maxByteLength: 64 }), 2, 4);
values['dataview-length-tracking'] = new DataView(new ArrayBuffer(8, { maxByteLength: 64 }), 2);
values['views-share-a-buffer'] = (() => {
  const b = new ArrayBuffer(8);
  const view = new Uint8Array(b, 1, 2);
  return { b, v: new Uint8Array(b), w: view, again: view, d: new DataView(b) };
})();
values['shared-buffer'] = new SharedArrayBuffer(8);
values['shared-buffer-view'] = new Uint8Array(new SharedArrayBuffer(8), 1);
for (const Class of [
  Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError,
]) {
  const error = new Class('message');
  error.stack = `${Class.name}: message\n    at file.js:1:2`;
  values[`error-${Class.name}`] = error;
}
values['error-bare'] = (() => { const e = new Error(); e.stack = undefined; return e; })();
values['error-two-byte'] = (() => { const e = new Error('€'); e.stack = '€'; return e; })();
values['error-custom-name'] = (() => {
  const e = new Error('m'); e.name = 'CustomError'; e.stack = 's'; return e;
})();
function caused(cause) {
  const error = new Error('outer', { cause });
  error.stack = 'at outer';
  return error;
}
values['error-cause'] = caused({ code: 5 });
values['error-cause-chain'] = caused(caused(caused('end')));
values['error-cause-self'] = (() => { const e = caused(1); e.cause = e; return e; })();
values['everything'] = [
  new Map([[new Date(0), new Set([/x/, 10n])]]), caused([bytes, new Float64Array([NaN, -0])]),
  { '€': '€', n: [1, , 3], 5: new String('5') },
];

// --- spelled out -------------------------------------------------------------------------------

const raw = (...parts) => Buffer.concat(parts.map((part) =>
  typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)));
const double = (number) => Buffer.from(new Float64Array([number]).buffer);
const inner = raw([0xFF, 16], 'o"\x01xI\x02{\x01');
const spelled = {
  'read-only-uint32': raw('U', [0xFF, 0xFF, 0xFF, 0xFF, 0x0F]),
  'read-only-utf8': raw('S\x03', [0xE2, 0x82, 0xAC]),
  'read-only-utf8-bad': raw('S\x03', [0xE2, 0x28, 0xAC]),
  'read-only-count': raw('?\x05o?\x01"\x01a?\x00_{\x01'),
  'read-only-padding': raw('\0\0\0A\x01\0\0_\0$\0\x01'),
  'read-only-uint32-key': raw('oU\x05_U', [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], '_{\x02'),
  'view-Float16Array': raw('B\x04\x00\x3C\x00\xC0Vh\x00\x04\x00'),
  'buffer-immutable': raw('C\x03abc'),
  'buffer-immutable-view': raw('C\x03abcVB\x01\x02\x00'),
  'shared-object': raw('p\x02'),
  'wasm-module': raw('w\x01'),
  'wasm-memory': raw('m\x14\x00u\x00f', [0x80, 0x80, 0x04]),
  'wasm-memory-growable': raw('m\x14\x00u\x00r^\x00'),
  'wasm-memory-twice': raw('A\x02m\x01\x01u\x00f\x00^\x01$\x00\x02'),
  'wasm-memory-buffer': raw('A\x02u\x00f\x08Vb\x00\x08\x00m\x14\x00^\x01$\x00\x02'),
  'host-actor': raw('\\\x01', [0x85, 0x80, 0x80, 0x80, 0x10]),
  'host-actors': raw('A\x02\\\x01\x05^\x01$\x00\x02'),
  'host-dom-exception': raw('\\\x02\x00\x0AAbortError\x01\x04', [0xAC, 0x20, 0x21, 0], '\x00\x00'),
  'host-aggregate-error': raw('\\\x03\x0F\x00\x01m\x01\x02', [0xAC, 0x20], 'I\x0AA\x01I\x02$\x00\x01'),
  'host-aggregate-error-bare': raw('\\\x03\x00'),
  'host-aggregate-error-self': raw('\\\x03\x0C^\x00A\x02^\x00^\x01$\x00\x02'),
  'host-aggregate-error-shares': raw('A\x02\\\x03\x08o{\x00$\x00\x02A\x02^\x02^\x00$\x00\x02'),
  'host-aggregate-error-nested': raw(
    'A\x02\\\x03\x0C\\\x03\x08$\x00\x02', '\\\x03\x08', 'A\x01_$\x00\x01', 'T', '^\x04'),
  'host-aggregate-error-in-hook': raw(
    '\\\x04\x00\x05Point', [12], [0xFF, 16], '\\\x03\x08A\x01^\x00$\x00\x01'),
  'host-clone-hook': raw('\\\x04\x00\x05Point', [inner.length], inner),
  'host-blob': raw('\\\x05\x00\x0Atext/plain\x05\x01\x00'),
  'host-file': raw('\\\x06\x00\x00\x02\x00\x00\x01\x02', [0xAC, 0x20], double(1.5e12)),
  'host-form-data': raw('\\\x07\x03\x00\x01a\x00\x00\x01b\x01\x02', [0xAC, 0x20],
    '\x00\x00\x00\x00\x01a\x01\x00\x01t\x01\x02\x00\x00\x01n', double(-1)),
  'host-form-data-empty': raw('\\\x07\x00'),
  'host-crypto-key': raw('\\\x08\x00'),
};

function write(folder, name, data) {
  writeFileSync(join(corpus, folder, name), data);
}

const clean = (name) => name.replaceAll(/[^A-Za-z0-9-]/g, '_');
rmSync(join(corpus, 'value'), { recursive: true, force: true });
rmSync(join(corpus, 'envelope'), { recursive: true, force: true });
mkdirSync(join(corpus, 'value'), { recursive: true });
mkdirSync(join(corpus, 'envelope'), { recursive: true });

// Marker strings make an error's parts easy to find: `s` stack, `c` cause.
function stackFirst(value) {
  // Only for the seeds with one error whose cause is no error.
  const data = serialize(value);
  const cause = data.indexOf('m"\x05outerc') + 'm"\x05outer'.length;
  const stack = data.lastIndexOf('s"\x08at outer');
  return raw(
    data.subarray(0, cause), data.subarray(stack, data.length - 1),
    data.subarray(cause, stack), '.');
}

for (const [name, value] of Object.entries(values)) {
  const data = serialize(value);
  write('value', `v15-${clean(name)}`, data);
  if (name.includes('cause') || name === 'everything') continue;
  write('value', `v16-${clean(name)}`, raw([0xFF, 16], data.subarray(2)));
}
const transferred = new ArrayBuffer(8);
for (const [name, value] of Object.entries({
  'transferred': transferred,
  'transferred-view': [new Uint8Array(transferred, 2, 4), transferred],
})) {
  const data = serialize(value, [transferred]);
  write('value', `v16-${name}`, raw([0xFF, 16], data.subarray(2)));
}
const newOrder = stackFirst(caused({ code: 5 }));
write('value', 'v16-error-cause', raw([0xFF, 16], newOrder.subarray(2)));
write('value', 'v16-error-cause-self', raw([0xFF, 16], 'rTm"\x01ms"\x01sc^\x00.'));
for (const [name, data] of Object.entries(spelled)) {
  write('value', `v16-${name}`, raw([0xFF, 16], data));
}

// --- envelopes ---------------------------------------------------------------------------------

const varint = (n) => {
  const out = [];
  for (; n >= 0x80; n = Math.floor(n / 128)) out.push((n % 128) | 0x80);
  return Buffer.from([...out, n]);
};
const text = (s) => raw(varint(Buffer.byteLength(s)), Buffer.from(s));
const message = (value, transfers = []) => {
  const data = raw([0xFF, 16], serialize(value, transfers).subarray(2));
  const beside = transfers.map((b) => raw([0], varint(b.byteLength), new Uint8Array(b)));
  return raw(varint(transfers.length), ...beside, varint(data.length), data);
};
const isolate = (n) => raw([1, 0], varint(n));
const port = (n, p) => raw([1, 1], varint(n), varint(p));
const none = Buffer.from([0]);
const trace = raw([1], Buffer.alloc(16, 7), Buffer.alloc(8, 9), [1], text('vendor=1'));
const envelope = (body, { sender = none, target = none, deadline = none, traced = none } = {}) =>
  raw('nE\x01', varint(300), sender, target, deadline, traced, body);
const jsError = (name, rest = raw([0, 0])) => raw(
  text(name), text('message'), text('stack'), [1], text('app.js'), [1], varint(3), [0], [0],
  [0], [1], text('E_CODE'), rest);
const limit = raw(varint(1), varint(140), varint(128));
// A value that refers to what lies beside it, with that.
const beside = (transfer, ...body) => {
  const data = raw([0xFF, 16], ...body);
  return raw([1], transfer, varint(data.length), data);
};
const nothing = raw();
// What is wrong with bytes, by the number of its kind.
const decodeErrors = [
  raw(varint(300)), raw(varint(2)), raw(text('envelope'), varint(2), text('1')),
  raw([0x41], text('a key')), raw(varint(32)), raw(text('properties'), varint(1), varint(2)),
  raw(varint(7), varint(3)), raw(text('transferred buffer'), varint(1), varint(0)), raw(varint(5)),
  text('a SharedArrayBuffer'), raw(text('bytes of input'), varint(2 ** 33), varint(2 ** 26)),
  text('not an envelope'), raw(text('a Map'), text('u8')), raw(varint(0)), text('of one\'s own'),
];
const encodeErrors = [
  varint(128), raw(text('a string'), varint(2 ** 33), varint(2 ** 32)), nothing,
  raw(varint(3), text('a key that is none')), text('could not be cloned'), text('of one\'s own'),
];
const exits = [
  nothing, nothing, nothing, jsError('Error'), limit,
  raw(varint(6), [2]), text('a fault'), jsError('SyntaxError'), raw(varint(5), varint(1000)),
  nothing, text('connection reset'),
];
const refusals = [
  raw([1, 2]), varint(1024), text('f'), text('name'), raw(varint(9), [4], text('no')), limit,
  limit, raw(varint(9), [11], text('no'), [0]), nothing, nothing, text('host'),
];
const seeds = {
  'ask': envelope(raw([0], text('add'), message([1, 2])), {
    sender: isolate(5), target: isolate(2 ** 32 + 6), deadline: raw([1], varint(500)), traced: trace,
  }),
  'ask-transfer': envelope(raw([0], text('f'), message([transferred], [transferred]))),
  'ask-port': envelope(raw([0], text('f'), [1, 1], varint(6), varint(2), varint(3),
    [0xFF, 16], '_')),
  'tell': envelope(raw([1], text('log'), message({ level: 'info' })), { target: port(7, 2) }),
  'reply': envelope(raw([2], message(new Map([['a', 1]])), [0])),
  'reply-receipt': envelope(raw([2], message(undefined), [1, 1, 2, 3, 4, 5, 6])),
  'failure-not-running': envelope(raw([3, 0, 0, 1, 2], [1], message('back'))),
  'failure-no-handler': envelope(raw([3, 0, 2], text('f'), [0])),
  'failure-encode': envelope(raw([3, 0, 4], varint(9), [4], text('could not be cloned'), [0])),
  'failure-too-large': envelope(raw([3, 0, 5], limit, [0])),
  'failure-invalid': envelope(raw([3, 0, 7], varint(9), [3, 0x41], text('a key'),
    varint(1), text('.x'), [0])),
  'failure-threw': envelope(raw([3, 1], jsError('TypeError'))),
  'failure-threw-cause': envelope(raw([3, 1], jsError('Error',
    raw([1], jsError('RangeError'), [2], jsError('A'), jsError('B'))))),
  'failure-limit': envelope(raw([3, 2], limit)),
  'failure-timeout': envelope(raw([3, 3], varint(1000), [1])),
  'failure-cancelled': envelope(raw([3, 4])),
  'failure-unknown': envelope(raw([3, 5, 5], varint(9), [2])),
  'failure-decode': envelope(raw([3, 6], varint(3), [12], text('a Map'), text('u8'), [0])),
  'cancel': envelope(raw([4])),
  'exit-normal': envelope(raw([5, 0]), { sender: isolate(5) }),
  'exit-threw': envelope(raw([5, 3], jsError('Error'))),
  'exit-limit': envelope(raw([5, 4], limit)),
  'exit-restarts': envelope(raw([5, 8], varint(5), varint(1000))),
  'exit-lost': envelope(raw([5, 10], text('connection reset'))),
  // Deeper than what is ever written: refused, since it would not come back as it is.
  'refused-exit-links': envelope(raw([5], Buffer.alloc(34, Buffer.from([5, 0])), [2])),
  'watch': envelope(raw([6])),
  'unwatch': envelope(raw([7])),
  'post': envelope(raw([8], message([new Date(0)])), { target: port(7, 2) }),
  'post-transferred-view': envelope(raw([8], beside(raw([0, 4], 'abcd'), 't\x00VB\x01\x02\x00'))),
  'post-immutable': envelope(raw([8], beside(raw([3, 3], 'abc'), 't\x00'))),
  'post-immutable-empty': envelope(raw([8], beside(raw([3, 0]), 't\x00'))),
  'post-immutable-view': envelope(raw([8], beside(raw([3, 4], 'abcd'), 't\x00VW\x02\x02\x00'))),
  'post-resizable': envelope(raw([8], beside(raw([4], varint(1024), [3], 'abc'), 't\x00'))),
  'post-resizable-full': envelope(raw([8], beside(raw([4, 3, 3], 'abc'), 't\x00'))),
  'post-resizable-view': envelope(raw([8],
    beside(raw([4], varint(1024), [4], 'abcd'), 't\x00VB\x01\x00\x03'))),
  'post-blob': envelope(raw([8],
    beside(raw([3, 5], 'abcde'), '\\\x05\x00\x0Atext/plain\x02\x01\x00'))),
  'post-file': envelope(raw([8],
    beside(raw([3, 2], 'ab'), raw('\\\x06\x00\x00\x02\x00\x00\x00\x01n', double(0))))),
  'refused-resizable-beyond': envelope(raw([8], beside(raw([4, 2, 3], 'abc'), 't\x00'))),
  'refused-resizable-large': envelope(raw([8], beside(raw([4], varint(2 ** 52), [0]), 't\x00'))),
  'refused-shared': envelope(raw([8], beside([2], 'u\x00'))),
};
decodeErrors.forEach((fields, kind) => {
  seeds[`failure-decode-${kind}`] =
    envelope(raw([3, 6], varint(3), [kind], fields, varint(2), text('.x'), text('[0]')));
});
encodeErrors.forEach((fields, kind) => {
  seeds[`failure-uncloneable-${kind}`] = envelope(raw([3, 7], varint(9), [kind], fields));
});
exits.forEach((fields, kind) => {
  seeds[`failure-unknown-${kind}`] = envelope(raw([3, 5, kind], fields));
});
refusals.forEach((fields, kind) => {
  seeds[`failure-refused-${kind}`] = envelope(raw([3, 0, kind], fields, [0]));
});
for (const [name, data] of Object.entries(seeds)) write('envelope', name, data);
