//! Work that blocks, on threads that do nothing else. One of them is always there, so that work is done also where the
//! system gives no more threads, where tokio's pool would panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::engine::{Starts, spawn_thread, start_v8};

/// How many threads there are at most, in the process.
const MOST: usize = 64;
/// How long those that are not the last stay without work.
const REST: Duration = Duration::from_secs(10);

const NAME: &str = "nano-blocking";

type Job = Box<dyn FnOnce() + Send>;

struct Pool {
    jobs: flume::Sender<Job>,
    queue: flume::Receiver<Job>,
    /// Threads that run or were asked for.
    threads: AtomicUsize,
    /// Of these, those that wait for work.
    idle: AtomicUsize,
}

static POOL: LazyLock<Pool> = LazyLock::new(|| {
    let (jobs, queue) = flume::unbounded();
    Pool {
        jobs,
        queue,
        threads: AtomicUsize::new(0),
        idle: AtomicUsize::new(0),
    }
});

/// Starts the first thread, if it has not been, once V8 has been started.
pub fn start(starts: &mut Starts) {
    let first = POOL
        .threads
        .compare_exchange(0, 1, Ordering::SeqCst, Ordering::SeqCst);
    if first.is_ok() {
        starts.spawn(NAME.into(), || POOL.serve());
    }
}

/// Does `work` on a thread of the pool. None where it panicked, or where no thread can be had even to start others.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    start_v8().ok()?;
    let (done, outcome) = oneshot::channel();
    let job = Box::new(move || {
        if let Ok(outcome) = catch_unwind(AssertUnwindSafe(work)) {
            // Nobody may wait any more.
            let _ = done.send(outcome);
        }
    });
    // An error would mean that the pool is gone, which it never is.
    POOL.jobs.send(job).ok()?;
    if POOL.idle.load(Ordering::SeqCst) < POOL.queue.len() {
        POOL.add_thread();
    }
    outcome.await.ok()
}

impl Pool {
    fn add_thread(&'static self) {
        if self.threads.fetch_add(1, Ordering::SeqCst) < MOST {
            spawn_thread(NAME.into(), || self.serve());
        } else {
            self.threads.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// The life of a thread.
    fn serve(&self) {
        loop {
            self.idle.fetch_add(1, Ordering::SeqCst);
            let job = self.queue.recv_timeout(REST);
            self.idle.fetch_sub(1, Ordering::SeqCst);
            match job {
                Ok(job) => job(),
                Err(_) if self.leave() => return,
                Err(_) => {}
            }
        }
    }

    /// Whether a thread may end: one stays.
    fn leave(&self) -> bool {
        let others = |threads: usize| (threads > 1).then(|| threads - 1);
        let left = self
            .threads
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, others);
        left.is_ok()
    }
}
