#!/usr/bin/env node
// Runs the same work on Node, Deno, Bun and nano in one go and prints Markdown: the machine, the
// figures, and each figure as a multiple of the best peer's. See README.md.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { run } from './child.mjs';
import { Figures, digits, median } from './table.mjs';
import { WORKLOADS } from './workloads.mjs';

const USAGE = `Usage: node run.mjs [options]
  --nano CMD       the command that measures nano; gets a workload's name, and --quick, as arguments
                   and prints JSON lines {"name": "...", "value": n, "unit": "us"}
  --nano-bin PATH  the nano program; runs the workloads that need no adapter (process_start,
                   structured_clone) in place of --nano
  --quick          less of everything, in one round: about a minute, for a look
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

/** One process, its figures kept. */
async function measure(runtime, workload, command, seconds) {
  const { lines, trouble } = await run(command, { folder, seconds });
  if (trouble) remark(`${runtime}, ${workload}: ${trouble}`);
  const found = {};
  for (const { name, value, unit, bytes, note } of lines) {
    if (note) remark(`${runtime}, ${name}: ${note}`);
    if (!Number.isFinite(value)) continue;
    (found[name] ??= { name, unit, bytes, values: [] }).values.push(value);
  }
  return Object.values(found);
}

/** A peer's share of one workload in one round. */
async function measurePeer(peer, workload, round, quick) {
  for (const part of workload.runs) {
    const args = quick ? part.quick : part.full;
    if (!args || (part.once && round > 0)) continue;
    if (part.fits && !fits(peer, args[0], part.fits)) continue;
    const command = [programOf(peer), ...PEERS[peer].flags, `${folder}/work/${workload.name}.mjs`, ...args];
    const merged = {};
    for (let i = 0; i < (part.times ?? 1); i++) {
      for (const { values, ...figure } of await measure(peer, `${workload.name} ${args.join(' ')}`, command, part.seconds ?? 40)) {
        (merged[figure.name] ??= { ...figure, values: [] }).values.push(...values);
      }
    }
    for (const { values, ...figure } of Object.values(merged)) {
      figures.add(peer, { ...figure, value: median(values) });
    }
  }
}

/** Whether `count` workers of the size found by `smaller` have room in this machine. */
function fits(peer, count, smaller) {
  const name = `idle_memory.${count}`;
  const each = figures.has(peer, smaller) && median(figures.toJSON()[smaller].values[peer]);
  if (!each) {
    remark(`${peer}, ${name}: not tried, since ${smaller} has no figure`);
    return false;
  }
  const needed = (each * count) / 1024 / 1024;
  const available = Number(/MemAvailable:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))[1]) / 1024 / 1024;
  if (needed > available - 3) {
    remark(`${peer}, ${name}: not tried, since it would take ${digits(needed)} GiB and ${digits(available)} are free`);
    return false;
  }
  return true;
}

/** nano's share of one workload in one round, from its own program. */
async function measureNano(command, workload, quick) {
  const line = ['exec', command, workload.name, ...(quick ? ['--quick'] : [])].join(' ');
  for (const { values, ...figure } of await measure('nano', workload.name, ['sh', '-c', line], 300)) {
    figures.add('nano', { ...figure, value: median(values) });
  }
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
  const nanoBin = options['nano-bin'];
  const withNano = Boolean(options.nano || nanoBin);
  if (nanoBin) {
    const { stdout } = spawnSync(nanoBin, ['--version'], { encoding: 'utf8', timeout: 20_000 });
    versions.nano = /\d+\.\d+\.\d+/.exec(stdout ?? '')?.[0] ?? '(unknown version)';
  }

  const about = machine(versions);
  const started = Date.now();
  const nanoRuns = (script) => [nanoBin, 'run', `${folder}/work/${script}`];

  for (let round = 0; round < rounds; round++) {
    for (const [index, workload] of WORKLOADS.entries()) {
      if (!workloadNames.includes(workload.name)) continue;
      const order = rotate([...peers, ...(withNano ? ['nano'] : [])], round + index);
      say(`Round ${round + 1}/${rounds}, ${workload.name}: ${order.join(', ')}`);
      if (!workload.runs) {
        const commands = {};
        for (const name of order) {
          if (name !== 'nano') {
            commands[name] = [programOf(name), ...PEERS[name].flags, `${folder}/work/empty.mjs`];
          } else if (nanoBin) {
            commands.nano = nanoRuns('empty.mjs');
          } else {
            await measureNano(options.nano, workload, options.quick);
          }
        }
        measureStart(commands, options.quick ? workload.quick : workload.full);
        continue;
      }
      for (const name of order) {
        if (name !== 'nano') {
          await measurePeer(name, workload, round, options.quick);
        } else if (nanoBin && workload.name === 'structured_clone') {
          for (const { values, ...figure } of await measure('nano', workload.name, nanoRuns('structured_clone.mjs'), 40)) {
            figures.add('nano', { ...figure, value: median(values) });
          }
        } else if (options.nano) {
          await measureNano(options.nano, workload, options.quick);
        }
      }
    }
  }

  const columns = [...wanted, ...(withNano ? ['nano'] : [])];
  const spread = figures.spread(columns);
  console.log([
    '## Machine', about,
    `## Figures\n\nMedians of ${rounds} round${rounds > 1 ? 's' : ''}, ${Math.round((Date.now() - started) / 1000)} s in all${options.quick ? ' (--quick)' : ''}.`,
    figures.table(columns),
    '## Ratios to the best peer\n\nBelow 1 is better than the best of them; where it says so, above 1.',
    figures.ratios(columns, peers),
    ...(spread ? ['## Spread\n\nThe largest figure of the rounds over the smallest.', spread] : []),
    ...(remarks.size ? ['## Remarks', [...remarks].map((text) => `- ${text}`).join('\n')] : []),
  ].join('\n\n'));
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ about, figures, remarks: [...remarks] }, null, 2)}\n`);
}

main().catch((error) => {
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
});
