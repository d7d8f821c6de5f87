// What is run, in which order, and with how much of it. Each entry of `runs` is one process: its
// arguments, in the whole run and with --quick (null: left out), how often it is started in a
// round, and in which rounds (`once`: memory hardly differs from round to round, and a thousand
// workers take long).

export const WORKLOADS = [
  // Has no script that reports: the driver starts `empty.mjs` and waits for its end.
  { name: 'process_start', full: 10, quick: 8 },
  {
    name: 'spawn_first_reply',
    runs: [
      { full: ['cold'], quick: ['cold'], times: 5 },
      { full: ['sequential', '200'], quick: ['sequential', '40'] },
      { full: ['burst', '1000'], quick: ['burst', '100'], seconds: 90 },
    ],
  },
  {
    name: 'idle_memory',
    runs: [
      { full: ['100'], quick: ['100'] },
      { full: ['1000'], quick: null, once: true, seconds: 120 },
      { full: ['10000'], quick: null, once: true, seconds: 120, fits: 'idle_memory.1000' },
    ],
  },
  { name: 'ask_rtt', runs: [{ full: ['20000'], quick: ['20000'], times: 3 }] },
  { name: 'pipelined_echo', runs: [{ full: ['200000', '64', '512'], quick: ['100000', '64', '512'] }] },
  {
    name: 'ring',
    runs: [
      { full: ['100', '300'], quick: ['100', '100'] },
      { full: ['1000', '50'], quick: null, once: true, seconds: 120 },
    ],
  },
  { name: 'structured_clone', runs: [{ full: [], quick: [] }] },
];
