// `structuredClone` of ten shapes, in one thread: microseconds of each, the median of several
// batches. The result is dropped, so the collector's work for it is in the figure. Nothing crosses
// a thread here. The argument is the number of batches.

import { range, shapes } from './shapes.mjs';

// nano has no `process`.
const batches = Number((import.meta.args ?? process.argv.slice(2))[0]);
const BATCH_MS = 30;

function batch(value, times) {
  const start = performance.now();
  for (let i = 0; i < times; i++) structuredClone(value);
  return performance.now() - start;
}

for (const [name, value] of Object.entries(shapes)) {
  let times = 1;
  while (batch(value, times) < BATCH_MS) times *= 2; // warms up, too
  const micros = range(batches, () => (batch(value, times) / times) * 1000).sort((a, b) => a - b);
  console.log(JSON.stringify({ name: `structured_clone.${name}`, value: micros[batches >> 1], unit: 'us' }));
}
