import { assert_array_equals, assert_equals, assert_throws_js, assert_true, test } from "./harness.js";

export { run } from "./harness.js";

test(() => {
  assert_true(/^nano\/\d+\.\d+\.\d+$/.test(navigator.userAgent), navigator.userAgent);
  assert_true(Number.isInteger(navigator.hardwareConcurrency) && navigator.hardwareConcurrency > 0);
  assert_true(navigator.onLine);
  assert_true(navigator.platform.length > 0);
  assert_equals(new Intl.Locale(navigator.language).toString(), navigator.language);
  assert_array_equals(navigator.languages, [navigator.language]);
  assert_equals(navigator.languages, navigator.languages);
  assert_true(Object.isFrozen(navigator.languages));
}, "navigator tells of the runtime and the machine");

test(() => {
  assert_true(navigator instanceof WorkerNavigator);
  assert_throws_js(TypeError, () => new WorkerNavigator());
  assert_throws_js(TypeError, () => { globalThis.navigator = 1; });
  assert_throws_js(TypeError, () => { globalThis.crypto = 1; });
}, "navigator and crypto are read-only");

test(() => {
  assert_equals(origin, "null");
  assert_equals(isSecureContext, true);
  assert_equals(crossOriginIsolated, true);
  globalThis.origin = "https://example.com";
  assert_equals(origin, "https://example.com");
  assert_throws_js(TypeError, () => { globalThis.isSecureContext = false; });
}, "the global object tells of its security");

test(() => {
  const scope = Object.getPrototypeOf(globalThis);
  assert_equals(WorkerGlobalScope.prototype, scope);
  assert_true(globalThis instanceof WorkerGlobalScope);
  for (const name of ["languagechange", "offline", "online"]) {
    const handler = () => { count++; };
    let count = 0;
    assert_equals(globalThis[`on${name}`], null);
    globalThis[`on${name}`] = handler;
    assert_equals(Object.hasOwn(globalThis, `on${name}`), false);
    dispatchEvent(new Event(name));
    assert_equals(count, 1);
    globalThis[`on${name}`] = null;
  }
}, "the global object is a WorkerGlobalScope");
