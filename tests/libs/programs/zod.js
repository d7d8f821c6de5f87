import * as z from "zod";

const User = z.object({
  id: z.uuid(),
  name: z.string().min(2).trim(),
  email: z.email().optional(),
  age: z.coerce.number().int().nonnegative(),
  tags: z.array(z.enum(["a", "b"])).max(2).default([]),
  role: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("admin"), level: z.number() }),
    z.object({ kind: z.literal("user") }),
  ]),
  site: z.url().nullable(),
}).strict();
const good = { id: "6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b", name: " Ada ", age: "36", role: { kind: "admin", level: 3 }, site: null };
console.log(JSON.stringify(User.parse(good)));
const bad = User.safeParse({ ...good, id: "x", name: "A", email: "no", age: -1.5, tags: ["a", "c", "b"], role: { kind: "king" }, site: "nope", more: 1 });
for (const issue of bad.error.issues) console.log(issue.code, issue.path.join("."), issue.message);
const Tree = z.object({ value: z.number(), get children() { return z.array(Tree).optional(); } });
console.log(JSON.stringify(Tree.parse({ value: 1, children: [{ value: 2 }] })), Tree.safeParse({ value: 1, children: [{}] }).success);
const Even = z.number().refine(async (it) => it % 2 === 0, "odd").transform((it) => it / 2);
console.log(await Even.parseAsync(8), (await Even.safeParseAsync(7)).error.issues[0].message);
console.log(JSON.stringify(z.toJSONSchema(z.object({ a: z.string().regex(/^x/), b: z.tuple([z.int(), z.boolean()]) }))));
console.log(z.map(z.string(), z.date()).parse(new Map([["k", new Date(0)]])).size, z.string().pipe(z.transform((it) => it.length)).parse("four"));
console.log(z.prettifyError(z.object({ a: z.string() }).safeParse({ a: 1 }).error));
console.log(z.url().parse("https://x.example/a?b"), z.base64().safeParse("####").success, z.iso.datetime().safeParse("2024-02-30T00:00:00Z").success);
