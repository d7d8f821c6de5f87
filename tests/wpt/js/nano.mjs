// nano's side: an isolate for each test, which is asked to run it.

import { run as runIn } from "wpt:scope";

const read = async (path) => (await import(`file://${encodeURI(path)}`, { with: { type: "bytes" } })).default;

export const run = (program) => runIn(program, read);
