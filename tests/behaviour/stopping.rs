//! How isolates and runtimes are stopped and killed, and who learns of it.

use std::time::Duration;

use nano::proto::Undelivered;
use nano::{ActorSpec, AskError, ExitReason, MayHaveRun, Runtime, ShutdownError, SpawnError};

use crate::callee::{GRACE, SOURCE, named, until_received};
use crate::one_thread;

#[test]
fn an_isolate_can_be_stopped_and_killed_while_it_starts() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
    for stop in [true, false] {
      let source =
        "import { register } from 'nano:actor'; register('starting'); await new Promise((go) => setTimeout(go, 1e9));";
      let starting = tokio::spawn({
        let runtime = runtime.clone();
        async move { runtime.spawn(ActorSpec::source(source)).await }
      });
      let actor = loop {
        if let Some(actor) = runtime.lookup("starting") {
          break actor;
        }
        tokio::task::yield_now().await;
      };
      let held = tokio::spawn(actor.ask::<()>("any", &()).into_future());
      until_received(&actor, 1).await;
      let reason = if stop {
        assert_eq!(actor.stop(GRACE).await, ExitReason::Stopped);
        ExitReason::Stopped
      } else {
        actor.kill();
        ExitReason::Killed
      };
      let Err(SpawnError::Start(why)) = starting.await.unwrap() else { panic!("it never starts") };
      assert_eq!(why, reason);
      let Err(AskError::NotDelivered { why: Undelivered::NotRunning(Some(why)), .. }) =
        held.await.unwrap()
      else {
        panic!("it never began")
      };
      assert_eq!(*why, reason);
      actor.wait().await;
      assert!(runtime.lookup("starting").is_none());
    }
  });
}

#[test]
fn a_kill_between_two_turns_holds() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        for _ in 0..50 {
            let actor = runtime.spawn(ActorSpec::source(SOURCE)).await.unwrap();
            assert_eq!(actor.ask::<u32>("echo", &1).await, Ok(1));
            actor.kill();
            let late = actor.ask::<u32>("echo", &2).await.unwrap_err();
            assert_eq!(late.may_have_run(), MayHaveRun::No, "{late}");
            assert_eq!(actor.wait().await, ExitReason::Killed);
        }
    });
}

#[test]
fn a_killed_call_is_unknown_even_if_its_handler_catches_everything() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
    let source = "export const stubborn = () => { for (;;) { try { performance.now() } catch { return 1 } } };";
    let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
    let ask = tokio::spawn(actor.ask::<u32>("stubborn", &()).into_future());
    until_received(&actor, 1).await;
    actor.kill();
    assert_eq!(ask.await.unwrap(), Err(AskError::Unknown(ExitReason::Killed)));
  });
}

#[test]
fn a_stopping_isolate_finishes_its_calls_and_takes_no_more() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let actor = named(&runtime, "a").await;
        let running = tokio::spawn(actor.ask::<String>("wait", &100).into_future());
        until_received(&actor, 1).await;
        let stopping = tokio::spawn({
            let actor = actor.clone();
            async move { actor.stop(GRACE).await }
        });
        let refused = async {
            loop {
                if let Err(error) = actor.ask::<u32>("echo", &1).await {
                    return error;
                }
            }
        };
        let refused = tokio::time::timeout(GRACE, refused)
            .await
            .expect("refused before it has ended");
        assert_eq!(refused.may_have_run(), MayHaveRun::No);
        assert_eq!(running.await.unwrap().unwrap(), "done");
        assert_eq!(stopping.await.unwrap(), ExitReason::Stopped);
    });
}

#[test]
fn a_link_takes_both_down_on_failure_and_not_on_an_orderly_end() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let [one, two, three] = [
            named(&runtime, "a").await,
            named(&runtime, "b").await,
            named(&runtime, "c").await,
        ];
        one.link(&two).unwrap();
        three.link(&two).unwrap();
        assert_eq!(three.stop(GRACE).await, ExitReason::Stopped);
        assert_eq!(two.ask::<u32>("echo", &1).await, Ok(1));
        one.kill();
        let linked = ExitReason::LinkDied {
            isolate: one.id(),
            reason: Box::new(ExitReason::Killed),
        };
        assert_eq!(two.wait().await, linked);
        // A link to one that has ended so.
        let late = named(&runtime, "d").await;
        late.link(&two).unwrap();
        let late = late.wait().await;
        assert!(matches!(late, ExitReason::LinkDied { .. }), "{late:?}");
    });
}

