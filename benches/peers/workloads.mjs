// What is run, in which order, and with how much of it. Each entry of `runs` is one process, of the
// peers and of nano alike: its arguments, in the whole run and with --quick (null: left out), how
// often it is started in a round (`times`; [whole, quick] where they differ), and in which rounds
// (`once`: memory hardly differs from round to round, and a thousand workers take long). With
// `bare`, nano is run once more with --no-spares. `own` is nano's alone; with `program`, nano runs the
// peers' script.

export const WORKLOADS = [
  // Has no script that reports: the driver starts `empty.mjs` and waits for its end.
  { name: 'process_start', full: 10, quick: 8 },
  {
    name: 'spawn_first_reply',
    runs: [
      { full: ['cold'], quick: ['cold'], times: [5, 3], bare: true },
      { full: ['sequential', '400'], quick: ['sequential', '40'], bare: true },
      { full: ['burst', '1000'], quick: ['burst', '100'], seconds: 90, bare: true },
      // As many as gave Bun its highest rate: with 2 or 8 the others do about as well.
      { full: ['sustained', '5', '4'], quick: ['sustained', '1', '4'], bare: true },
    ],
  },
  {
    name: 'idle_memory',
    runs: [
      { full: ['100'], quick: ['100'], bare: true },
      { full: ['1000'], quick: null, once: true, seconds: 120, bare: true },
      { full: ['10000'], quick: null, once: true, seconds: 180, bare: true, fits: 'idle_memory.1000' },
    ],
  },
  // Many processes: the figure depends on where the threads lie, which differs from one to the next.
  { name: 'ask_rtt', runs: [{ full: ['20000'], quick: ['10000'], times: [7, 5] }] },
  { name: 'rust_ask_rtt', own: true, runs: [{ full: ['20000'], quick: ['10000'], times: [7, 5] }] },
  {
    name: 'pipelined_echo',
    runs: [{ full: ['100000', '64', '512'], quick: ['100000', '64', '512'], times: [3, 1] }],
  },
  {
    name: 'ring',
    runs: [
      { full: ['100', '300'], quick: ['100', '100'] },
      { full: ['1000', '20'], quick: null, once: true, seconds: 120 },
    ],
  },
  { name: 'structured_clone', program: true, runs: [{ full: ['9'], quick: ['5'] }] },
  { name: 'web_platform', program: true, runs: [{ full: ['9'], quick: ['3'] }] },
];
