import {
  Gunzip, Gzip, Inflate, Unzip, UnzipInflate, compressSync, decompressSync, deflateSync, gunzipSync, gzipSync, inflateSync,
  strFromU8, strToU8, unzipSync, unzlibSync, zipSync, zlibSync,
} from "fflate";

const text = "The quick brown fox jumps over the lazy dog. ".repeat(200) + "äöü € 🦊";
const bytes = strToU8(text);
console.log(bytes.length, strFromU8(bytes) === text);
for (const [name, pack, unpack] of [
  ["deflate", deflateSync, inflateSync], ["gzip", (it) => gzipSync(it, { mtime: 0 }), gunzipSync], ["zlib", zlibSync, unzlibSync],
  ["any", compressSync, decompressSync],
]) {
  const packed = pack(bytes);
  console.log(name, packed.length < 300, strFromU8(unpack(packed)) === text);
}

const zip = zipSync({ "a.txt": strToU8("alpha"), folder: { "b.bin": new Uint8Array([0, 255, 1]) } }, { mtime: "2024-01-01" });
const files = unzipSync(zip);
console.log(Object.keys(files).join(), strFromU8(files["a.txt"]), files["folder/b.bin"].join());

const names = [];
const unzip = new Unzip((file) => {
  file.ondata = (error, chunk, final) => names.push(`${file.name}:${chunk.length}:${final}`);
  file.start();
});
unzip.register(UnzipInflate);
for (let i = 0; i < zip.length; i += 50) unzip.push(zip.subarray(i, i + 50), i + 50 >= zip.length);
console.log(names.at(-1));

let out = "";
const gunzip = new Gunzip((chunk) => { out += strFromU8(chunk, true); });
const gzip = new Gzip({ level: 9 }, (chunk, final) => gunzip.push(chunk, final));
for (let i = 0; i < bytes.length; i += 1000) gzip.push(bytes.slice(i, i + 1000), i + 1000 >= bytes.length);
console.log(out.length);
try {
  new Inflate(() => {}).push(new Uint8Array([7, 7, 7]), true);
} catch (error) {
  console.log(error.message);
}
