import { assert_equals, assert_false, assert_throws_js, assert_true, test } from "./harness.js";

export { run } from "./harness.js";

test(() => {
  const error = new DOMException();
  assert_equals(error.name, "Error");
  assert_equals(error.message, "");
  assert_equals(error.code, 0);
}, "the defaults");

test(() => {
  const error = new DOMException("gone", "NotFoundError");
  assert_equals(error.code, 8);
  assert_equals(DOMException.NOT_FOUND_ERR, 8);
  assert_equals(error.NOT_FOUND_ERR, 8);
  assert_equals(String(error), "NotFoundError: gone");
}, "names have their codes");

test(() => {
  const error = new DOMException("a message", "AbortError");
  assert_true(error instanceof Error);
  assert_true(Error.isError(error));
  assert_false(Object.hasOwn(error, "message"));
  assert_true(error.stack.startsWith("AbortError: a message\n"), error.stack);
  assert_true(error.stack.includes("dom_exception.test.js"), error.stack);
}, "it is an error, with a stack that says what and where");

test(() => {
  assert_throws_js(TypeError, () => DOMException());
  assert_throws_js(TypeError, () => DOMException.prototype.name);
  const getter = Object.getOwnPropertyDescriptor(DOMException.prototype, "code").get;
  assert_throws_js(TypeError, () => getter.call({}));
}, "members check the brand");

test(() => {
  class Mine extends DOMException {}
  const error = new Mine("m", "DataError");
  assert_true(error instanceof Mine);
  assert_equals(error.name, "DataError");
}, "it can be extended");

test(() => {
  const copy = structuredClone(new DOMException("m", "AbortError"));
  assert_true(copy instanceof DOMException);
  assert_equals(copy.message, "m");
  assert_equals(copy.code, 20);
  assert_true(copy.stack.startsWith("AbortError: m\n"), copy.stack);
}, "it is cloned with name, message and stack");

test(() => {
  const controller = new AbortController();
  controller.abort();
  const thrown = (action) => {
    try {
      action();
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const event = new Event("e");
  const target = new EventTarget();
  let dispatched;
  target.addEventListener("e", () => dispatched = thrown(() => target.dispatchEvent(event)));
  target.dispatchEvent(event);
  const errors = {
    clone: thrown(() => structuredClone(() => {})),
    transfer: thrown(() => structuredClone(1, { transfer: [{}] })),
    abort: controller.signal.reason,
    aborted: AbortSignal.abort().reason,
    dispatched,
  };
  for (const [what, error] of Object.entries(errors)) {
    assert_true(error instanceof DOMException, what);
    assert_true(error.stack.includes("dom_exception.test.js"), `${what}: ${error.stack}`);
  }
}, "those that the platform makes say where, too");
