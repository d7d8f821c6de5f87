//! To whom CPU time is charged where one call's task wakes another call.

use std::time::Duration;

use nano::{ActorRef, ActorSpec, AskError, LimitExceeded, LimitKind, Limits, Receipt};

use crate::one_thread;

/// For so long on the wall a call burns: where processors are busy, less of it is CPU time.
const BURN: Duration = Duration::from_millis(150);

/// Handlers that go on when something else of the isolate says so.
const WOKEN: &str = "
  import { AsyncLocalStorage } from 'node:async_hooks';
  const burn = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
  const rest = (ms) => new Promise((done) => setTimeout(done, ms));
  let tail = Promise.resolve();
  const locked = async (work) => {
    const before = tail;
    let unlock;
    tail = new Promise((done) => unlock = done);
    await before;
    try { return await work(); } finally { unlock(); }
  };
  export const holds = () => locked(() => rest(50));
  export const burns_locked = (ms) => locked(async () => burn(ms));

  let wake, woken = new Promise((done) => wake = done);
  export const wakes = () => wake();
  export const burns_woken = async (ms) => { await woken; burn(ms) };
  export const queues_woken = async (ms) => {
    await woken;
    await new Promise((done) => queueMicrotask(() => { burn(ms); done() }));
  };

  const cell = () => new Int32Array(new SharedArrayBuffer(4));
  export const burns_after_wait = async (ms) => { await Atomics.waitAsync(cell(), 0, 0, 10).value; burn(ms) };
  export const burns_on_notice = async (ms) => {
    const shared = cell();
    setTimeout(() => Atomics.notify(shared, 0), 10);
    await Atomics.waitAsync(shared, 0, 0).value;
    burn(ms);
  };

  let tick, ticks = new Promise((done) => tick = done);
  setInterval(() => { tick(); ticks = new Promise((done) => tick = done) }, 5);
  export const burns_by_ticks = async (ms) => { for (;;) { await ticks; burn(ms) } };
  export const burns_by_waits = async (ms) => {
    for (;;) { await Atomics.waitAsync(cell(), 0, 0, 1).value; burn(ms) }
  };
  export const burns_as_thenable = (ms) => ({ then(done) { burn(ms); done() } });
  let enter, released = new Promise((done) => enter = done);
  export const lends_context = async () => {
    enter(AsyncLocalStorage.snapshot());
    await rest(300);
  };
  export const burns_borrowed = async (ms) => { (await released)(burn, ms) };
  let rejected;
  addEventListener('rejectionhandled', () => burn(150));
  addEventListener('unhandledrejection', (event) => event.preventDefault());
  export const rejects = async () => { rejected = Promise.reject(1); await rest(200) };
  export const handles = async () => { await rest(20); rejected.catch(() => {}); await rest(5) };

  let start, begun = new Promise((done) => start = done);
  (async () => { await begun; burn(150) })();
  export const wakes_background = async () => { start(); await rest(1) };
  export const ping = () => 'pong';
";

async fn receipt(actor: &ActorRef, entry: &str, ms: u64) -> Receipt {
    let asked = actor.ask::<()>(entry, &ms).with_receipt();
    asked.await.expect("is answered").1
}

/// An isolate of `WOKEN`.
async fn woken(runtime: &nano::Runtime) -> ActorRef {
    let limits = Limits::default().with_cpu_ms_per_call(400);
    let spec = ActorSpec::source(WOKEN).limits(limits);
    runtime.spawn(spec).await.expect("starts")
}

fn assert_burnt(receipt: &Receipt, what: &str) {
    assert!(receipt.cpu >= BURN / 10, "{what}: {receipt:?}");
}

fn assert_idle(receipt: &Receipt, burner: &Receipt, what: &str) {
    assert!(
        receipt.cpu < burner.cpu / 3,
        "{what}: {receipt:?} {burner:?}"
    );
}

