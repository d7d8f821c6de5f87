import { Marked, marked } from "marked";

const source = `# Title & *more*

A [link](https://x.example "t"), \`code\`, ~~old~~ and <b>raw</b>.

- one
  1. nested
- [x] done

| a | b |
|:--|--:|
| 1 | \`2\` |

\`\`\`js
if (a < b) c();
\`\`\`

> quote
> > deeper

![img](a.png)
***
Autolink: https://y.example.`;
console.log(marked.parse(source));
console.log(marked.lexer(source).map((token) => token.type).join(" "));
const own = new Marked({ gfm: true, breaks: true, async: true }, {
  renderer: { heading({ tokens, depth }) { return `[h${depth}:${this.parser.parseInline(tokens)}]\n`; } },
  extensions: [{
    name: "mark", level: "inline", start: (text) => text.indexOf("=="),
    tokenizer(text) {
      const found = /^==([^=]+)==/.exec(text);
      return found ? { type: "mark", raw: found[0], text: found[1] } : undefined;
    },
    renderer: (token) => `<mark>${token.text}</mark>`,
  }],
  walkTokens: async (token) => { if (token.type === "text") token.text = token.text.toUpperCase(); },
});
console.log(await own.parse("## sub\nline ==marked==\nnext"));
