//! Waiting without sleep, for a moment: a thread that parks is woken about ten microseconds late, which
//! is more than an isolate takes to answer.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// How often a future that waits is looked at before its thread parks; a look costs a few nanoseconds.
const SPINS: u32 = 2_000;
/// After so many waits without success a long spin is tried again.
const RETRY: u32 = 100;

/// What wakes the future inside.
#[derive(Default)]
struct Gate {
    woken: AtomicBool,
    /// Who parks, once somebody does.
    parked: Mutex<Option<Waker>>,
}

impl Wake for Gate {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        let parked = self
            .parked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(parked) = parked {
            parked.wake();
        }
    }
}

/// For how long to spin: as long as that has paid lately. Where every core is busy it never does, since
/// what is waited for needs the core that the spinning occupies.
struct Patience {
    spins: u32,
    /// Waits since the last long spin.
    since: u32,
}

impl Patience {
    fn new() -> Self {
        Self {
            spins: SPINS,
            since: 0,
        }
    }

    /// Spins until `done`; false where it has to park.
    fn spin(&mut self, done: impl Fn() -> bool) -> bool {
        self.since += 1;
        if self.since >= RETRY {
            *self = Self::new();
        }
        let spun = (0..self.spins).any(|_| {
            std::hint::spin_loop();
            done()
        });
        match spun {
            true => *self = Self::new(),
            false => self.spins /= 4,
        }
        spun
    }
}

/// A future that keeps its thread for a moment when it has to wait. For a thread that has nothing else to
/// do, never for one of an executor's.
pub(super) async fn spinning<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let gate = Arc::new(Gate::default());
    let mut patience = Patience::new();
    std::future::poll_fn(move |outside| poll(future.as_mut(), &gate, &mut patience, outside)).await
}

fn poll<F: Future>(
    mut future: Pin<&mut F>,
    gate: &Arc<Gate>,
    patience: &mut Patience,
    outside: &mut Context<'_>,
) -> Poll<F::Output> {
    let waker = Waker::from(gate.clone());
    let mut inside = Context::from_waker(&waker);
    gate.woken.store(false, Ordering::SeqCst);
    if let Poll::Ready(output) = future.as_mut().poll(&mut inside) {
        return Poll::Ready(output);
    }
    let woken = || gate.woken.load(Ordering::SeqCst);
    let spun = patience.spin(woken);
    if !spun {
        *gate.parked.lock().unwrap_or_else(PoisonError::into_inner) = Some(outside.waker().clone());
    }
    // It may have been woken before it was known who parks. The executor polls again, not a loop here: it
    // grants each poll a budget, without which nothing is ever ready.
    if spun || woken() {
        outside.waker().wake_by_ref();
    }
    Poll::Pending
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::spinning;

    #[test]
    fn wakes_come_through_whether_it_spins_or_parks() {
        let io = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .expect("a runtime");
        let sum = io.block_on(spinning(async {
            let mut sum = 0;
            for delay in [0, 1, 20, 20_000] {
                let later = async move {
                    tokio::time::sleep(Duration::from_micros(delay)).await;
                    delay
                };
                sum += tokio::spawn(later).await.expect("no panic");
                tokio::task::yield_now().await;
            }
            sum
        }));
        assert_eq!(sum, 20_021);
    }

    #[test]
    fn a_future_that_is_always_ready_is_not_stranded() {
        let io = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .expect("a runtime");
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        for i in 0..10_000_u32 {
            sender.send(i).expect("the receiver lives");
        }
        drop(sender);
        let last = io.block_on(spinning(async {
            let mut last = 0;
            while let Some(i) = receiver.recv().await {
                last = i;
            }
            last
        }));
        assert_eq!(last, 9_999);
    }
}
