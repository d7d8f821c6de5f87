import { AsyncLocalStorage } from "node:async_hooks";
import { assert_array_equals, assert_equals, assert_false, assert_throws_js, assert_true, promise_rejects_js, promise_test, test } from "./harness.js";

export { run } from "./harness.js";

const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
// Imports the function `b` of `a`.
const importing = new Uint8Array([...empty, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 97, 1, 98, 0, 0]);
const { compile, instantiate, CompileError, LinkError, Module, Instance } = WebAssembly;

async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was not rejected");
}

test(() => {
  for (const name of ["compile", "instantiate"]) {
    const property = Object.getOwnPropertyDescriptor(WebAssembly, name);
    assert_true(property.enumerable && property.writable && property.configurable, name);
    assert_equals(property.value.name, name);
    assert_equals(property.value.length, 1, name);
    assert_false(Object.hasOwn(property.value, "prototype"), name);
    assert_throws_js(TypeError, () => new property.value(empty), name);
  }
  assert_array_equals(Object.keys(WebAssembly).slice(0, 3), ["compile", "validate", "instantiate"]);
}, "the functions are defined as V8's own");

promise_test(async () => {
  assert_true((await compile(empty)) instanceof Module);
  assert_true((await compile(importing.buffer)) instanceof Module);
  const both = await instantiate(importing, { a: { b() {} } });
  assert_array_equals(Object.keys(both), ["module", "instance"]);
  assert_true(both.module instanceof Module && both.instance instanceof Instance);
  assert_true((await instantiate(both.module, { a: { b() {} } })) instanceof Instance);
}, "bytes give both, a module its instance");

promise_test(async () => {
  const bytes = importing.slice();
  const promises = [compile(bytes), instantiate(bytes, { a: { b() {} } })];
  bytes.fill(0);
  await Promise.all(promises);
}, "the bytes are those of the call");

promise_test(async () => {
  for (const f of [compile, instantiate]) {
    await promise_rejects_js(TypeError, f());
    await promise_rejects_js(TypeError, f(1));
    await promise_rejects_js(TypeError, f({}));
    await promise_rejects_js(CompileError, f(new Uint8Array(0)));
    await promise_rejects_js(CompileError, f(new Uint8Array(3)));
    const { message } = await rejection(f(new Uint8Array(3)));
    assert_equals(message.split(":")[0], `WebAssembly.${f.name}()`);
  }
  const module = await compile(importing);
  for (const source of [importing, module]) {
    for (const imports of [undefined, null, 1, {}]) await promise_rejects_js(TypeError, instantiate(source, imports));
    await promise_rejects_js(LinkError, instantiate(source, { a: { b: 1 } }));
    const { message } = await rejection(instantiate(source, { a: { b: 1 } }));
    assert_equals(message, 'WebAssembly.instantiate(): Import #0 "a" "b": function import requires a callable');
  }
}, "errors are those of the JavaScript API and name the function");

promise_test(async () => {
  const mine = new Error("WebAssembly.Module is mine");
  const throwing = { get builtins() { throw mine; } };
  assert_equals(await rejection(compile(empty, throwing)), mine);
  assert_equals(await rejection(instantiate(empty, {}, throwing)), mine);
  const imports = { get a() { throw mine; } };
  assert_equals(await rejection(instantiate(importing, imports)), mine);
  // A module that takes a constant from the module `c`: the string is its name.
  const constant = new Uint8Array([...empty, 2, 9, 1, 1, 99, 2, 104, 105, 3, 111, 0]);
  await instantiate(constant, {}, { importedStringConstants: "c" });
  await instantiate(await compile(constant, { importedStringConstants: "c" }));
  await promise_rejects_js(TypeError, instantiate(constant, {}));
}, "options reach the compiler, and what they throw the caller");

promise_test(async () => {
  const order = [];
  const imports = { get a() { order.push("read"); return { b() {} }; } };
  const done = instantiate(importing, imports).then(() => order.push("done"));
  order.push("called");
  await done;
  assert_array_equals(order, ["called", "read", "done"]);
}, "imports of bytes are read after the call");

promise_test(async () => {
  const storage = new AsyncLocalStorage();
  let seen;
  const imports = { get a() { seen = storage.getStore(); return { b() {} }; } };
  await storage.run("here", () => instantiate(importing, imports));
  assert_equals(seen, "here");
}, "imports are read in the caller's async context");
