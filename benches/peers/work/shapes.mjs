// The ten shapes that are cloned.

export const range = (length, f) => Array.from({ length }, (_, i) => f(i));

const tree = (depth) => (depth === 0
  ? { leaf: true, weight: 0.5 }
  : { name: `level ${depth}`, children: range(3, () => tree(depth - 1)) });

export const shapes = {
  small: { id: 1, s: 'hello' },
  flat_20: Object.fromEntries(range(20, (i) => [`field${i}`, i % 2 ? i : `value ${i}`])),
  tree: tree(4), // 121 objects
  ints_1000: range(1000, (i) => i * 7),
  objects_1000: range(1000, (i) => ({ id: i, s: 'hello' })),
  // In an object, since a bare string needs no copy at all.
  string_10k: { text: 'x'.repeat(10_000) },
  string_two_byte_1m: { text: '\u4e16'.repeat(512 * 1024) },
  map_set_100: {
    map: new Map(range(100, (i) => [`key ${i}`, i])),
    set: new Set(range(100, (i) => `member ${i}`)),
  },
  bytes_1m: new Uint8Array(1024 * 1024).fill(7),
  date_regexp_error: { date: new Date(0), pattern: /a+b/gi, error: new TypeError('wrong', { cause: 'x' }) },
};
