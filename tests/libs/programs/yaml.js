import { Document, LineCounter, isMap, parse, parseAllDocuments, parseDocument, stringify, visit } from "yaml";

const source = `# head
defaults: &base
  retries: 3
  on: [a, "b c", !!str 1]
job:
  <<: *base
  text: |
    two
      lines
  folded: >-
    one
    line
  when: 2024-02-29T12:00:00Z
  hex: 0x1F
  none: ~
  "quoted: key": .inf
`;
console.log(JSON.stringify(parse(source, { merge: true })));
const doc = parseDocument(source);
doc.setIn(["job", "added"], { x: [1, 2] });
doc.deleteIn(["job", "hex"]);
visit(doc, { Scalar(key, node) { if (node.value === "b c") node.comment = " changed"; } });
console.log(String(doc));
console.log(stringify({ a: [], b: {}, c: "yes", d: "multi\nline\n", e: [[1, [2]], { f: null }], g: 1e21, h: "# no" }));
console.log(parseAllDocuments("a: 1\n---\n- b\n...\n---\nc").map((it) => JSON.stringify(it.toJS())).join(" "), isMap(doc.contents));
const lineCounter = new LineCounter();
const bad = parseDocument("a: [1, 2\nb: }", { lineCounter });
console.log(bad.errors.map((it) => `${it.code} ${it.linePos?.[0].line}`).join());
const anchored = new Document();
const list = anchored.createNode([1]);
anchored.contents = anchored.createNode({ x: list, y: anchored.createAlias(list, "l") });
console.log(String(anchored));
