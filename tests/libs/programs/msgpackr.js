import { Encoder, Packr, Unpackr, addExtension, pack, unpack } from "msgpackr";

const value = {
  int: -5, big: 2n ** 60n, float: 1.5, text: "häßlich 🦊", bytes: new Uint8Array([1, 2, 255]), list: [null, true, undefined],
  date: new Date(86_400_000), nested: { a: { b: { c: "d" } } }, long: "x".repeat(300),
};
const packed = pack(value);
const back = unpack(packed);
// Where there is a Buffer, bytes come as one, which JSON writes otherwise.
back.bytes = Array.from(back.bytes);
console.log(packed instanceof Uint8Array, JSON.stringify(back, (_, it) => (typeof it === "bigint" ? `${it}n` : it)));
console.log([...pack([1, -1, 256, "a", null])].map((it) => it.toString(16)).join(" "));
const structured = new Packr({ structuredClone: true, moreTypes: true });
const cyclic = { map: new Map([[1, "one"]]), set: new Set(["s"]), error: new RangeError("r"), typed: new Float64Array([0.5]) };
cyclic.self = cyclic;
const again = structured.unpack(structured.pack(cyclic));
console.log(again.self === again, again.map.get(1), again.set.has("s"), again.error.message, again.typed[0]);
const records = new Packr({ structures: [] });
const rows = Array.from({ length: 50 }, (_, i) => ({ id: i, name: `n${i}`, ok: i % 2 === 0 }));
const dense = records.pack(rows);
console.log(dense.length < pack(rows).length * 1.1, records.unpack(dense)[49].name);
class Money { constructor(cents) { this.cents = cents; } }
addExtension({ Class: Money, type: 11, pack: (it) => pack(it.cents), unpack: (bytes) => new Money(unpack(bytes)) });
console.log(unpack(pack([new Money(995)]))[0] instanceof Money);
const encoder = new Encoder({ useRecords: false });
console.log(new Unpackr({ mapsAsObjects: true }).unpackMultiple(new Uint8Array([...encoder.pack({ a: 1 }), ...encoder.pack([2])])).length);
try {
  unpack(packed.subarray(0, 20));
} catch (error) {
  console.log(error.constructor.name);
}
