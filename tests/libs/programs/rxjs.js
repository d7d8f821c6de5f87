import {
  BehaviorSubject, EMPTY, Observable, ReplaySubject, Subject, catchError, combineLatest, concatMap, debounceTime, defer, firstValueFrom, from,
  fromEvent, interval, lastValueFrom, map, merge, mergeMap, of, retry, scan, share, switchMap, take, takeUntil, throwError, timer, toArray,
} from "rxjs";
import { TestScheduler } from "rxjs/testing";

const all = (source) => lastValueFrom(source.pipe(toArray()));
console.log((await all(from([1, 2, 3]).pipe(scan((sum, it) => sum + it, 0), map((it) => it * 10)))).join());
console.log((await all(interval(1).pipe(take(4)))).join());
console.log((await all(from(["a", "b"]).pipe(concatMap((it) => timer(2).pipe(map(() => it)))))).join());
let tries = 0;
const shaky = defer(() => (++tries < 3 ? throwError(() => new Error("not yet")) : of(`after ${tries}`)));
console.log(await firstValueFrom(shaky.pipe(retry(5))), await firstValueFrom(throwError(() => "e").pipe(catchError((it) => of(`caught ${it}`)))));
const a = new BehaviorSubject(1);
const b = new Subject();
const seen = [];
const subscription = combineLatest([a, b]).subscribe(([x, y]) => seen.push(`${x}${y}`));
b.next("x");
a.next(2);
b.next("y");
subscription.unsubscribe();
a.next(3);
console.log(seen.join());
const replay = new ReplaySubject(2);
[1, 2, 3].forEach((it) => replay.next(it));
replay.complete();
console.log((await all(replay)).join());
const target = new EventTarget();
const stop = new Subject();
const events = all(fromEvent(target, "tick").pipe(takeUntil(stop), map((event) => event.type)));
target.dispatchEvent(new Event("tick"));
target.dispatchEvent(new Event("tick"));
stop.next();
console.log((await events).join());
console.log((await all(from([1, 2]).pipe(switchMap((it) => of(it, -it)), mergeMap((it) => merge(of(it), EMPTY))))).join());
let subscribers = 0;
const shared = new Observable((observer) => { subscribers++; setTimeout(() => { observer.next("s"); observer.complete(); }, 1); }).pipe(share());
await Promise.all([all(shared), all(shared)]);
console.log(subscribers);
new TestScheduler((actual, expected) => console.log(JSON.stringify(actual) === JSON.stringify(expected))).run(({ cold, expectObservable }) => {
  expectObservable(cold("-a-b--c|").pipe(debounceTime(2))).toBe("-----b-(c|)");
});
