import { assert_array_equals, assert_equals, assert_throws_dom, assert_throws_js, assert_true, test } from "./harness.js";

export { run } from "./harness.js";

// What the encoder should make of a string, code point by code point.
function reference(string) {
  const bytes = [];
  for (const character of string.toWellFormed()) {
    const code = character.codePointAt(0);
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return bytes;
}

let seed = 7;
const random = (below) => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return seed % below;
};

const alphabets = [
  ["a", "b", "~"],
  ["a", "\u00e4", "\u00ff", "\u0080"],
  ["a", "\u0100", "\u4e2d", "\ufeff"],
  ["a", "\u{1f499}", "\u{10ffff}", "\u4e2d"],
  ["a", "\ud800", "\udc00", "\u{1f499}"],
];

function* strings() {
  for (const alphabet of alphabets) {
    for (const length of [0, 1, 2, 15, 16, 31, 32, 33, 63, 64, 65, 200, 1025]) {
      let string = "";
      for (let i = 0; i < length; i++) string += alphabet[random(alphabet.length)];
      yield string;
    }
  }
}

test(() => {
  for (const string of strings()) {
    assert_array_equals(new TextEncoder().encode(string), reference(string), JSON.stringify(string));
  }
}, "strings of all kinds are encoded");

test(() => {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (const string of strings()) {
    const bytes = new TextEncoder().encode(string);
    assert_equals(decoder.decode(bytes), string.toWellFormed(), JSON.stringify(string));
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    assert_equals(decoder.decode(shared), string.toWellFormed(), JSON.stringify(string));
  }
}, "what was encoded is decoded");

test(() => {
  for (const string of strings()) {
    const bytes = reference(string);
    for (const room of [0, 1, 2, 3, 5, bytes.length - 1, bytes.length, bytes.length + 9]) {
      if (room < 0) continue;
      const target = new Uint8Array(room + 2).fill(7);
      const { read, written } = new TextEncoder().encodeInto(string, target.subarray(1, room + 1));
      const { length } = reference(string.slice(0, read));
      assert_equals(written, length, JSON.stringify([string, room]));
      assert_array_equals([...target], [7, ...bytes.slice(0, written), ...new Array(room + 1 - written).fill(7)]);
      // No more would have fitted.
      if (read < string.length) {
        const next = String.fromCodePoint(string.codePointAt(read));
        assert_true(written + reference(next).length > room, JSON.stringify([string, room]));
      }
    }
  }
}, "encodeInto writes whole characters up to the end of the room");

test(() => {
  // Random bytes, many of them malformed, split anywhere: a stream gives what one piece gives.
  for (let round = 0; round < 300; round++) {
    const bytes = new Uint8Array(random(40));
    const lead = [0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xa0, 0xed, 0xef, 0xbb, 0xbf, 0xf0, 0x9f, 0xf4, 0x8f, 0xff];
    for (let i = 0; i < bytes.length; i++) bytes[i] = lead[random(lead.length)];
    for (const label of ["utf-8", "utf-16le", "shift_jis", "gb18030"]) {
      const whole = new TextDecoder(label).decode(bytes);
      const decoder = new TextDecoder(label);
      let joined = "";
      for (let at = 0; at < bytes.length;) {
        const end = at + random(5);
        joined += decoder.decode(bytes.subarray(at, end), { stream: true });
        at = end;
      }
      joined += decoder.decode();
      assert_equals(joined, whole, `${label} ${bytes}`);
    }
  }
}, "a stream decodes to the same as all of it at once");

test(() => {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  assert_equals(decoder.decode(new Uint8Array([0xe2, 0x82]), { stream: true }), "");
  assert_throws_js(TypeError, () => decoder.decode(new Uint8Array([0x41]), { stream: true }));
  decoder.decode(new Uint8Array(0));
  assert_equals(decoder.decode(new Uint8Array([0x41])), "A");
}, "a decoder can be used after an error");

test(() => {
  const bytes = new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 }));
  assert_throws_js(TypeError, () => new TextDecoder().decode(bytes));
  assert_throws_js(TypeError, () => new TextEncoder().encodeInto("a", bytes));
  const immutable = new Uint8Array(new Uint8Array([97, 98]).buffer.transferToImmutable());
  assert_equals(new TextDecoder().decode(immutable), "ab");
  assert_throws_js(TypeError, () => new TextEncoder().encodeInto("x", immutable));
  assert_array_equals(immutable, [97, 98]);
}, "buffers that can be resized are refused, and immutable ones only read");

test(() => {
  for (let length = 0; length < 200; length++) {
    let binary = "";
    for (let i = 0; i < length; i++) binary += String.fromCharCode(random(256));
    const encoded = btoa(binary);
    assert_equals(encoded.length, Math.ceil(length / 3) * 4);
    assert_equals(atob(encoded), binary);
    // Padding may be absent, white space anywhere.
    assert_equals(atob(` ${encoded.replaceAll("=", "").split("").join("\n")}\f`), binary);
  }
  // Two bytes a character, none of them above U+00FF.
  const wide = "\u0100aGk=\u00e4".slice(1, -1);
  assert_equals(atob(wide), "hi");
  assert_throws_dom("InvalidCharacterError", () => atob("\u0100"));
  assert_throws_dom("InvalidCharacterError", () => btoa("a\u0100"));
}, "base64 goes both ways");

test(() => {
  const { charCodeAt } = String.prototype;
  const { subarray } = Uint8Array.prototype;
  const broken = () => { throw new Error("a patched method ran"); };
  String.prototype.charCodeAt = broken;
  Object.getPrototypeOf(Uint8Array.prototype).subarray = broken;
  try {
    assert_equals(new TextDecoder().decode(new TextEncoder().encode("h\u00e4")), "h\u00e4");
    assert_equals(atob(btoa("hi")), "hi");
  } finally {
    String.prototype.charCodeAt = charCodeAt;
    Object.getPrototypeOf(Uint8Array.prototype).subarray = subarray;
  }
}, "patched methods are not called");

test(() => {
  const decoder = new TextDecoder();
  assert_equals(decoder.decode(new Uint8Array([0xe2, 0x82]), { stream: true }), "");
  assert_throws_js(TypeError, () => decoder.decode(5));
  assert_equals(decoder.decode(new Uint8Array([0xac])), "\u20ac");
}, "an argument that is refused leaves what is begun");