#[test]
fn who_wakes_a_call_is_not_charged_with_what_that_does() {
    let runtime = one_thread::with_spares(0);
    let ms = BURN.as_millis() as u64;
    runtime.block_on(async {
        for (wakes, burns) in [
            ("holds", "burns_locked"),
            ("wakes", "burns_woken"),
            ("wakes", "queues_woken"),
        ] {
            let actor = woken(&runtime).await;
            let first = async {
                if wakes == "wakes" {
                    // The other call waits by then.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                receipt(&actor, wakes, 0).await
            };
            let second = async {
                if wakes == "holds" {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                receipt(&actor, burns, ms).await
            };
            let (waker, burner) = tokio::join!(first, second);
            assert_burnt(&burner, burns);
            assert_idle(&waker, &burner, wakes);
        }
    });
}

#[test]
fn what_runs_in_the_context_of_another_call_is_charged_to_that() {
    let runtime = one_thread::with_spares(0);
    let ms = BURN.as_millis() as u64;
    runtime.block_on(async {
        for (burner, other) in [
            ("lends_context", "burns_borrowed"),
            // A listener is told in the context of whoever handles the rejection.
            ("handles", "rejects"),
        ] {
            let actor = woken(&runtime).await;
            let (charged, uncharged) =
                tokio::join!(receipt(&actor, burner, ms), receipt(&actor, other, ms));
            assert_burnt(&charged, burner);
            assert_idle(&uncharged, &charged, other);
        }
    });
}

#[test]
fn what_awaited_before_the_first_call_is_charged_to_none() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let actor = woken(&runtime).await;
        let waker = receipt(&actor, "wakes_background", 0).await;
        assert!(waker.cpu < BURN / 10, "{waker:?}");
        let stats = actor.stats().await.expect("lives");
        assert!(stats.cpu >= BURN / 10, "{stats:?}");
    });
}

#[test]
fn what_reads_a_reply_is_the_calls_that_asked() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let source = "
          import { lookup, registerClass, self } from 'nano:actor';
          let seen;
          class P {
            [Symbol.for('nano.serialize')]() { return 1 }
            static [Symbol.for('nano.deserialize')]() { seen = self.signal; setTimeout(() => {}); return new P() }
          }
          registerClass('P', P);
          export const give = () => new P();
          export const asks = async () => {
            const { signal } = self;
            await lookup('other').ask('give');
            return seen === signal;
          };
          export const loads = async () => { await import('data:text/javascript,1'); return true };
        ";
        let spec = || ActorSpec::source(source);
        let other = runtime.spawn(spec()).await.expect("starts");
        other.register("other").expect("the name is free");
        let actor = runtime.spawn(spec()).await.expect("starts");
        for (entry, operations) in [("asks", 2), ("loads", 1)] {
            let asked = actor.ask::<bool>(entry, &()).with_receipt().await;
            let (same, receipt) = asked.expect("is answered");
            assert!(same, "{entry}");
            assert_eq!(receipt.operations, operations, "{entry}");
        }
    });
}

#[test]
fn what_v8_wakes_is_charged_to_the_call_that_waits() {
    let runtime = one_thread::with_spares(0);
    let ms = BURN.as_millis() as u64;
    runtime.block_on(async {
        for entry in ["burns_after_wait", "burns_on_notice", "burns_as_thenable"] {
            let actor = woken(&runtime).await;
            assert_burnt(&receipt(&actor, entry, ms).await, entry);
        }
    });
}

#[test]
fn no_call_escapes_its_limit_by_having_others_wake_it() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        for entry in ["burns_by_ticks", "burns_by_waits"] {
            let actor = woken(&runtime).await;
            let error = actor.ask::<()>(entry, &50).await.unwrap_err();
            let AskError::Limit(LimitExceeded { limit, .. }) = error else {
                panic!("{entry}: {error:?}")
            };
            assert_eq!(limit, LimitKind::Cpu, "{entry}");
            // It goes on until it has used its limit twice; the isolate answers meanwhile.
            let answer = actor.ask::<String>("ping", &()).await;
            assert_eq!(answer.expect("the isolate lives"), "pong", "{entry}");
        }
    });
}

#[test]
fn a_thenable_goes_on_in_its_call() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let source = "
          import { self, spawn } from 'nano:actor';
          const other = await spawn('nano:other', { source: `
            import { self } from 'nano:actor';
            let aborted = false;
            export const hang = () => {
              self.signal.addEventListener('abort', () => aborted = true);
              return new Promise(() => {});
            };
            export const seen = () => aborted;
          ` });
          export const lazy = () => ({ then(done, fail) { other.ask('hang').then(done, fail) } });
          export const seen = () => other.ask('seen');
        ";
        let actor = runtime
            .spawn(ActorSpec::source(source))
            .await
            .expect("starts");
        let asked = actor
            .ask::<()>("lazy", &())
            .timeout(Duration::from_millis(100));
        assert!(matches!(asked.await, Err(AskError::Timeout { .. })));
        let seen = async {
            while !actor.ask::<bool>("seen", &()).await.expect("is answered") {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let told = tokio::time::timeout(Duration::from_secs(10), seen).await;
        told.expect("the deadline travels");
    });
}
