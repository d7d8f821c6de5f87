//! Isolates kept ready, so that a spawn does not wait for V8: made in the background, as many as the
//! demand of the last seconds asks for.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nano_proto::Limits;

use crate::engine::{Control, Vm, room_for_spare};

struct Pool {
    ready: Vec<Vm>,
    /// How many should be ready.
    target: usize,
    last_taken: Option<Instant>,
    closed: bool,
}

struct Shared {
    pool: Mutex<Pool>,
    wanted: Condvar,
    most: usize,
}

/// The spare isolates of a runtime.
pub(crate) struct Spares(Arc<Shared>);

/// How many are kept while nobody spawns.
const FEWEST: usize = 2;
/// After so long without a spawn the pool shrinks to that.
const CALM: Duration = Duration::from_secs(5);

impl Spares {
    /// Starts to keep at most `most` isolates ready, none if 0: at once, or from the first spawn on.
    pub fn start(most: usize, at_once: bool) -> Self {
        let shared = Arc::new(Shared {
            pool: Mutex::new(Pool {
                ready: Vec::new(),
                target: if at_once { FEWEST.min(most) } else { 0 },
                last_taken: None,
                closed: most == 0,
            }),
            wanted: Condvar::new(),
            most,
        });
        if most > 0 {
            let filling = shared.clone();
            crate::engine::spawn_thread("nano-spares".into(), move || filling.fill());
        }
        Self(shared)
    }

    /// A spare for an isolate of these limits, if there is one that fits.
    pub fn take(&self, limits: &Limits) -> Option<Vm> {
        // V8 fixes an isolate's heap limit when it makes it.
        if limits.heap_bytes != Limits::default().heap_bytes || self.0.most == 0 {
            return None;
        }
        let mut pool = self.0.pool();
        let spare = pool.ready.pop();
        let now = Instant::now();
        if spare.is_none()
            || pool
                .last_taken
                .is_some_and(|last| now - last < Duration::from_millis(20))
        {
            // Demand outruns the pool: keep more ready.
            pool.target = (pool.target * 2).max(FEWEST).min(self.0.most);
        }
        pool.last_taken = Some(now);
        self.0.wanted.notify_one();
        spare
    }

    /// How many are ready.
    pub fn len(&self) -> usize {
        self.0.pool().ready.len()
    }

    /// Gives up all spares.
    pub fn close(&self) {
        self.0.pool().closed = true;
        self.0.wanted.notify_one();
    }
}

impl Shared {
    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The life of the thread that makes spares; it also disposes of those that are left.
    fn fill(&self) {
        loop {
            let surplus = {
                let mut pool = self.pool();
                loop {
                    if pool.closed {
                        let rest = std::mem::take(&mut pool.ready);
                        drop(pool);
                        drop(rest);
                        return;
                    }
                    if pool.last_taken.is_some_and(|last| last.elapsed() > CALM) {
                        pool.target = FEWEST.min(self.most);
                        pool.last_taken = None;
                    }
                    if pool.ready.len() < pool.target {
                        break None;
                    }
                    if pool.ready.len() > pool.target {
                        break pool.ready.pop();
                    }
                    let (back, _) = self
                        .wanted
                        .wait_timeout(pool, CALM)
                        .unwrap_or_else(PoisonError::into_inner);
                    pool = back;
                }
            };
            match surplus {
                Some(vm) => drop(vm),
                None => match room_for_spare() {
                    Some(room) => {
                        let vm = Vm::new(Control::unassigned());
                        drop(room);
                        self.pool().ready.push(vm);
                    }
                    None => {
                        // Until there is more demand: those that end give back what they hold.
                        let mut pool = self.pool();
                        pool.target = pool.ready.len();
                    }
                },
            }
        }
    }
}
