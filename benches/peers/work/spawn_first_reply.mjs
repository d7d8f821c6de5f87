// From `new Worker` to its first reply, as the program that starts it sees it.
//
//   cold          the first worker of a process (the start of the process is not in it)
//   sequential N  N workers one after the other, each ended before the next: p50 and p99
//   burst N       N workers at once, until the last has answered; all stay alive until then
//   sustained S N for S seconds N in flight: each is started, replies and is ended, and the next
//                 follows at once; the first second warms up
//
// The worker imports nothing and answers one small message. Ending it is not measured, but a pause
// follows one by one, since some peers go on tearing down in the background. In the sustained rate
// the end is awaited where the peer tells of it: Deno does not, so its workers may pile up.

import { args, done, hasRoom, note, pause, quantile, report, spawn } from './peer.mjs';

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
      return note(name, `stopped at ${i} workers: less than 3 GiB of memory were left`);
    }
    replies.push(start());
  }
  await Promise.all(replies);
  report(name, (performance.now() - before) / 1000, 's');
}

async function sustained(seconds, inFlight) {
  const name = 'spawn_first_reply.sustained';
  const begins = performance.now() + 1000;
  const ends = begins + seconds * 1000;
  const micros = [];
  let full = false;
  const lane = async () => {
    while (performance.now() < ends && !full) {
      const before = performance.now();
      const worker = await start();
      const replied = performance.now();
      if (begins <= replied && replied < ends) micros.push((replied - before) * 1000);
      await worker.stop();
      full ||= micros.length % 100 === 99 && !hasRoom();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  if (full) return note(name, `stopped after ${micros.length} replies: less than 3 GiB of memory were left`);
  report(name, micros.length / seconds, 'replies/s');
  report(`${name}_p50`, quantile(micros, 0.5), 'us');
  report(`${name}_p99`, quantile(micros, 0.99), 'us');
}

const [mode, ...numbers] = args;
await { cold, sequential, burst, sustained }[mode](...numbers.map(Number));
await done();
