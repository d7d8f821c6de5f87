// One worker keeps a number of requests {id, s} to another in flight, over a MessageChannel. The
// rate of answered requests: each is one message there and one back, counted once.

import { args, done, report, spawn } from './peer.mjs';

const count = Number(args[0]);
for (const window of args.slice(1).map(Number)) {
  const { port1, port2 } = new MessageChannel();
  const echo = spawn('echo.mjs');
  const asker = spawn('asker.mjs');
  echo.send({ peer: port2 }, [port2]);
  asker.send({ peer: port1, count, window }, [port1]);
  const seconds = await asker.reply();
  report(`pipelined_echo.${window}`, count / seconds / 1e6, 'M/s');
  await Promise.all([asker.stop(), echo.stop()]);
}
await done();
