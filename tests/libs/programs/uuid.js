import { NIL, MAX, parse, stringify, v1, v3, v4, v5, v6, v7, validate, version } from "uuid";

console.log(v3("hello", v3.DNS), v5("https://x.example/ü", v5.URL));
console.log(v4({ random: new Uint8Array(16).fill(7) }), v1({ node: [1, 2, 3, 4, 5, 6], clockseq: 0x1234, msecs: 0, nsecs: 0 }));
console.log(v7({ msecs: 1_700_000_000_000, random: new Uint8Array(16).fill(9), seq: 1 }), version(v6()));
const many = new Set(Array.from({ length: 1000 }, () => v4()));
console.log(many.size, [...many].every((id) => validate(id) && version(id) === 4));
const ordered = Array.from({ length: 100 }, () => v7());
console.log(ordered.join() === ordered.toSorted().join());
console.log(stringify(parse("6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b")), validate("not one"), NIL, MAX);
