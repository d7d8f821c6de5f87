// The side of other runtimes: a process for each test, which is named by a file with the program and by one for the
// report.

import { readFile, writeFile } from "node:fs/promises";
import { run } from "./scope.mjs";

const scope = globalThis;

// Node's main scope is no EventTarget, unlike that of a worker; its errors are told of elsewhere.
if (typeof scope.addEventListener !== "function") {
  const target = new EventTarget();
  for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"]) {
    scope[name] = target[name].bind(target);
  }
  const tell = (type, fields) => {
    const event = new Event(type, { cancelable: true });
    for (const [name, value] of Object.entries(fields)) Object.defineProperty(event, name, { value });
    target.dispatchEvent(event);
  };
  process.on("uncaughtException", (error) => tell("error", { error, message: String(error?.message ?? error) }));
  process.on("unhandledRejection", (reason, promise) => tell("unhandledrejection", { reason, promise }));
}

const [, , given, reported] = process.argv;
const program = JSON.parse(await readFile(given, "utf8"));
const exit = process.exit.bind(process);
const report = await run(program, {});
await writeFile(reported, JSON.stringify(report));
exit(0);
