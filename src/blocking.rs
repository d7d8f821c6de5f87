//! Work that blocks, on threads that do nothing else. One of them is always there, so that work is done also where the
//! system gives no more threads, where tokio's pool would panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::engine::{Starts, spawn_thread, start_v8, threads_are_short};

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
    /// Pieces of work that wait or are being done.
    work: AtomicUsize,
}

static POOL: LazyLock<Pool> = LazyLock::new(|| {
    let (jobs, queue) = flume::unbounded();
    Pool {
        jobs,
        queue,
        threads: AtomicUsize::new(0),
        work: AtomicUsize::new(0),
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
    POOL.work.fetch_add(1, Ordering::SeqCst);
    // An error would mean that the pool is gone, which it never is.
    POOL.jobs.send(job).ok()?;
    POOL.add_threads();
    outcome.await.ok()
}

impl Pool {
    /// Starts threads until there is one for each piece of work; but where the system gives none, the one that is there
    /// has to do, since others wait for a thread more urgently.
    fn add_threads(&'static self) {
        let wanted = |threads: usize| {
            let is_short = threads > 0 && threads_are_short();
            let is_wanted = threads < MOST && threads < self.work.load(Ordering::SeqCst);
            (is_wanted && !is_short).then_some(threads + 1)
        };
        while self.change_threads(wanted) {
            spawn_thread(NAME.into(), || self.serve());
        }
    }

    /// Whether the number of threads was changed.
    fn change_threads(&self, to: impl FnMut(usize) -> Option<usize>) -> bool {
        let changed = self
            .threads
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, to);
        changed.is_ok()
    }

    /// The life of a thread.
    fn serve(&'static self) {
        loop {
            match self.queue.recv_timeout(REST) {
                Ok(job) => {
                    job();
                    self.work.fetch_sub(1, Ordering::SeqCst);
                }
                // One stays.
                Err(_) if self.change_threads(|threads| (threads > 1).then(|| threads - 1)) => {
                    // For what has come meanwhile.
                    self.add_threads();
                    return;
                }
                Err(_) => {}
            }
        }
    }
}
