// Runs one test of the suite in this global scope, as if that were a dedicated worker's. Knows no runtime: what it
// needs of one is given to it.

const reasons = ["", "", "timed out", "did not run", "a precondition failed"];

// The suite reads it; not every runtime has a URL from the beginning.
function locate(url) {
  const [, protocol, host, path, search = ""] = /^(\w+:)\/\/([^/]+)([^?]*)(\?.*)?$/.exec(url);
  const [hostname, port] = host.split(":");
  return {
    href: url, origin: `${protocol}//${host}`, protocol, host, hostname, port, pathname: path, search, hash: "",
    toString() { return url; },
  };
}

function resolve(name, location) {
  if (/^\w+:/.test(name)) return name;
  if (name.startsWith("/")) return location.origin + name;
  const parts = location.pathname.split("/").slice(1, -1);
  const [, path, query] = /^([^?#]*)(.*)$/s.exec(name);
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return `${location.origin}/${parts.join("/")}${query}`;
}

function define(scope, name, value) {
  Object.defineProperty(scope, name, { value, configurable: true, writable: true, enumerable: false });
}

// What a dedicated worker has that a main scope may not have.
function install(scope, program, host) {
  const location = locate(program.origin + program.path);
  define(scope, "GLOBAL", { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false });
  // An attribute of the global object, so its getter looks at its receiver.
  Object.defineProperty(scope, "location", {
    get() {
      if (this !== undefined && this !== scope) throw new TypeError("Illegal invocation");
      return location;
    },
    configurable: true,
    enumerable: true,
  });
  for (const name of ["WorkerGlobalScope", "DedicatedWorkerGlobalScope"]) {
    if (typeof scope[name] !== "function") {
      define(scope, name, class {
        static [Symbol.hasInstance](value) { return value === scope; }
      });
    }
  }
  if (!("self" in scope)) define(scope, "self", scope);
  define(scope, "postMessage", () => {});
  define(scope, "close", () => {});
  const evaluate = scope.eval;
  define(scope, "importScripts", (...names) => {
    for (const name of names) {
      const url = resolve(String(name), location);
      const text = program.imports[url.slice(location.origin.length)];
      // The URL of a blob is another each time, and what is expected should not be.
      const said = url.startsWith("blob:") ? "a blob" : name;
      if (text === undefined) throw new Error(`importScripts: ${said} is not there`);
      evaluate(text);
      begin(scope);
    }
  });
  if (typeof scope.Request === "function") locateRequests(scope, location);
  const { fetch } = scope;
  const hasFetch = typeof fetch === "function";
  const own = hasFetch ? fetch : makeFetch(scope, program, location, host);
  define(scope, "fetch", async (input, init) => {
    const response = await own(typeof input === "string" ? resolve(input, location) : input, init);
    const isMissing = response.status === 404 && String(input).startsWith("/media/");
    return isMissing && typeof scope.Response === "function" ? new Response(media()) : response;
  });
  if (typeof scope.Worker === "function") locateWorkers(scope, program, location);
}

// In the place of films that a checkout may go without: they are large, and only that they are so matters.
function media() {
  const bytes = new Uint8Array(1 << 17);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * i) >> 8;
  return bytes;
}

// Relative URLs are so to the test.
function locateRequests(scope, location) {
  define(scope, "Request", new Proxy(scope.Request, {
    construct(target, given, newTarget) {
      const [input, ...rest] = given;
      return Reflect.construct(target, typeof input === "string" ? [resolve(input, location), ...rest] : given, newTarget);
    },
  }));
}

// Worker scripts are the suite's files.
function locateWorkers(scope, program, location) {
  define(scope, "Worker", new Proxy(scope.Worker, {
    construct(target, [input, ...rest], newTarget) {
      const url = resolve(String(input), location);
      const isOfSuite = url.startsWith(`${location.origin}/`);
      const file = `file://${program.root}${url.slice(location.origin.length + 1)}`;
      return Reflect.construct(target, [isOfSuite ? file : input, ...rest], newTarget);
    },
  }));
}

const latin1 = (bytes) => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

// A `fetch` of the suite: it reads files, and asks the suite's server for the rest.
function makeFetch(scope, program, location, host) {
  const { Request, Response } = scope;

  async function answer(url, { method, headers, body }) {
    const path = url.slice(location.origin.length).replace(/#.*$/s, "") || "/";
    const isFile = method === "GET" && !/[?]|\.py|\.sub\.|\.asis$|\/$/.test(path);
    if (isFile) {
      try {
        const headers = path.endsWith(".wasm") ? [["content-type", "application/wasm"]] : [];
        return { status: 200, statusText: "OK", headers, body: await host.read(program.root + decodeURI(path.slice(1))) };
      } catch {
        // The server says what is there instead.
      }
    }
    return host.exchange({ method, path, headers, body });
  }

  // Before there are requests and responses, a fetch is of a file.
  async function fetchFile(input) {
    const { status, body } = await answer(String(input?.url ?? input), { method: "GET", headers: [], body: null });
    const text = () => decodeURIComponent(escape(latin1(body)));
    return {
      ok: status === 200, status, body: null,
      arrayBuffer: async () => body.slice().buffer,
      text: async () => text(),
      json: async () => JSON.parse(text()),
    };
  }

  return async function fetch(input, init) {
    if (typeof scope.Request !== "function" || typeof scope.Response !== "function") return fetchFile(input);
    const request = new Request(input, init);
    request.signal?.throwIfAborted();
    const url = request.url;
    if (url.startsWith("data:")) {
      const { default: bytes } = await import(url, { with: { type: "bytes" } });
      return new Response(bytes);
    }
    if (url.startsWith("blob:")) throw new TypeError("fetch: a blob is no file of the suite");
    if (!url.startsWith(`${location.origin}/`)) throw new TypeError(`fetch: '${url}' is no file of the suite`);
    const bytes = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
    const { status, statusText, headers, body } = await answer(url, {
      method: request.method,
      headers: [...request.headers],
      body: bytes && latin1(bytes),
    });
    request.signal?.throwIfAborted();
    if (status < 200 || status > 599) throw new TypeError(`fetch: ${status} is no status of a response`);
    const isNull = [101, 204, 205, 304].includes(status);
    const response = new Response(isNull ? null : body, { status, statusText, headers });
    Object.defineProperty(response, "url", { value: url.replace(/#.*$/s, ""), configurable: true });
    return response;
  };
}

let started;
let results;
let finish;

// Has the harness tell what comes of its tests, once it is there.
function begin(scope) {
  if (results !== undefined || typeof scope.add_completion_callback !== "function") return;
  started = new Set();
  results = [];
  scope.add_test_state_callback((test) => started.add(test));
  scope.add_result_callback((test) => {
    started.delete(test);
    results.push(test);
  });
  scope.add_completion_callback((tests, status) => {
    // 0 is well; 1 an error, 2 the time.
    finish(status.status === 0 ? null : status.message || reasons[status.status] || "an error");
  });
}

// A script whose directive makes all of it strict.
const strict = /^(?:\s|\/\/.*|\/\*[^]*?\*\/)*(?:'use strict'|"use strict")/;

export async function run(program, host) {
  const scope = globalThis;
  const { setTimeout } = scope;
  const finished = new Promise((resolve) => { finish = resolve; });
  install(scope, program, host);
  setTimeout(() => finish("timed out"), program.timeout_ms);
  // One text, since scripts share what they declare with `let`, `const` and `class`; what `eval` declares so is its own.
  const texts = program.scripts.map(([, text], i) => (i === 0 ? `${text}\n;__begin();` : text));
  // What errors tell of where they come from is the test's own URL.
  const source = `//# sourceURL=${scope.location.href}`;
  // A directive is one at the beginning of a text only; a text within the other sees what that declares.
  if (strict.test(texts.at(-1))) texts.push(`eval(${JSON.stringify(`${texts.pop()}\n${source}`)})`);
  if (!program.says_done) texts.push("done();");
  texts.push(source);
  define(scope, "__begin", () => begin(scope));
  try {
    (0, scope.eval)(texts.join("\n;"));
  } catch (error) {
    finish(`${error?.name}: ${error?.message ?? error}`);
  }
  const error = await finished;
  const whole = (text) => String(text).toWellFormed();
  const subtests = (results ?? []).map((test) => ({
    name: whole(test.name),
    failure: test.status === 0 ? null : whole(test.message || reasons[test.status] || "failed").slice(0, 300),
  }));
  // What was begun and has not come to an end when the file did.
  for (const test of started ?? []) subtests.push({ name: whole(test.name), failure: "did not end" });
  return { error, subtests };
}