#[test]
fn a_reference_that_arrives_late_tells_how_the_isolate_ended() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
    let keeper = "
      import { spawn } from 'nano:actor';
      let child;
      export const begin = async () => { child = await spawn('data:', { source: 'export const x = 1' }); };
      export const end = async () => { child.kill(); return await child.watch(); };
      export const give = () => child;
      export const watchAgain = () => child.watch();
      export const pass = async (other) => other;
    ";
    let other = "
      import { lookup } from 'nano:actor';
      export const look = async () => (await (await lookup('keeper').ask('give')).watch());
    ";
    let keeper = runtime.spawn(ActorSpec::source(keeper)).await.unwrap();
    keeper.register("keeper").unwrap();
    let other = runtime.spawn(ActorSpec::source(other)).await.unwrap();
    keeper.ask::<()>("begin", &()).await.unwrap();
    assert_eq!(keeper.ask::<String>("end", &()).await.unwrap(), "killed");
    assert_eq!(keeper.ask::<String>("watchAgain", &()).await.unwrap(), "killed");
    assert_eq!(other.ask::<String>("look", &()).await.unwrap(), "killed");
  });
}

#[test]
fn a_shutdown_lets_calls_finish_and_kills_what_does_not() {
    let patient = one_thread::with_spares(2);
    patient.block_on(async {
        let actor = named(&patient, "a").await;
        let running = tokio::spawn(actor.ask::<String>("wait", &100).into_future());
        until_received(&actor, 1).await;
        patient.shutdown(GRACE).await.unwrap();
        assert_eq!(running.await.unwrap().unwrap(), "done");
        let late = patient.spawn(ActorSpec::source(SOURCE)).await;
        assert!(matches!(late, Err(SpawnError::ShuttingDown)), "{late:?}");
    });
    let impatient = one_thread::with_spares(2);
    impatient.block_on(async {
        let actor = named(&impatient, "a").await;
        let hanging = tokio::spawn(actor.ask::<()>("hang", &()).into_future());
        until_received(&actor, 1).await;
        let killed = impatient.shutdown(Duration::from_millis(10)).await;
        assert!(
            matches!(killed, Err(ShutdownError::Killed { isolates: 1 })),
            "{killed:?}"
        );
        assert_eq!(
            hanging.await.unwrap(),
            Err(AskError::Unknown(ExitReason::Shutdown))
        );
    });
}

#[test]
fn a_kill_between_two_turns_ends_the_isolate() {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        for _ in 0..50 {
            let actor = runtime
                .spawn(ActorSpec::source("export const f = () => 1;"))
                .await
                .expect("starts");
            let _: u32 = actor.ask("f", &()).await.expect("answers");
            actor.kill();
            assert_eq!(actor.wait().await, ExitReason::Killed);
            let error = actor.ask::<u32>("f", &()).await.expect_err("it has ended");
            assert!(matches!(error, AskError::NotDelivered { .. }), "{error:?}");
        }
    });
}

#[test]
fn a_flood_into_an_isolate_that_was_stopped_is_refused() {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let actor = runtime
            .spawn(ActorSpec::source("export const f = () => 1;"))
            .await
            .expect("starts");
        let flood: Vec<_> = (0..4)
            .map(|_| {
                let actor = actor.clone();
                runtime.handle().spawn(async move {
                    let mut sent = 0_u32;
                    while actor.tell("f", &sent).await.is_ok() {
                        sent += 1;
                    }
                    for i in 0..1_000 {
                        let late = actor.tell("f", &i).await;
                        assert!(late.is_err(), "refused once, refused for good");
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(5)).await;
        actor.kill();
        actor.wait().await;
        for task in flood {
            task.await.expect("no panic");
        }
        assert_eq!(runtime.stats().isolates, 0);
    });
}

#[test]
fn an_isolate_that_watches_itself_often_goes_on() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let source = "
            import { link, self, watch } from 'nano:actor';
            export function watchMyself() {
                for (let i = 0; i < 200; i++) {
                    watch(self.actor);
                    link(self.actor);
                }
            }
        ";
        let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        actor.ask::<()>("watchMyself", &()).await.unwrap();
        actor.ask::<()>("watchMyself", &()).await.unwrap();
        assert_eq!(
            actor.stop(Duration::from_secs(10)).await,
            ExitReason::Stopped
        );
    });
}
