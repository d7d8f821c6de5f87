//! A well-behaved isolate that is asked over and over while another one misbehaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nano::{ActorRef, ActorSpec, Runtime};

/// How long each of the neighbour's answers took.
pub struct Answers(Vec<Duration>);

/// Asks `neighbour` until told to stop.
pub struct Asking {
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<Vec<Duration>>,
}

/// Runs `misbehave` while a neighbour on the same threads is asked, which has to answer promptly all the while.
pub fn beside<T>(runtime: &Runtime, misbehave: impl AsyncFnOnce() -> T) -> T {
    runtime.block_on(async {
        let neighbour = spawn(runtime).await;
        let asking = ask_on(runtime, &neighbour);
        let result = misbehave().await;
        asking.end().await.assert_prompt();
        assert!(neighbour.is_alive());
        result
    })
}

/// Spawns a neighbour.
pub async fn spawn(runtime: &Runtime) -> ActorRef {
    let spec = ActorSpec::source("export const echo = (n) => n;").name("neighbour");
    runtime.spawn(spec).await.expect("a neighbour starts")
}

/// Begins to ask.
pub fn ask_on(runtime: &Runtime, neighbour: &ActorRef) -> Asking {
    let stop = Arc::new(AtomicBool::new(false));
    let (neighbour, stopped) = (neighbour.clone(), stop.clone());
    let task = runtime.handle().spawn(async move {
        let mut took = Vec::new();
        // At least once, however soon what it is asked beside has ended.
        loop {
            let began = Instant::now();
            let n: u64 = neighbour
                .ask("echo", &7)
                .await
                .expect("the neighbour answers");
            assert_eq!(n, 7);
            took.push(began.elapsed());
            if stopped.load(Ordering::Relaxed) {
                return took;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    Asking { stop, task }
}

impl Asking {
    /// Stops asking.
    pub async fn end(self) -> Answers {
        self.stop.store(true, Ordering::Relaxed);
        Answers(self.task.await.expect("the neighbour kept answering"))
    }
}

impl Answers {
    /// Half of the answers came within 100 ms and every one within a second.
    pub fn assert_prompt(mut self) {
        self.0.sort();
        assert!(!self.0.is_empty(), "no answer at all");
        let (median, worst) = (self.0[self.0.len() / 2], self.0[self.0.len() - 1]);
        assert!(
            median < Duration::from_millis(100),
            "median {median:?}, worst {worst:?}"
        );
        assert!(
            worst < Duration::from_secs(1),
            "median {median:?}, worst {worst:?}"
        );
    }
}
