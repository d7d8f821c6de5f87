import { Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import { streamText } from "hono/streaming";
import { validator } from "hono/validator";

const app = new Hono({ strict: false });
app.use("/api/*", cors({ origin: "https://a.example", credentials: true }));
app.use("*", async (c, next) => {
  await next();
  c.header("x-path", c.req.path);
});
app.get("/", (c) => c.text("hello"));
app.get("/users/:id{[0-9]+}", (c) => c.json({ id: Number(c.req.param("id")), q: c.req.queries("q") ?? [] }));
app.post("/form", async (c) => {
  const form = await c.req.parseBody({ all: true });
  const entries = Object.entries(form).map(async ([name, value]) => [name, value instanceof File ? `${value.name}: ${await value.text()}` : value]);
  return c.json(await Promise.all(entries));
});
app.post("/api/items", validator("json", (value, c) => (value.name ? value : c.text("no name", 400))), (c) => {
  setCookie(c, "last", c.req.valid("json").name, { httpOnly: true, path: "/" });
  return c.json({ made: c.req.valid("json").name, had: getCookie(c, "last") ?? null }, 201);
});
app.get("/stream", (c) => streamText(c, async (out) => {
  for (const word of ["one", "two", "three"]) await out.writeln(word);
}));
app.get("/old", (c) => c.redirect("/", 301));
app.get("/teapot", () => { throw new HTTPException(418, { message: "short and stout" }); });
app.get("/fail", () => { throw new Error("oh"); });
app.onError((error, c) => (error instanceof HTTPException ? error.getResponse() : c.text(`failed: ${error.message}`, 500)));
app.notFound((c) => c.text(`nothing at ${c.req.path}`, 404));
const sub = new Hono().basePath("/v2").all("/any", (c) => c.body(c.req.method));
app.route("/api", sub);

const ask = async (path, init) => {
  const response = await app.request(path, init);
  const headers = [...response.headers].map(([name, value]) => `${name}=${value}`).join(" ");
  console.log(response.status, headers, JSON.stringify(await response.text()));
};
await ask("/");
await ask("/users/42?q=a&q=b%20c");
await ask("/users/x");
const form = new FormData();
form.append("a", "1");
form.append("a", "2");
form.append("file", new File(["content"], "f.txt", { type: "text/plain" }));
await ask("/form", { method: "POST", body: form });
await ask("/form", { method: "POST", body: new URLSearchParams({ x: "y z" }) });
await ask("/api/items", { method: "POST", body: JSON.stringify({ name: "ü" }), headers: { "content-type": "application/json", cookie: "last=before" } });
await ask("/api/items", { method: "POST", body: "{}", headers: { "content-type": "application/json" } });
await ask("/api/items", { method: "OPTIONS", headers: { origin: "https://a.example" } });
await ask("/stream");
await ask("/old");
await ask("/teapot");
await ask("/fail");
await ask("/api/v2/any", { method: "PUT", body: "x" });
await ask("/", { method: "HEAD" });
const response = await app.fetch(new Request("http://h.example/users/7", { headers: { accept: "application/json" } }));
console.log(response.ok, response.headers.get("content-type"), (await response.json()).id);
