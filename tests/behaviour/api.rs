//! Actors from Rust: mailboxes, names, groups, loaders.

use std::time::Duration;

use nano::proto::Undelivered;
use nano::{
    ActorRef, ActorSpec, AskError, ExitReason, Limits, OtherRuntime, RegisterError, Runtime,
    SpawnError,
};

use crate::callee::{GRACE, SOURCE, named, until_received};
use crate::one_thread;

#[test]
fn a_full_mailbox_makes_tell_wait_and_keeps_the_order() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
    let source = "const seen = []; export const add = (n) => { seen.push(n) };
      export const all = () => seen; export { spin };
      const spin = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };";
    let spec = ActorSpec::source(source).limits(Limits::default().with_mailbox(1));
    let actor = runtime.spawn(spec).await.unwrap();
    let spin = tokio::spawn(actor.ask::<()>("spin", &300).into_future());
    until_received(&actor, 1).await;
    actor.tell("add", &0).await.unwrap();
    let mut second = actor.tell("add", &1).into_future();
    let waits = tokio::time::timeout(Duration::from_millis(1), &mut second).await;
    assert!(waits.is_err(), "there is one place only");
    let why = actor.try_tell("add", &9).unwrap_err();
    let AskError::NotDelivered { why: Undelivered::MailboxFull { allowed: 1 }, value } = why else {
      panic!("{why:?}")
    };
    assert_eq!(nano::from_value::<u32>(&value.unwrap()).unwrap(), 9);
    second.await.unwrap();
    spin.await.unwrap().unwrap();
    for n in 2..50 {
      actor.tell("add", &n).await.unwrap();
    }
    assert_eq!(actor.ask::<Vec<u32>>("all", &()).await.unwrap(), (0..50).collect::<Vec<_>>());
  });
}

#[test]
fn a_name_belongs_to_one_isolate_until_it_ends() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let (one, two) = (named(&runtime, "x").await, named(&runtime, "y").await);
        assert_eq!(two.register("x"), Err(RegisterError::Taken("x".into())));
        assert_eq!(one.register("x"), Ok(()));
        assert_eq!(runtime.lookup("x"), Some(one.clone()));
        one.kill();
        one.wait().await;
        assert_eq!(runtime.lookup("x"), None);
        assert_eq!(one.register("x"), Err(RegisterError::Ended("x".into())));
        assert_eq!(two.register("x"), Ok(()));
        // A reference that was looked up stops it in order, too.
        let running = tokio::spawn(two.ask::<String>("wait", &50).into_future());
        until_received(&two, 1).await;
        assert_eq!(
            runtime.lookup("x").unwrap().stop(GRACE).await,
            ExitReason::Stopped
        );
        assert_eq!(running.await.unwrap().unwrap(), "done");
    });
}

#[test]
fn a_broadcast_says_who_got_it() {
    let runtime = one_thread::with_spares(2);
    runtime.block_on(async {
        let group = runtime.group("all");
        assert_eq!(group.broadcast("run", &()).unwrap().delivered, 0);
        let (fine, dead, gone) = (
            named(&runtime, "a").await,
            named(&runtime, "b").await,
            named(&runtime, "c").await,
        );
        let spec = ActorSpec::source(SOURCE).limits(Limits::default().with_mailbox(1));
        let full = runtime.spawn(spec).await.unwrap();
        for actor in [&fine, &dead, &gone, &full, &fine] {
            group.join(actor).unwrap();
        }
        assert_eq!(group.members().len(), 4, "once each");
        assert!(group.leave(&gone) && !group.leave(&gone));
        dead.kill();
        dead.wait().await;
        let spin = tokio::spawn(full.ask::<()>("spin", &300).into_future());
        until_received(&full, 1).await;
        full.tell("run", &()).await.unwrap();
        let report = group.broadcast("run", &()).unwrap();
        assert_eq!((report.delivered, report.full, report.dead), (1, 1, 1));
        assert_eq!(group.members(), [fine.clone(), full.clone()]);
        assert_eq!(fine.ask::<u32>("runs", &()).await, Ok(1));
        assert_eq!(gone.ask::<u32>("runs", &()).await, Ok(0));
        spin.await.unwrap().unwrap();
    });
}

