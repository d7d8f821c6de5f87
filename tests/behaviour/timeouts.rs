//! What a timeout says of the call: whether its handler has begun.

use std::time::Duration;

use nano::{ActorRef, ActorSpec, AskError, Limits, MayHaveRun, Runtime};

use crate::one_thread;

const COUNTS: &str = "
  let ran = 0;
  export const count = () => ran;
  export const run = (ms) => { ran++; const end = performance.now() + ms; while (performance.now() < end); };
  export const hang = () => { ran++; return new Promise(() => {}) };
";

fn timed_out(error: &AskError) -> (bool, MayHaveRun) {
    match error {
        AskError::Timeout { started, .. } => (*started, error.may_have_run()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_timeout_says_whether_the_handler_has_begun() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let ms = Duration::from_millis;
        let actor = runtime
            .spawn(ActorSpec::source(COUNTS))
            .await
            .expect("starts");
        let spin = tokio::spawn(actor.ask::<()>("run", &400).into_future());
        while actor.last_stats().messages_in < 1 {
            tokio::task::yield_now().await;
        }
        // It lies in the mailbox, behind a turn that takes longer.
        let error = actor
            .ask::<()>("run", &0)
            .timeout(ms(50))
            .await
            .unwrap_err();
        assert_eq!(timed_out(&error), (false, MayHaveRun::No));
        spin.await.unwrap().unwrap();
        assert_eq!(
            actor.ask::<u32>("count", &()).await,
            Ok(1),
            "it did not run"
        );
        let error = actor
            .ask::<()>("hang", &())
            .timeout(ms(50))
            .await
            .unwrap_err();
        assert_eq!(timed_out(&error), (true, MayHaveRun::Yes));
        assert_eq!(actor.ask::<u32>("count", &()).await, Ok(2));
    });
}

/// Asks the isolate that is registered as `counts`, and says what became of it.
const ASKS: &str = "
  import { lookup } from 'nano:actor';
  const ask = ([name, argument, timeout]) => lookup('counts').ask(name, argument, { timeout })
    .then(() => 'done', (error) => `${error.name} ${error.code}`);
  export const all = (asks) => Promise.all(asks.map(ask));
";

/// An isolate that counts, and one that asks it.
async fn counted(runtime: &Runtime) -> [ActorRef; 2] {
    let counts = runtime
        .spawn(ActorSpec::source(COUNTS))
        .await
        .expect("starts");
    counts.register("counts").expect("nobody else");
    let asks = runtime
        .spawn(ActorSpec::source(ASKS))
        .await
        .expect("starts");
    [counts, asks]
}

#[test]
fn a_timeout_in_javascript_says_whether_the_handler_has_begun() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let [counts, asks] = counted(&runtime).await;
        let spin = tokio::spawn(counts.ask::<()>("run", &500).into_future());
        while counts.last_stats().messages_in < 1 {
            tokio::task::yield_now().await;
        }
        // It lies in the mailbox, behind a turn that takes longer.
        let late: [String; 1] = asks.ask("all", &[("run", 0, 30)]).await.unwrap();
        assert_eq!(late, ["TimeoutError not_delivered"]);
        assert!(!spin.is_finished(), "it was told at its own deadline");
        spin.await.unwrap().unwrap();
        assert_eq!(counts.ask::<u32>("count", &()).await, Ok(1));
        let late: [String; 1] = asks.ask("all", &[("hang", 0, 30)]).await.unwrap();
        assert_eq!(late, ["TimeoutError timeout"]);
        assert_eq!(counts.ask::<u32>("count", &()).await, Ok(2));
    });
}

#[test]
fn what_timeouts_in_javascript_say_adds_up_to_what_ran() {
    let mut next = random();
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let [counts, asks] = counted(&runtime).await;
        let all: Vec<_> = (0..400)
            .map(|_| {
                let work = (next() % 1_000) as f64 / 1e3;
                ("run", work, 1.0 + (next() % 200_000) as f64 / 1e3)
            })
            .collect();
        let ends: Vec<String> = asks.ask("all", &all).await.unwrap();
        let not_begun = |end: &&String| end.as_str() == "TimeoutError not_delivered";
        let not_begun = ends.iter().filter(not_begun).count();
        assert!(not_begun > 0 && not_begun < 400, "{not_begun}");
        assert_eq!(
            counts.ask::<usize>("count", &()).await,
            Ok(400 - not_begun),
            "{ends:?}"
        );
    });
}

#[test]
fn a_timeout_before_the_module_is_there_says_that_nothing_ran() {
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let source = format!(
            "import {{ register }} from 'nano:actor'; register('starting');
             await new Promise((done) => setTimeout(done, 300)); {COUNTS}"
        );
        let begun = runtime
            .spawn_begin(ActorSpec::source(source))
            .expect("begins");
        while runtime.lookup("starting").is_none() {
            tokio::task::yield_now().await;
        }
        let asked = begun
            .ask::<()>("run", &0)
            .timeout(Duration::from_millis(20));
        assert_eq!(
            timed_out(&asked.await.unwrap_err()),
            (false, MayHaveRun::No)
        );
        assert_eq!(begun.ask::<u32>("count", &()).await, Ok(0));
    });
}

/// Numbers that differ each time; prints what they come from.
fn random() -> impl FnMut() -> u64 {
    let seed = std::time::UNIX_EPOCH
        .elapsed()
        .map_or(1, |now| now.as_nanos() as u64)
        | 1;
    println!("seed {seed}");
    let mut random = seed;
    move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    }
}

#[test]
fn what_timeouts_say_adds_up_to_what_ran() {
    let mut next = random();
    let runtime = one_thread::with_spares(0);
    runtime.block_on(async {
        let actor = runtime
            .spawn(ActorSpec::source(COUNTS))
            .await
            .expect("starts");
        let asks: Vec<_> = (0..400)
            .map(|_| {
                let timeout = Duration::from_micros(1_000 + next() % 200_000);
                let work = (next() % 1_000) as f64 / 1e3;
                tokio::spawn(actor.ask::<()>("run", &work).timeout(timeout).into_future())
            })
            .collect();
        let mut begun = 0;
        let mut not_begun = 0;
        for ask in asks {
            match ask.await.unwrap() {
                Ok(()) => begun += 1,
                Err(AskError::Timeout { started: true, .. }) => begun += 1,
                Err(error) => {
                    assert_eq!(error.may_have_run(), MayHaveRun::No, "{error:?}");
                    not_begun += 1;
                }
            }
        }
        assert!(begun > 0 && not_begun > 0, "{begun} {not_begun}");
        assert_eq!(actor.ask::<u32>("count", &()).await, Ok(begun));
    });
}

#[test]
fn an_ask_that_waits_for_a_place_in_the_mailbox_ends_at_its_deadline() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let limits = Limits::default().with_mailbox(1);
        let source = "export const f = () => 1; await new Promise((go) => setTimeout(go, 1e9));";
        let actor = runtime
            .spawn_begin(ActorSpec::source(source).limits(limits))
            .unwrap();
        actor.tell("f", &()).await.unwrap();
        let asked = actor
            .ask::<u32>("f", &())
            .timeout(Duration::from_millis(50))
            .await;
        assert!(
            matches!(asked, Err(AskError::Timeout { started: false, .. })),
            "{asked:?}"
        );
        assert!(actor.is_alive());
    });
}
