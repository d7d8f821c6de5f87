// A small harness in the manner of testharness.js. A test file imports what it
// needs, declares its tests and exports `run`, which the Rust side calls.

const declared = [];

export function test(body, name) {
  declared.push({ body, name });
}

export const promise_test = test;

export async function run() {
  const results = [];
  for (const { body, name } of declared) {
    let error = null;
    try {
      await body();
    } catch (thrown) {
      error = thrown instanceof Error ? `${thrown.stack}` : String(thrown);
    }
    results.push({ name, error });
  }
  return results;
}

class AssertionError extends Error {}

function fail(what, description) {
  throw new AssertionError(description === undefined ? what : `${description}: ${what}`);
}

function show(value) {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

export function assert_true(value, description) {
  if (value !== true) fail(`expected true, got ${show(value)}`, description);
}

export function assert_false(value, description) {
  if (value !== false) fail(`expected false, got ${show(value)}`, description);
}

export function assert_equals(actual, expected, description) {
  if (!Object.is(actual, expected)) {
    fail(`expected ${show(expected)}, got ${show(actual)}`, description);
  }
}

export function assert_not_equals(actual, other, description) {
  if (Object.is(actual, other)) fail(`got ${show(actual)}`, description);
}

export function assert_array_equals(actual, expected, description) {
  if (actual.length !== expected.length) {
    fail(`expected [${[...expected].map(show)}], got [${[...actual].map(show)}]`, description);
  }
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(actual[i], expected[i])) {
      fail(`at ${i}: expected ${show(expected[i])}, got ${show(actual[i])}`, description);
    }
  }
}

export function assert_unreached(description) {
  fail("reached what must not be reached", description);
}

function thrownBy(body, description) {
  try {
    body();
  } catch (error) {
    return error;
  }
  fail("expected an exception, got none", description);
}

function checkClass(error, Class, description) {
  if (error === null || typeof error !== "object" || error.constructor !== Class) {
    fail(`expected ${Class.name}, got ${show(error)}`, description);
  }
}

function checkDom(error, name, description) {
  checkClass(error, DOMException, description);
  assert_equals(error.name, name, description);
}

export function assert_throws_js(Class, body, description) {
  const error = thrownBy(body, description);
  checkClass(error, Class, description);
  return error;
}

export function assert_throws_dom(name, body, description) {
  const error = thrownBy(body, description);
  checkDom(error, name, description);
  return error;
}

function checkQuota(error, requested, quota, description) {
  checkClass(error, QuotaExceededError, description);
  assert_equals(error.quota, quota, description);
  assert_equals(error.requested, requested, description);
}

export function assert_throws_quotaexceedederror(body, requested, quota, description) {
  const error = thrownBy(body, description);
  checkQuota(error, requested, quota, description);
  return error;
}

export function assert_throws_exactly(expected, body, description) {
  assert_equals(thrownBy(body, description), expected, description);
}

async function reasonOf(promise, description) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  fail("expected a rejection, got none", description);
}

export async function promise_rejects_js(Class, promise, description) {
  const error = await reasonOf(promise, description);
  checkClass(error, Class, description);
  return error;
}

export async function promise_rejects_dom(name, promise, description) {
  const error = await reasonOf(promise, description);
  checkDom(error, name, description);
  return error;
}

export async function promise_rejects_quotaexceedederror(promise, requested, quota, description) {
  const error = await reasonOf(promise, description);
  checkQuota(error, requested, quota, description);
  return error;
}

export async function promise_rejects_exactly(expected, promise, description) {
  assert_equals(await reasonOf(promise, description), expected, description);
}

export const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
