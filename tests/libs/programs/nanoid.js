import { customAlphabet, customRandom, nanoid, random, urlAlphabet } from "nanoid";
import { nanoid as insecure } from "nanoid/non-secure";

const ids = new Set(Array.from({ length: 2000 }, () => nanoid()));
console.log(ids.size, [...ids].every((id) => /^[\w-]{21}$/.test(id)), nanoid(5).length);
console.log(/^[0-9a-f]{12}$/.test(customAlphabet("0123456789abcdef", 12)()));
console.log(customRandom("ab", 6, (size) => new Uint8Array(size).map((_, i) => i))());
console.log(random(4).length, urlAlphabet.length, insecure().length);
