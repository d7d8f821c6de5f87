// The web's interfaces in one thread: microseconds of one use each, or MB/s where bytes flow through
// streams; the median of several batches. Nothing goes to a network or to another thread. What a
// peer lacks or refuses is a remark. The arguments are the number of batches, and, if only some rows
// are wanted, what their names begin with.

import { range } from './shapes.mjs';

// nano has no `process`.
const [batches, only = ''] = import.meta.args ?? process.argv.slice(2);
const BATCH_MS = 30;
const KIB = 1024;
const MIB = 1024 * KIB;

// What is made is looked at here, so that no engine leaves it out.
let seen = 0;

const urls = [
  'https://example.com/',
  'https://user:pass@sub.example.com:8080/a/b/../c.html?query=1&other=%20two#fragment',
  'http://xn--bcher-kva.example/p\u00e4th?q=\u00fc',
  'https://[2001:db8::1]:443/very/long/path/with/many/segments/and/a/file.tar.gz',
  'data:text/plain;base64,SGVsbG8=',
  'file:///home/user/file.txt',
];
const query = 'a=1&b=two+words&c=%C3%BC&d=4&e=5&list=1&list=2&list=3&empty=&last=end';
const fields = [
  ['Content-Type', 'application/json'], ['X-Request-Id', '0123456789abcdef'], ['Accept', 'text/html, */*;q=0.8'],
  ['Cache-Control', 'no-cache'], ['User-Agent', 'bench/1.0'], ['Accept-Language', 'en'], ['X-A', '1'], ['X-B', '2'],
];

const ascii = (length) => 'The quick brown fox jumps over the lazy dog. '.repeat(Math.ceil(length / 45)).slice(0, length);
// As many bytes of UTF-8, of which most letters take two or three.
const wide = (length) => '\u4e16\u754c\u00fc\u00e9 abc '.repeat(Math.ceil(length / 15)).slice(0, Math.floor((length * 9) / 15));

