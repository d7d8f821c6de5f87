// From figures to Markdown.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Three significant digits. */
export function digits(value) {
  if (value === undefined) return '';
  if (value === 0) return '0';
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return places ? value.toFixed(Math.min(places, 3)) : Math.round(value).toLocaleString('en-US');
}

const isRate = (unit) => unit.endsWith('/s');

/** A throughput that says the same as the microseconds of the row before it. */
const isDerived = (name) => name.endsWith('.rate');

/** The row of the peers that a row of nano's is held against: they have no spares to go without. */
const rowOfPeers = (name) => name.replace('_no_spares', '');

const reaches = (pattern, name) => (pattern.endsWith('*')
  ? name.startsWith(pattern.slice(0, -1))
  : name === pattern);

function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, column) => (column ? '---:' : '---'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/**
 * All figures of all rounds, by name and runtime.
 *
 * The rows keep the order in which their names first came up.
 */
export class Figures {
  #rows = new Map();

  add(runtime, { name, value, unit, bytes }) {
    if (!this.#rows.has(name)) this.#rows.set(name, { unit, values: {} });
    const row = this.#rows.get(name);
    if (row.unit !== unit) throw new Error(`${name} of ${runtime} is in ${unit}, others are in ${row.unit}`);
    (row.values[runtime] ??= []).push(value);
    // Microseconds for so many bytes say a throughput, too.
    if (bytes && unit === 'us') this.add(runtime, { name: `${name}.rate`, value: bytes / value, unit: 'MB/s' });
  }

  has(runtime, name) {
    return Boolean(this.#rows.get(name)?.values[runtime]);
  }

  #medians(runtimes) {
    return [...this.#rows].map(([name, { unit, values }]) => {
      const cells = Object.fromEntries(
        runtimes.filter((r) => values[r]).map((r) => [r, median(values[r])]),
      );
      return { name, unit, cells };
    });
  }

  /** The medians over the rounds. */
  table(runtimes) {
    const rows = this.#medians(runtimes).map(({ name, unit, cells }) => [
      `${name}, ${unit}`,
      ...runtimes.map((r) => digits(cells[r])),
    ]);
    return markdown(['', ...runtimes], rows);
  }

  /** The best median of `peers` for a row, if any of them has one. */
  #best(peers, name) {
    const { unit, values } = this.#rows.get(rowOfPeers(name)) ?? { values: {} };
    const theirs = peers.filter((p) => values[p]).map((p) => median(values[p]));
    if (!theirs.length) return undefined;
    return isRate(unit) ? Math.max(...theirs) : Math.min(...theirs);
  }

  /** The same as multiples of the best among `peers`: below 1 is better, for rates above 1. */
  ratios(runtimes, peers) {
    const rows = [];
    for (const { name, unit, cells } of this.#medians(runtimes)) {
      const best = this.#best(peers, name);
      if (best === undefined || isDerived(name)) continue;
      rows.push([
        isRate(unit) ? `${name} (more is better)` : name,
        ...runtimes.map((r) => (cells[r] === undefined ? '' : digits(cells[r] / best))),
      ]);
    }
    return markdown(['', ...runtimes], rows);
  }

  /**
   * What `runtime` reaches of each aim, row by row: `{ what, name, bound, value, missed }`, where
   * `bound` and `value` are text. An aim without a figure has a `name` alone.
   */
  reached(aims, runtime, peers) {
    return aims.flatMap(({ what, rows, times, within, below }) => rows.flatMap((pattern) => {
      const bound = below ? `< ${digits(below)}` : digits(times ?? within);
      const found = [...this.#rows].filter(([name, { values }]) => (
        reaches(pattern, name) && values[runtime] && !isDerived(name)
      ));
      if (!found.length) return [{ what, name: pattern, bound, value: '', missed: null }];
      return found.map(([name, { unit, values }]) => {
        const figure = median(values[runtime]);
        if (below) return { what, name, bound: `${bound} ${unit}`, value: digits(figure), missed: figure >= below };
        const best = this.#best(peers, name);
        if (best === undefined) return { what, name, bound, value: '', missed: null };
        const ratio = Number((figure / best).toPrecision(3)); // as it is shown
        const sign = isRate(unit) ? '≥' : '≤';
        const most = times ?? (isRate(unit) ? 1 / within : within);
        const missed = isRate(unit) ? ratio < most : ratio > most;
        return { what, name, bound: `${sign} ${digits(most)}`, value: digits(ratio), missed };
      });
    }));
  }

  /** The aims as a table. */
  aims(reached) {
    return markdown(['aim', 'row', 'bound', 'nano', ''], reached.map(({ what, name, bound, value, missed }) => [
      what, name, bound, value, { true: 'missed', false: 'reached', null: 'not measured' }[missed],
    ]));
  }

  /** How far the processes lie apart: the largest figure over the smallest. */
  spread(runtimes) {
    const rows = [];
    for (const [name, { values }] of this.#rows) {
      const cells = runtimes.map((r) => {
        const all = values[r] ?? [];
        return all.length > 1 ? (Math.max(...all) / Math.min(...all)).toFixed(2) : '';
      });
      if (cells.some(Boolean)) rows.push([name, ...cells]);
    }
    return rows.length ? markdown(['', ...runtimes], rows) : '';
  }

  toJSON() {
    return Object.fromEntries(this.#rows);
  }
}
