import { applyPatches, castDraft, createDraft, current, enableMapSet, enablePatches, finishDraft, isDraft, original, produce, produceWithPatches } from "immer";

enableMapSet();
enablePatches();
const base = { list: [{ n: 1 }, { n: 2 }], map: new Map([["a", { n: 3 }]]), set: new Set([1, 2]), same: { deep: true } };
const next = produce(base, (draft) => {
  draft.list.push({ n: 4 });
  draft.list[0].n++;
  draft.map.get("a").n = 30;
  draft.set.add(3).delete(1);
  console.log(isDraft(draft.list), original(draft).list.length, current(draft).list.length);
});
console.log(JSON.stringify(next.list), [...next.map.values()][0].n, [...next.set].join(), next.same === base.same, base.list[0].n);
console.log(Object.isFrozen(next), Object.isFrozen(next.list[0]), produce(base, () => {}) === base);
const [changed, patches, inverse] = produceWithPatches(base, (draft) => {
  draft.list.splice(0, 1);
  draft.map.delete("a");
});
console.log(JSON.stringify(patches));
console.log(JSON.stringify(applyPatches(changed, inverse).list), JSON.stringify(applyPatches(base, patches).list));
class Point {
  x = 1;
  [Symbol.for("immer-draftable")] = true;
  move(by) { return produce(this, (draft) => { draft.x += by; }); }
}
const moved = new Point().move(4);
console.log(moved.x, moved instanceof Point);
const draft = createDraft({ a: [1] });
castDraft(draft).a.push(2);
console.log(JSON.stringify(finishDraft(draft)));
try {
  next.list.push(1);
} catch (error) {
  console.log(error.constructor.name);
}