// Each row: its name after the dot, what is needed for it, and the work. `bytes` are those that one
// use handles; with `flows` the figure is their rate alone.
const rows = [
  {
    name: 'url_parse',
    run: () => { for (const url of urls) seen += new URL(url).href.length; },
    uses: urls.length,
  },
  { name: 'url_relative', make: () => new URL(urls[1]), run: (base) => { seen += new URL('../x/y?z#w', base).pathname.length; } },
  {
    name: 'url_search_params',
    run: () => {
      const params = new URLSearchParams(query);
      params.append('more', 'a b&c');
      params.delete('list', '2');
      for (const [name, value] of params) seen += name.length + value.length;
      seen += params.get('c').length + params.toString().length;
    },
  },
  ...[['1k', KIB], ['1m', MIB]].flatMap(([size, bytes]) => [['', ascii], ['_wide', wide]].flatMap(([kind, make]) => [
    {
      name: `encode${kind}_${size}`, bytes,
      make: () => ({ encoder: new TextEncoder(), text: make(bytes) }),
      run: ({ encoder, text }) => { seen += encoder.encode(text).length; },
    },
    {
      name: `decode${kind}_${size}`, bytes,
      make: () => ({ decoder: new TextDecoder(), data: new TextEncoder().encode(make(bytes)) }),
      run: ({ decoder, data }) => { seen += decoder.decode(data).length; },
    },
  ])),
  {
    name: 'encode_into_1k', bytes: KIB,
    make: () => ({ encoder: new TextEncoder(), text: ascii(KIB), into: new Uint8Array(2 * KIB) }),
    run: ({ encoder, text, into }) => { seen += encoder.encodeInto(text, into).written; },
  },
  {
    name: 'headers',
    run: () => {
      const headers = new Headers();
      for (const [name, value] of fields) headers.set(name, value);
      for (const [name] of fields) seen += headers.get(name).length;
      for (const [name, value] of headers) seen += name.length + value.length;
    },
  },
  { name: 'request', run: () => { seen += new Request(urls[1].replace('user:pass@', ''), { method: 'POST', headers: fields, body: 'x' }).url.length; } },
  {
    name: 'response_text_1k', make: () => ascii(KIB), wait: true,
    run: async (text) => { seen += (await new Response(text).text()).length; },
  },
  {
    name: 'response_json', make: () => JSON.stringify({ list: range(20, (i) => ({ id: i, s: 'hello' })) }), wait: true,
    run: async (text) => { seen += (await new Response(text).json()).list.length; },
  },
  {
    name: 'stream_pipe', flows: true, wait: true, bytes: 8 * MIB, make: () => new Uint8Array(16 * KIB),
    run: async (chunk) => { await source(chunk, 512).pipeTo(sink()); },
  },
  {
    name: 'stream_read', flows: true, wait: true, bytes: 8 * MIB, make: () => new Uint8Array(16 * KIB),
    run: async (chunk) => { for await (const part of source(chunk, 512)) seen += part.length; },
  },
  {
    name: 'transform_chain_4', flows: true, wait: true, bytes: 2 * MIB, make: () => new Uint8Array(16 * KIB),
    run: async (chunk) => {
      let stream = source(chunk, 128);
      for (let i = 0; i < 4; i++) stream = stream.pipeThrough(new TransformStream({ transform: (part, to) => to.enqueue(part) }));
      await stream.pipeTo(sink());
    },
  },
  {
    name: 'blob_slice', make: () => new Blob([new Uint8Array(MIB)]),
    run: (blob) => { seen += blob.slice(1000, 500_000, 'text/plain').size; },
  },
  {
    name: 'blob_text_1k', make: () => new Blob([ascii(KIB)]), wait: true,
    run: async (blob) => { seen += (await blob.text()).length; },
  },
  { name: 'btoa_1k', bytes: KIB, make: () => ascii(KIB), run: (text) => { seen += btoa(text).length; } },
  { name: 'atob_1k', bytes: KIB, make: () => btoa(ascii(KIB)), run: (text) => { seen += atob(text).length; } },
  { name: 'btoa_1m', bytes: MIB, make: () => ascii(MIB), run: (text) => { seen += btoa(text).length; } },
  { name: 'atob_1m', bytes: MIB, make: () => btoa(ascii(MIB)), run: (text) => { seen += atob(text).length; } },
  { name: 'structured_clone_blob', make: () => new Blob([new Uint8Array(MIB)]), run: (blob) => { seen += structuredClone(blob).size; } },
];

function source(chunk, count) {
  return new ReadableStream({
    pull(to) {
      if (count-- > 0) to.enqueue(chunk);
      else to.close();
    },
  });
}

function sink() {
  return new WritableStream({ write(part) { seen += part.length; } });
}

function batch(run, given, times) {
  const start = performance.now();
  for (let i = 0; i < times; i++) run(given);
  return performance.now() - start;
}

async function batchAsync(run, given, times) {
  const start = performance.now();
  for (let i = 0; i < times; i++) await run(given);
  return performance.now() - start;
}

for (const { name: row, make = () => {}, run, wait, bytes, flows, uses = 1 } of rows) {
  if (!row.startsWith(only)) continue;
  const name = `web_platform.${row}`;
  try {
    const given = make();
    const once = wait ? batchAsync : batch;
    let times = 1;
    while (await once(run, given, times) < BATCH_MS) times *= 2; // warms up, too
    const taken = [];
    for (let i = 0; i < Number(batches); i++) taken.push(await once(run, given, times));
    const micros = (taken.sort((a, b) => a - b)[taken.length >> 1] / times / uses) * 1000;
    console.log(JSON.stringify(flows
      ? { name, value: bytes / micros, unit: 'MB/s' }
      : { name, value: micros, unit: 'us', bytes }));
  } catch (error) {
    console.log(JSON.stringify({ name, note: `${error?.name}: ${error?.message ?? error}` }));
  }
}
if (seen < 0) console.log(seen);
