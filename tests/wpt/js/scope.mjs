// Runs one test of the suite in this global scope, as if that were a dedicated worker's. Knows no runtime: what it
// needs of one is given to it.

const reasons = ["", "", "timed out", "did not run", "a precondition failed"];

// Without URL, as long as a runtime has none.
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
  for (const part of name.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return `${location.origin}/${parts.join("/")}`;
}

function define(scope, name, value) {
  Object.defineProperty(scope, name, { value, configurable: true, writable: true, enumerable: false });
}

// What a dedicated worker has that a main scope may not have.
function install(scope, program, read) {
  const location = locate(program.url);
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
      const text = program.imports[resolve(String(name), location)];
      if (text === undefined) throw new Error(`importScripts: ${name} is not there`);
      evaluate(text);
      begin(scope);
    }
  });
  const { fetch } = scope;
  define(scope, "fetch", async (input, init) => {
    const url = resolve(String(input?.url ?? input), location);
    if (!url.startsWith(`${location.origin}/`)) return fetch(input, init);
    const bytes = await read(program.root + url.slice(location.origin.length + 1).split(/[?#]/)[0]);
    if (typeof scope.Response === "function") return new Response(bytes);
    const text = () => decodeURIComponent(escape(String.fromCharCode(...bytes)));
    return {
      ok: true, status: 200,
      arrayBuffer: async () => bytes.slice().buffer,
      text: async () => text(),
      json: async () => JSON.parse(text()),
    };
  });
}

let results;
let finish;

// Has the harness tell what comes of its tests, once it is there.
function begin(scope) {
  if (results !== undefined || typeof scope.add_completion_callback !== "function") return;
  results = [];
  scope.add_result_callback((test) => results.push(test));
  scope.add_completion_callback((tests, status) => {
    // 0 is well; 1 an error, 2 the time.
    finish(status.status === 0 ? null : status.message || reasons[status.status] || "an error");
  });
}

export async function run(program, read) {
  const scope = globalThis;
  const { setTimeout } = scope;
  const finished = new Promise((resolve) => { finish = resolve; });
  install(scope, program, read);
  setTimeout(() => finish("timed out"), program.timeout_ms);
  // One text, since scripts share what they declare with `let`, `const` and `class`; what `eval` declares so is its own.
  const texts = program.scripts.map(([, text], i) => (i === 0 ? `${text}\n;__begin();` : text));
  if (!program.says_done) texts.push("done();");
  // What errors tell of where they come from is the test's own URL.
  texts.push(`//# sourceURL=${scope.location.href}`);
  define(scope, "__begin", () => begin(scope));
  try {
    (0, scope.eval)(texts.join("\n;"));
  } catch (error) {
    finish(`${error?.name}: ${error?.message ?? error}`);
  }
  const error = await finished;
  const subtests = (results ?? []).map((test) => ({
    name: String(test.name).toWellFormed(),
    failure: test.status === 0 ? null : String(test.message || reasons[test.status] || "failed").toWellFormed().slice(0, 300),
  }));
  return { error, subtests };
}
