import { assert_array_equals, assert_equals, assert_true, promise_test, test } from "./harness.js";

export { run } from "./harness.js";

test(() => {
  assert_equals(new Intl.NumberFormat("de-DE").format(1234567.89), "1.234.567,89");
  const date = new Date(Date.UTC(2024, 2, 5));
  const german = new Intl.DateTimeFormat("de-DE", { dateStyle: "full", timeZone: "UTC" });
  assert_equals(german.format(date), "Dienstag, 5. M\u00e4rz 2024");
}, "Intl speaks German");

test(() => {
  const date = new Date(Date.UTC(2024, 2, 5));
  const japanese = new Intl.DateTimeFormat("ja-JP-u-ca-japanese", { dateStyle: "long", timeZone: "UTC" });
  assert_equals(japanese.format(date), "\u4ee4\u548c6\u5e743\u67085\u65e5");
  const words = new Intl.Segmenter("ja", { granularity: "word" }).segment("\u79c1\u306f\u5b66\u751f\u3067\u3059");
  assert_true([...words].length > 2);
}, "Intl speaks Japanese");

test(() => {
  assert_array_equals(["z", "\u00e4", "a"].sort(new Intl.Collator("de").compare), ["a", "\u00e4", "z"]);
  assert_array_equals(["z", "\u00e4", "a"].sort(new Intl.Collator("sv").compare), ["a", "z", "\u00e4"]);
  assert_equals("I".toLocaleLowerCase("tr"), "\u0131");
  assert_equals(new Intl.PluralRules("ar").select(3), "few");
}, "collation, case and plurals follow the language");

test(() => {
  const time = Temporal.ZonedDateTime.from("2024-03-31T01:30[Europe/Berlin]").add({ hours: 1 });
  assert_equals(time.toString(), "2024-03-31T03:30:00+02:00[Europe/Berlin]");
  assert_equals(Temporal.Duration.from({ hours: 30 }).round({ largestUnit: "days" }).toString(), "P1DT6H");
}, "Temporal knows time zones");

test(() => {
  const time = Temporal.PlainDate.from("2024-03-05");
  assert_equals(time.toLocaleString("de", { dateStyle: "long" }), "5. M\u00e4rz 2024");
}, "Temporal formats in other languages");

// (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
const add = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0,
  7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]);

test(() => {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(add));
  assert_equals(instance.exports.add(2, 3), 5);
}, "WebAssembly compiles");

promise_test(async () => {
  const { instance } = await WebAssembly.instantiate(add);
  assert_equals(instance.exports.add(-1, 1), 0);
  assert_true((await WebAssembly.compile(add)) instanceof WebAssembly.Module);
}, "WebAssembly compiles asynchronously");

promise_test(async () => {
  const seen = [];
  for await (const n of (async function* () { yield 1; await null; yield 2; })()) seen.push(n);
  assert_array_equals(seen, [1, 2]);
  assert_equals(await Array.fromAsync([1, Promise.resolve(2)]).then((list) => list.length), 2);
  await using nothing = null;
}, "async generators and disposal work");

promise_test(async () => {
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const { value } = Atomics.waitAsync(shared, 0, 0, 5);
  assert_equals(await value, "timed-out");
}, "Atomics.waitAsync ends");