#[test]
fn isolates_of_two_runtimes_are_neither_linked_nor_grouped() {
    let (here, there) = (one_thread::with_spares(1), one_thread::with_spares(1));
    let mine = here.block_on(named(&here, "a"));
    let other = there.block_on(named(&there, "a"));
    assert_eq!(mine.id(), other.id(), "which is why");
    let refused = mine.link(&other).unwrap_err();
    assert!(matches!(refused, OtherRuntime { id, .. } if id == other.id()));
    assert!(refused.to_string().contains("another runtime"), "{refused}");
    let group = here.group("all");
    group.join(&mine).unwrap();
    assert!(group.join(&other).is_err());
    assert!(!group.leave(&other));
    assert_eq!(group.members(), [mine]);
}

#[test]
fn more_threads_than_any_machine_has_use_for_are_refused() {
    let settings = [
        (
            "isolate_threads",
            Runtime::builder().isolate_threads(usize::MAX),
        ),
        ("io_threads", Runtime::builder().io_threads(usize::MAX)),
        (
            "spare_threads",
            Runtime::builder().spare_threads(usize::MAX),
        ),
    ];
    for (name, builder) in settings {
        match builder.build() {
            Err(SpawnError::TooManyThreads { setting, .. }) => assert_eq!(setting, name),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("{name}"),
        }
    }
}

#[test]
fn a_mailbox_of_no_places_has_one() {
    let runtime = one_thread::runtime();
    runtime.block_on(async {
        let spec = ActorSpec::source(SOURCE).limits(Limits::default().with_mailbox(0));
        let actor = runtime.spawn(spec).await.unwrap();
        let asked = actor.ask::<u32>("echo", &7).timeout(GRACE);
        assert_eq!(asked.await, Ok(7));
        actor.tell("run", &()).await.unwrap();
    });
}

#[test]
fn handles_are_clone_send_and_sync() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<Runtime>();
    shared::<ActorRef>();
    shared::<nano::Supervisor>();
    shared::<nano::Group>();
}

#[test]
fn an_isolate_with_its_own_loader_passes_it_on_to_its_children() {
    let runtime = one_thread::runtime();
    let tenant = |text: &str| {
        nano::MemoryLoader::new()
            .with(
                "app:/main.js",
                "import { spawn } from 'nano:actor'; import { word } from './word.js';\n\
                 export const own = () => word;\n\
                 export const child = async () => (await spawn('app:/child.js')).ask('word');",
            )
            .with("app:/word.js", format!("export const word = '{text}';"))
            .with(
                "app:/child.js",
                "import * as it from './word.js'; export const word = () => it.word;",
            )
    };
    runtime.block_on(async {
        let a = runtime
            .spawn(ActorSpec::url("app:/main.js").loader(tenant("a")))
            .await
            .unwrap();
        let b = runtime
            .spawn(ActorSpec::url("app:/main.js").loader(tenant("b")))
            .await
            .unwrap();
        assert_eq!(a.ask::<String>("own", &()).await.unwrap(), "a");
        assert_eq!(b.ask::<String>("own", &()).await.unwrap(), "b");
        assert_eq!(b.ask::<String>("child", &()).await.unwrap(), "b");
        assert!(runtime.spawn(ActorSpec::url("app:/main.js")).await.is_err());
    });
}

#[test]
fn an_aggregate_error_is_read_as_its_fields_without_a_name() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let source =
            "export const error = () => new AggregateError([1, new RangeError('r')], 'm');";
        let actor = runtime.spawn(ActorSpec::source(source)).await.unwrap();
        let error: serde_json::Value = actor.ask("error", &()).await.unwrap();
        let mut keys: Vec<_> = error.as_object().unwrap().keys().collect();
        keys.sort();
        assert_eq!(keys, ["errors", "message", "stack"]);
        assert_eq!(error["message"], "m");
        assert_eq!(error["errors"][0], 1);
        assert_eq!(error["errors"][1]["name"], "RangeError");
    });
}
