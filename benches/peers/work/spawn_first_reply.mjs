// From `new Worker` to its first reply, as the program that starts it sees it.
//
//   cold          the first worker of a process (the start of the process is not in it)
//   sequential N  N workers one after the other, each ended before the next: p50 and p99
//   burst N       N workers at once, until the last has answered; all stay alive until then
//
// The worker imports nothing and answers one small message. Ending it is not measured, but a pause
// follows, since some peers go on tearing down in the background.

import { args, done, hasRoom, missing, pause, quantile, report, spawn } from './peer.mjs';

async function start() {
  const worker = spawn('answer.mjs');
  worker.send({ id: 1 });
  await worker.reply();
  return worker;
}

async function cold() {
  const before = performance.now();
  await start();
  report('spawn_first_reply.cold', (performance.now() - before) * 1000, 'us');
}

async function sequential(count) {
  const micros = [];
  const warm = Math.ceil(count / 10);
  for (let i = -warm; i < count; i++) {
    const before = performance.now();
    const worker = await start();
    if (i >= 0) micros.push((performance.now() - before) * 1000);
    await worker.stop();
    await pause(3);
  }
  report('spawn_first_reply.p50', quantile(micros, 0.5), 'us');
  report('spawn_first_reply.p99', quantile(micros, 0.99), 'us');
}

async function burst(count) {
  const name = `spawn_first_reply.burst_${count}`;
  const replies = [];
  const before = performance.now();
  for (let i = 0; i < count; i++) {
    if (i % 50 === 49 && !hasRoom()) {
      return missing(name, `stopped at ${i} workers: less than 3 GiB of memory were left`);
    }
    replies.push(start());
  }
  await Promise.all(replies);
  report(name, (performance.now() - before) / 1000, 's');
}

const [mode, count] = args;
await { cold, sequential, burst }[mode](Number(count));
await done();
