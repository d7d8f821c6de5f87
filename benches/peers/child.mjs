// Runs one program to its end, to its last line or to its time limit, whichever comes first.

import { spawn } from 'node:child_process';

/** What the programs see: no settings of whoever runs the benchmark. */
function environment(folder) {
  const { NODE_OPTIONS, DENO_DIR, BUN_OPTIONS, ...rest } = process.env;
  return {
    ...rest,
    DENO_DIR: `${folder}/node_modules/.deno`,
    DENO_NO_UPDATE_CHECK: '1',
    DO_NOT_TRACK: '1',
    NO_COLOR: '1',
  };
}

/**
 * Runs `command` (a list) and yields its JSON lines as `lines`, and as `trouble` what went wrong,
 * if anything; `late` says that it did not end in time. Everything that the program started is gone
 * afterwards.
 */
export function run(command, { folder, seconds }) {
  return new Promise((resolve) => {
    const [program, ...args] = command;
    const child = spawn(program, args, {
      env: environment(folder),
      detached: true, // a process group, to be ended as one
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines = [];
    let trouble = null;
    let late = false;
    let finished = false;
    let progress = null;
    let errors = '';
    let rest = '';

    const end = () => {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended already.
      }
    };
    const limit = setTimeout(() => {
      trouble = `no end after ${seconds} s`;
      late = true;
      end();
    }, seconds * 1000);

    child.stdout.setEncoding('utf8').on('data', (text) => {
      const complete = (rest + text).split('\n');
      rest = complete.pop();
      for (const line of complete) {
        if (!line.startsWith('{')) continue;
        let figure;
        try {
          figure = JSON.parse(line);
        } catch {
          trouble ??= `cannot read the line ${line.slice(0, 80)}`;
          continue;
        }
        if (figure.done) {
          finished = true;
          end();
        } else if (figure.progress) {
          progress = figure.progress;
        } else {
          lines.push(figure);
        }
      }
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors = (errors + text).slice(-4000);
    });
    child.on('error', (error) => {
      trouble = `does not start: ${error.message}`;
    });
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      if (!finished && code !== 0) {
        const last = errors.trim().split('\n').find((line) => /error|panic|abort/i.test(line))
          ?? errors.trim().split('\n').at(-1);
        trouble ??= `ended with ${signal ?? `exit code ${code}`}${last ? `: ${last.trim().slice(0, 160)}` : ''}`;
      }
      if (trouble && progress) trouble = `had come to ${progress}; ${trouble}`;
      resolve({ lines, trouble, late });
    });
  });
}
