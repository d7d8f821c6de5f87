import { AutoRouter, IttyRouter, StatusError, cors, error, html, json, text, withContent, withCookies, withParams } from "itty-router";

const { preflight, corsify } = cors({ origin: ["https://a.example"] });
const router = AutoRouter({ before: [preflight], finally: [corsify], base: "/v1" });
router
  .get("/plain/:name?", ({ name, query }) => `${name ?? "nobody"} ${JSON.stringify(query)}`)
  .get("/json/:a/:b+", ({ a, b }) => ({ a, b }))
  .post("/echo", withContent, ({ content }) => content)
  .get("/cookies", withCookies, ({ cookies }) => cookies)
  .get("/text", () => text("as it is", { status: 202 }))
  .get("/html", () => html("<p>"))
  .get("/gone", () => { throw new StatusError(410, "gone for good"); })
  .get("/broken", () => { throw new Error("no status"); })
  .all("/file.:ending", ({ params, method }) => error(415, { ending: params.ending, method }));

const say = async (response) => {
  const type = response.headers.get("content-type");
  const allowed = response.headers.get("access-control-allow-origin");
  console.log(response.status, type, allowed, JSON.stringify(await response.text()));
};
const ask = async (path, init) => say(await router.fetch(new Request(`https://h.example/v1${path}`, init)));
await ask("/plain/x?a=1&a=2&b=%C3%BC");
await ask("/plain", { headers: { origin: "https://a.example" } });
await ask("/json/1/2/3");
await ask("/echo", { method: "POST", body: JSON.stringify([1, { b: null }]) });
await ask("/echo", { method: "POST", body: "no json" });
await ask("/cookies", { headers: { cookie: "a=1; b=two" } });
await ask("/text");
await ask("/html");
await ask("/gone");
await ask("/broken");
await ask("/file.txt", { method: "DELETE" });
await ask("/nowhere");
await ask("/plain", { method: "OPTIONS", headers: { origin: "https://a.example" } });

const bare = IttyRouter();
const order = [];
bare.all("*", withParams, () => { order.push("first"); }).get("/:id", ({ id }) => { order.push(id); return json({ id }); });
await say(await bare.fetch(new Request("https://h.example/9")));
console.log(order.join());
