// One worker asks another, over a MessageChannel, and awaits the answer before it asks again:
// {id, s} there, {id, s} back. The time of an ask, taken in the asking worker as the mean of sixteen:
// mostly the peer's way of waking a sleeping thread.

import { args, done, quantile, report, spawn } from './peer.mjs';

const count = Number(args[0]);
const { port1, port2 } = new MessageChannel();
const echo = spawn('echo.mjs');
const asker = spawn('asker.mjs');
echo.send({ peer: port2 }, [port2]);
asker.send({ peer: port1, count }, [port1]);
const micros = await asker.reply();
report('ask_rtt.p50', quantile(micros, 0.5), 'us');
report('ask_rtt.mean', micros.reduce((sum, each) => sum + each, 0) / micros.length, 'us');
await done();
