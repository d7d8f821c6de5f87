import { parse, tokenizer, Parser } from "acorn";

const source = "export async function* lines(reader) { for await (const { value = 1n } of reader) yield value ?? /x+/v; }";
const tree = parse(source, { ecmaVersion: "latest", sourceType: "module", locations: true });
const counts = {};
const visit = (node) => {
  if (Array.isArray(node)) return node.forEach(visit);
  if (!node || typeof node.type !== "string") return;
  counts[node.type] = (counts[node.type] ?? 0) + 1;
  for (const key of Object.keys(node)) if (typeof node[key] === "object") visit(node[key]);
};
visit(tree);
console.log(JSON.stringify(counts));
console.log([...tokenizer("a => a ** 2 // twice", { ecmaVersion: 2024 })].map((token) => token.type.label).join(" "));

class Counting extends Parser {
  parseStatement(...given) {
    Counting.statements++;
    return super.parseStatement(...given);
  }
}
Counting.statements = 0;
Counting.parse("let a; { let b; if (a) b; }", { ecmaVersion: 2020 });
console.log(Counting.statements);

for (const bad of ["let let = 1", "a b", "`${", "class { #x; y() { z.#w } }"]) {
  try {
    parse(bad, { ecmaVersion: "latest" });
    console.log("no error");
  } catch (error) {
    console.log(error.name, error.message, error.pos);
  }
}
