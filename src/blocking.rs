//! Work that blocks, each piece on a thread of its own. Where the system gives none now it waits for one, as tokio's pool
//! would not.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::{Semaphore, oneshot};

use crate::engine::{spawn_thread, start_v8};

/// How many pieces of work are on threads at once, in the process.
static PLACES: Semaphore = Semaphore::const_new(64);

/// Does `work` on a thread called `name`. None where it panicked, or where no thread can be had even to start others.
pub async fn run<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    start_v8().ok()?;
    // An error would mean that the places are closed, which they never are.
    let place = PLACES.acquire().await;
    let (done, outcome) = oneshot::channel();
    spawn_thread(name.to_owned(), move || {
        let _place = place;
        if let Ok(outcome) = catch_unwind(AssertUnwindSafe(work)) {
            // Nobody may wait any more.
            let _ = done.send(outcome);
        }
    });
    outcome.await.ok()
}
