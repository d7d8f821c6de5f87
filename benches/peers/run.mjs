#!/usr/bin/env node
// Runs the same work on Node, Deno, Bun and nano in one go and prints Markdown: the machine, the
// figures, and each figure as a multiple of the best peer's. See README.md.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { serialize } from 'node:v8';

import { AIMS } from './aims.mjs';
import { run } from './child.mjs';
import { Figures, digits, median } from './table.mjs';
import { shapes } from './work/shapes.mjs';
import { WORKLOADS } from './workloads.mjs';

const USAGE = `Usage: node run.mjs [options]
  --nano CMD       the command that measures nano; gets a workload's name and arguments, as the
                   scripts in work/ do, and prints JSON lines {"name": "...", "value": n, "unit": "us"}
  --nano-bin PATH  the nano program, for process_start, structured_clone and web_platform
  --quick          less of everything, in one round: a minute and a half, for a look
  --rounds N       rounds (3); each begins with another runtime
  --only A,B       these workloads only: ${WORKLOADS.map(({ name }) => name).join(', ')}
  --peers A,B      these peers only: node, deno, bun
  --json FILE      writes every figure of every round there
  --help           this text`;

const folder = fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '');

// --- What there is to run ------------------------------------------------------------------------

const arch = { x64: 'x64', arm64: 'arm64' }[process.arch];
const bunArch = { x64: 'x64', arm64: 'aarch64' }[process.arch];

// `flags` come before the script.
const PEERS = {
  node: { from: `node-linux-${arch}`, program: 'bin/node', flags: [] },
  deno: {
    from: `@deno/linux-${arch}-glibc`,
    program: 'deno',
    flags: ['run', '--allow-all', '--quiet', '--no-config', '--no-lock'],
  },
  bun: { from: `@oven/bun-linux-${bunArch}`, program: 'bin/bun', flags: [] },
};

const programOf = (peer) => `${folder}/node_modules/${PEERS[peer].from}/${PEERS[peer].program}`;

/** Fetches the peers unless the pinned versions are there. */
function install(names) {
  const { optionalDependencies: pinned } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
  const stale = names.filter((name) => versionOf(name) !== pinned[PEERS[name].from]);
  if (stale.length) {
    say(`Installing ${stale.join(', ')} from npm`);
    try {
      execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 2, 2] });
    } catch (error) {
      say(`npm ci failed: ${error.message}`);
    }
  }
}

function versionOf(name) {
  const program = programOf(name);
  if (!existsSync(program)) return null;
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? /\d+\.\d+\.\d+/.exec(stdout)?.[0] : null;
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

// --- Running -------------------------------------------------------------------------------------

const figures = new Figures();
const remarks = new Set();

function remark(text) {
  if (!remarks.has(text)) say(`  ${text}`);
  remarks.add(text);
}

/** What a shape takes when it is serialized; nothing for strings, which are shared, not copied. */
const sizes = Object.fromEntries(Object.entries(shapes)
  .filter(([name]) => !name.startsWith('string_'))
  .map(([name, shape]) => [`structured_clone.${name}`, serialize(shape).length]));

/** What did not end in its time: later rounds go without it. */
const endless = new Set();

/** One process, its figures kept. */
async function measure(runtime, workload, command, seconds) {
  const key = `${runtime}, ${workload}`;
  if (endless.has(key)) return;
  const { lines, trouble, late } = await run(command, { folder, seconds });
  if (late) endless.add(key);
  if (trouble) remark(`${key}: ${trouble}`);
  for (const { name, value, unit, note, bytes = sizes[name] } of lines) {
    if (note) remark(`${runtime}, ${name}: ${note}`);
    if (Number.isFinite(value)) figures.add(runtime, { name, value, unit, bytes });
  }
}

/** The command that runs a workload with these arguments; null where the runtime has none. */
function commandOf(runtime, workload, args, { nano, nanoBin }) {
  const script = `${folder}/work/${workload.name}.mjs`;
  if (runtime !== 'nano') return [programOf(runtime), ...PEERS[runtime].flags, script, ...args];
  if (workload.program) return nanoBin ? [nanoBin, 'run', script, ...args] : null;
  return nano ? ['sh', '-c', ['exec', nano, workload.name, ...args].join(' ')] : null;
}

/** A runtime's share of one workload in one round. */
async function measureRuns(runtime, workload, round, options) {
  for (const part of workload.runs) {
    const args = options.quick ? part.quick : part.full;
    if (!args || (part.once && round > 0)) continue;
    if (part.fits && !fits(runtime, args[0], part.fits)) continue;
    const [whole, quick] = [part.times ?? 1].flat();
    const times = options.quick ? quick ?? whole : whole;
    const variants = runtime === 'nano' && part.bare ? [args, [...args, '--no-spares']] : [args];
    for (const variant of variants) {
      const command = commandOf(runtime, workload, variant, options);
      if (!command) continue;
      for (let i = 0; i < times; i++) {
        await measure(runtime, `${workload.name} ${variant.join(' ')}`.trim(), command, part.seconds ?? 40);
      }
    }
  }
}

/** Whether `count` workers of the size found by `smaller` have room in this machine. */
function fits(runtime, count, smaller) {
  const name = `idle_memory.${count}`;
  const each = figures.has(runtime, smaller) && median(figures.toJSON()[smaller].values[runtime]);
  if (!each) {
    remark(`${runtime}, ${name}: not tried, since ${smaller} has no figure`);
    return false;
  }
  const needed = (each * count) / 1024 / 1024;
  const available = Number(/MemAvailable:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))[1]) / 1024 / 1024;
  if (needed > available - 3) {
    remark(`${runtime}, ${name}: not tried, since it would take ${digits(needed)} GiB and ${digits(available)} are free`);
    return false;
  }
  return true;
}

