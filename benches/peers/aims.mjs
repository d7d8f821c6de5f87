// What nano is to reach. `times`: as a multiple of the best peer in the same run, at most, or at least
// for rates. `within`: so many times what the best peer takes, or the part of its rate that this is of
// one. `below`: a bound of its own. `rows` are names, or the beginnings of names up to a `*`.

export const AIMS = [
  {
    what: 'spawn to first reply, from warm spares',
    rows: ['spawn_first_reply.p50', 'spawn_first_reply.p99'],
    times: 0.15,
  },
  {
    what: 'spawn to first reply, where the spares are not yet there or used up',
    rows: ['spawn_first_reply.cold', 'spawn_first_reply.burst_*', 'spawn_first_reply.sustained*'],
    times: 1.0,
  },
  {
    what: 'spawn to first reply, without spares',
    rows: ['spawn_first_reply_no_spares.*'],
    times: 1.0,
  },
  { what: 'memory of an idle isolate', rows: ['idle_memory.*', 'idle_memory_no_spares.*'], times: 1.0 },
  {
    what: '10,000 isolates in less than 16 GiB',
    rows: ['idle_memory.10000', 'idle_memory.10000_touched'],
    below: (16 * 2 ** 20) / 10_000,
  },
  { what: 'ask between two isolates', rows: ['ask_rtt.*'], times: 0.4 },
  { what: 'pipelined messages', rows: ['pipelined_echo.64', 'pipelined_echo.512'], times: 1.1 },
  { what: '`structuredClone`, every shape', rows: ['structured_clone.*'], times: 0.8 },
  { what: 'the web\'s interfaces, the fastest in every row', rows: ['web_platform.*'], within: 1 },
  { what: 'the web\'s interfaces, none slower than half the best', rows: ['web_platform.*'], within: 2 },
  { what: 'start of the process', rows: ['process_start'], times: 1.0 },
  { what: 'ask from Rust', rows: ['rust_ask_rtt.*'], below: 5 },
];
