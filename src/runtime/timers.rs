//! Deadlines of futures, which whoever has the future may await anywhere: in tokio, in another executor, or on a
//! thread that only parks.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// The runtime of the I/O actors, which ends when nobody refers to it any more.
pub(crate) struct Io(Option<tokio::runtime::Runtime>);

impl Io {
    pub fn new(runtime: tokio::runtime::Runtime) -> Arc<Self> {
        Arc::new(Self(Some(runtime)))
    }
}

impl Drop for Io {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // The last reference may be dropped in an async context, where waiting is not allowed.
            runtime.shutdown_background();
        }
    }
}

/// The time that a future had is over.
#[derive(Debug)]
pub(crate) struct Late;

/// What drives deadlines: the timers of the I/O runtime, wherever the future is polled.
#[derive(Clone)]
pub(crate) struct Timers(Weak<Io>);

impl Timers {
    pub fn new(io: &Arc<Io>) -> Self {
        Self(Arc::downgrade(io))
    }

    /// Polls `future` until `deadline`.
    pub async fn until<F: Future>(&self, deadline: Instant, future: F) -> Result<F::Output, Late> {
        // Kept meanwhile, since a timer must not be looked at when its runtime has gone.
        let Some(io) = self.0.upgrade() else {
            // With the runtime all isolates have ended, and what waits for one is told by its end.
            return Ok(future.await);
        };
        let limited = {
            let _entered = io.0.as_ref().map(tokio::runtime::Runtime::enter);
            tokio::time::timeout_at(deadline.into(), future)
        };
        let outcome = limited.await.map_err(|_| Late);
        drop(io);
        outcome
    }

    /// Polls `future` for at most `time`.
    pub async fn within<F: Future>(&self, time: Duration, future: F) -> Result<F::Output, Late> {
        match Instant::now().checked_add(time) {
            Some(deadline) => self.until(deadline, future).await,
            None => Ok(future.await),
        }
    }
}
