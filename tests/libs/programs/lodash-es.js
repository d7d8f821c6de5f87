import {
  chain, chunk, cloneDeep, curry, debounce, escape, get, groupBy, isEqual, kebabCase, mapValues, memoize, merge, orderBy, set, template,
  throttle, words, zipObject,
} from "lodash-es";

console.log(JSON.stringify(chunk([1, 2, 3, 4, 5], 2)), JSON.stringify(groupBy(["one", "two", "three"], "length")));
const graph = { a: { b: [{ c: 1 }, new Map([["k", new Set([1])]])] }, d: new Date(0), r: /x/gi, t: new Uint8Array([1, 2]) };
graph.self = graph;
const copy = cloneDeep(graph);
console.log(isEqual(copy, graph), copy.self === copy, copy.a.b[1] !== graph.a.b[1], copy.t.constructor.name);
console.log(get(graph, "a.b[0].c"), JSON.stringify(set({}, "x[1].y", 2)), JSON.stringify(merge({ a: [1, { b: 2 }] }, { a: [3, { c: 4 }] })));
console.log(kebabCase("fooBarÜberXML2"), words("hello, wörld & co").join("|"), escape("<a href='x'>"));
console.log(JSON.stringify(orderBy([{ n: "b", i: 1 }, { n: "a", i: 2 }, { n: "b", i: 3 }], ["n", "i"], ["asc", "desc"])));
console.log(curry((a, b, c) => a + b + c)(1)(2, 3), memoize((x) => x * 2)(21), JSON.stringify(mapValues(zipObject(["a", "b"], [1, 2]), (x) => x * x)));
console.log(template("<% names.forEach((name) => { %>hi <%- name %>; <% }) %>")({ names: ["A&B", "C"] }));
console.log(chain ? "chained" : "", JSON.stringify([..."cab"].sort()));
let calls = 0;
const later = debounce(() => { calls++; }, 10);
const now = throttle(() => { calls += 10; }, 1000);
for (let i = 0; i < 5; i++) {
  later();
  now();
}
await new Promise((done) => setTimeout(done, 60));
now.cancel();
console.log(calls);
