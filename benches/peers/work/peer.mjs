// One face for Node's worker_threads and the Worker of Deno and Bun, so that each workload is
// written once. Imported by the side that measures; the workers import nothing.

import { readFileSync } from 'node:fs';

export const peer = globalThis.Deno ? 'deno' : globalThis.Bun ? 'bun' : 'node';

const threads = peer === 'node' ? await import('node:worker_threads') : null;

/** The command line's arguments. */
export const args = process.argv.slice(2);

/** Starts a worker from a file in `worker/`. */
export function spawn(file) {
  const url = new URL(`worker/${file}`, import.meta.url);
  const worker = threads ? new threads.Worker(url) : new Worker(url, { type: 'module' });
  const waiting = [];
  const settle = (how, value) => waiting.shift()?.[how](value);
  let closed;
  const close = new Promise((resolve) => { closed = resolve; });
  if (threads) {
    worker.on('message', (data) => settle('resolve', data));
    worker.on('error', (error) => settle('reject', error));
  } else {
    worker.onmessage = ({ data }) => settle('resolve', data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      settle('reject', new Error(event.message));
    };
    if (peer === 'bun') worker.addEventListener('close', closed);
  }
  return {
    send: (value, transfer = []) => worker.postMessage(value, transfer),
    /** The next message from it. */
    reply: () => new Promise((resolve, reject) => waiting.push({ resolve, reject })),
    /** Ends it, and waits for the end where the peer tells of it. */
    async stop() {
      const end = worker.terminate();
      if (threads) await end;
      if (peer === 'bun') await Promise.race([close, pause(1000)]);
    },
  };
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Hands one figure to the driver. */
export function report(name, value, unit) {
  console.log(JSON.stringify({ name, value, unit }));
}

/** Says something of a figure, or why there is none. */
export function note(name, text) {
  console.log(JSON.stringify({ name, note: text }));
}

/** Tells how far it has come, for the case that it does not get to the end. */
export function progress(text) {
  console.log(JSON.stringify({ progress: text }));
}

/** Ends the process, through the driver: with a thousand workers alive, leaving takes a while. */
export async function done() {
  console.log(JSON.stringify({ done: true }));
  await pause(60_000);
}

/** The value below which the share `q` of `values` lies. */
export function quantile(values, q) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

/** Resident memory of this process, in KiB. */
export function residentKiB() {
  return Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[1]) * 4;
}

const RESERVE_KIB = 3 * 1024 * 1024;

/** Whether the machine has memory to go on with: 3 GiB are left to everybody else. */
export function hasRoom() {
  const available = /MemAvailable:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'));
  return Number(available[1]) > RESERVE_KIB;
}
