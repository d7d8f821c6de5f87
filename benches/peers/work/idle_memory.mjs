// Resident memory of a worker that waits: (RSS after − RSS before) / N for N workers that have each
// answered one message, and again after each has used ten globals that may be created lazily (see
// `worker/answer.mjs`). What the process itself needs is not in it; nor is what a worker with a
// program in it would need.

import { args, done, hasRoom, note, pause, progress, report, residentKiB, spawn } from './peer.mjs';

const count = Number(args[0]);
const name = `idle_memory.${count}`;
const workers = [];

/** Lets every worker answer `message`, at most fifty at a time; the last group's answers. */
async function ask(group, message) {
  let answers;
  for (let i = 0; i < group.length; i += 50) {
    answers = await Promise.all(group.slice(i, i + 50).map((worker) => {
      worker.send(message);
      return worker.reply();
    }));
  }
  return answers;
}

/** Resident memory once it is at rest: once it has not fallen in a second, or after fifteen. */
async function settled() {
  let last = residentKiB();
  for (let i = 0; ; i++) {
    await pause(1000);
    const now = residentKiB();
    if (now > last * 0.998 || i === 14) return now;
    last = now;
  }
}

async function measure() {
  const before = await settled();
  while (workers.length < count) {
    if (!hasRoom()) {
      const each = ((residentKiB() - before) / workers.length).toFixed(0);
      const why = `stopped at ${workers.length} workers of ${each} KiB: less than 3 GiB of memory were left`;
      note(name, why);
      return note(`${name}_touched`, why);
    }
    const group = Array.from({ length: Math.min(20, count - workers.length) }, () => spawn('answer.mjs'));
    workers.push(...group);
    await ask(group, { id: 1 });
    if (workers.length % 200 === 0) progress(`${workers.length} workers`);
  }
  report(name, (await settled() - before) / count, 'KiB');
  const [lacking] = await ask(workers, { touch: true });
  report(`${name}_touched`, (await settled() - before) / count, 'KiB');
  if (lacking.length) note(`${name}_touched`, `other globals stand in for ${lacking.join(', ')}`);
}

await measure();
await done();
