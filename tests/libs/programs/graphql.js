import {
  GraphQLError, buildSchema, graphql, introspectionFromSchema, parse, print, printSchema, subscribe, validate,
} from "graphql";

const schema = buildSchema(`
  enum Role { ADMIN USER }
  interface Node { id: ID! }
  type User implements Node { id: ID!, name: String!, role: Role!, friends(first: Int = 2): [User!]! }
  input Wanted { role: Role, names: [String!] }
  type Query { user(id: ID!): User, users(wanted: Wanted): [User!]!, broken: String! }
  type Subscription { count(to: Int!): Int! }
`);
const users = ["Ada", "Bob", "Cy"].map((name, i) => ({
  id: String(i), name, role: i === 0 ? "ADMIN" : "USER",
  friends: ({ first }) => users.filter((it) => it.name !== name).slice(0, first),
}));
const rootValue = {
  user: async ({ id }) => users[Number(id)],
  users: ({ wanted }) => users.filter((it) => !wanted?.role || it.role === wanted.role),
  broken: () => { throw new GraphQLError("it broke", { extensions: { code: 7 } }); },
  count: async function* ({ to }) { for (let count = 1; count <= to; count++) yield { count }; },
};
const ask = async (source, variableValues) => console.log(JSON.stringify(await graphql({ schema, source, rootValue, variableValues })));
await ask("{ user(id: 1) { ...on Node { id } name friends(first: 1) { name } } }");
await ask("query Q($wanted: Wanted) { all: users(wanted: $wanted) { __typename name role } }", { wanted: { role: "USER" } });
await ask("{ broken }");
await ask("{ user(id: 1) { nme } }");
await ask("query Q($wanted: Wanted) { users(wanted: $wanted) { id } }", { wanted: { role: "KING" } });
console.log(print(parse("query   A { b(c:[1,2,{d:$e}]) @skip(if:true) { ...F } } fragment F on X{y}")));
console.log(printSchema(schema).split("\n").length, introspectionFromSchema(schema).__schema.types.length > 10);
console.log(validate(schema, parse("{ user { id } ...Missing }")).map((it) => it.message).join("; "));
const stream = await subscribe({ schema, document: parse("subscription { count(to: 3) }"), rootValue });
for await (const { data } of stream) console.log(data.count);