/** Wall time of a program that does nothing, in ms. */
function startOnce(command) {
  const [program, ...args] = command;
  const before = process.hrtime.bigint();
  const { status, error } = spawnSync(program, args, {
    stdio: 'ignore',
    timeout: 20_000,
    env: { ...process.env, NODE_OPTIONS: '', DENO_DIR: `${folder}/node_modules/.deno`, DENO_NO_UPDATE_CHECK: '1' },
  });
  const ms = Number(process.hrtime.bigint() - before) / 1e6;
  if (error || status !== 0) throw new Error(error?.message ?? `exit code ${status}`);
  return ms;
}

/** Starts the programs in turn, `times` each. */
function measureStart(commands, times) {
  const all = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (let i = -1; i < times; i++) { // the first fills the caches
    for (const [name, command] of Object.entries(commands)) {
      if (!all[name]) continue;
      try {
        const ms = startOnce(command);
        if (i >= 0) all[name].push(ms);
      } catch (error) {
        remark(`${name}, process_start: ${error.message}`);
        all[name] = null;
      }
    }
  }
  for (const [name, values] of Object.entries(all)) {
    if (values) figures.add(name, { name: 'process_start', value: median(values), unit: 'ms' });
  }
}

function rotate(list, by) {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

// --- The report ----------------------------------------------------------------------------------

function machine(versions) {
  const cpus = os.cpus();
  const floor = median(Array.from({ length: 20 }, () => startOnce(['true'])));
  return [
    `- ${cpus[0]?.model.trim()}, ${os.availableParallelism()} cores, ${digits(os.totalmem() / 2 ** 30)} GiB of memory`,
    `- ${os.type()} ${os.release()}, ${os.arch()}`,
    `- ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')}`,
    `- load before the run: ${digits(os.loadavg()[0])}; starting \`true\` takes ${digits(floor)} ms, which is in every process_start`,
  ].join('\n');
}

async function main() {
  const { values: options } = parseArgs({
    options: {
      nano: { type: 'string' },
      'nano-bin': { type: 'string' },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string' },
      peers: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (options.help) return console.log(USAGE);

  const chosen = (list, names, what) => {
    const unknown = names?.split(',').find((name) => !list.includes(name));
    if (unknown !== undefined) throw new Error(`no ${what} '${unknown}'; there are ${list.join(', ')}`);
    return names?.split(',') ?? list;
  };
  const workloadNames = chosen(WORKLOADS.map(({ name }) => name), options.only, 'workload');
  const wanted = chosen(Object.keys(PEERS), options.peers, 'peer');
  const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a number from 1');

  install(wanted);
  const versions = {};
  for (const name of wanted) {
    const version = versionOf(name);
    if (version) versions[name] = version;
    else remark(`${name}: not installed, so its cells are empty`);
  }
  const peers = wanted.filter((name) => versions[name]);
  const { nano, 'nano-bin': nanoBin, quick } = options;
  const withNano = Boolean(nano || nanoBin);
  if (nanoBin) {
    const { stdout } = spawnSync(nanoBin, ['--version'], { encoding: 'utf8', timeout: 20_000 });
    versions.nano = /\d+\.\d+\.\d+/.exec(stdout ?? '')?.[0] ?? '(unknown version)';
  }

  const about = machine(versions);
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);

  for (let round = 0; round < rounds; round++) {
    for (const [index, workload] of WORKLOADS.entries()) {
      if (!workloadNames.includes(workload.name)) continue;
      const all = [...(workload.own ? [] : peers), ...(withNano ? ['nano'] : [])];
      if (!all.length) continue;
      const order = rotate(all, round + index);
      say(`${seconds()} s: round ${round + 1}/${rounds}, ${workload.name}: ${order.join(', ')}`);
      if (workload.runs) {
        for (const name of order) await measureRuns(name, workload, round, { nano, nanoBin, quick });
        continue;
      }
      const empty = `${folder}/work/empty.mjs`;
      const commands = {};
      for (const name of order) {
        if (name !== 'nano') commands[name] = [programOf(name), ...PEERS[name].flags, empty];
        else if (nanoBin) commands.nano = [nanoBin, 'run', empty];
      }
      measureStart(commands, quick ? workload.quick : workload.full);
    }
  }

  const columns = [...wanted, ...(withNano ? ['nano'] : [])];
  const sections = [
    '## Machine', about,
    '## Figures', `Medians of the processes of ${rounds} round${rounds > 1 ? 's' : ''}, ${seconds()} s in all${quick ? ' (--quick)' : ''}.`,
    figures.table(columns),
    '## Ratios to the best peer', 'Below 1 is better than the best of them; where it says so, above 1.',
    figures.ratios(columns, peers),
  ];
  const spread = figures.spread(columns);
  if (spread) sections.push('## Spread', 'The largest figure of a process over the smallest.', spread);
  if (withNano && peers.length) {
    const aims = AIMS.filter(({ rows }) => rows.some((row) => workloadNames.includes(row.split('.')[0].replace('_no_spares', ''))));
    const reached = figures.reached(aims, 'nano', peers);
    const missed = reached.filter((each) => each.missed);
    sections.push('## Aims', 'Multiples of the best peer, or the figure itself where the aim has a unit.', figures.aims(reached));
    sections.push('## Where nano falls short', missed.length
      ? missed.map(({ name, value, bound }) => `- \`${name}\`: ${value} (aim ${bound}). Why: `).join('\n')
      : 'In none of the aims that were measured.');
  }
  if (remarks.size) sections.push('## Remarks', [...remarks].map((text) => `- ${text}`).join('\n'));
  console.log(sections.join('\n\n'));
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ about, figures, remarks: [...remarks] }, null, 2)}\n`);
}

main().catch((error) => {
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
});
