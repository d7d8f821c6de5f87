// N workers in a ring, joined by MessageChannels, pass one number round and add one to it: messages
// a second. One message is under way at any time, so this is how fast a message gets from thread to
// thread when all of them sleep, not how many could be carried.

import { args, done, hasRoom, note, report, spawn } from './peer.mjs';

const [count, rounds] = args.map(Number);
const name = `ring.${count}`;

async function measure() {
  const channels = Array.from({ length: count }, () => new MessageChannel());
  const workers = [];
  for (let i = 0; i < count; i++) {
    if (i % 20 === 19 && !hasRoom()) {
      return note(name, `stopped at ${i} workers: less than 3 GiB of memory were left`);
    }
    workers.push(spawn('hop.mjs'));
    if (i === 0) continue;
    const from = channels[i - 1].port2;
    const to = channels[i].port1;
    workers[i].send({ from, to }, [from, to]);
    await workers[i].reply();
  }
  const from = channels[count - 1].port2;
  const to = channels[0].port1;
  workers[0].send({ from, to, rounds }, [from, to]);
  const { hops, seconds } = await workers[0].reply();
  if (hops !== count * rounds) throw new Error(`${hops} hops instead of ${count * rounds}`);
  report(name, hops / seconds, 'messages/s');
}

await measure();
await done();
