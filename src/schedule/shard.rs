//! One isolate thread: its queue, its turns, and how it helps others and rests.

use std::cell::Cell as ThreadCell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::{Load, Scheduler};
use crate::engine::CpuClock;
use crate::isolate::Cell;

/// How often an idle shard looks for work before it parks. Waking a parked thread costs more than a
/// whole ask; a look costs a few nanoseconds.
const SPINS: u32 = 2_000;
/// A running turn of this age, in nanoseconds, puts its shard behind in the eyes of one that spins.
const BEHIND_NS: u64 = 20_000;
/// A queue of this length puts its shard behind.
const LONG_QUEUE: usize = 16;
/// How long a spare thread stays without work.
const SPARE_REST: Duration = Duration::from_secs(2);

pub(super) struct Shard {
    queue: Mutex<Queue>,
    /// The queue's length, to be read without its lock.
    length: AtomicUsize,
    parked: AtomicBool,
    thread: Mutex<Option<Thread>>,
    /// What runs now.
    running: Mutex<Option<Arc<Cell>>>,
    /// When the running turn began, in nanoseconds of the scheduler's clock; 0 between turns.
    since: AtomicU64,
    /// Counts turns, so that the watchdog knows one from the next.
    turn: AtomicU64,
    clock: Mutex<Option<CpuClock>>,
    /// That of the isolate whose turn runs.
    load: Load,
}

#[derive(Default)]
struct Queue {
    cells: VecDeque<Arc<Cell>>,
    open: bool,
}

thread_local! {
  /// The scheduler (by address) and the index of the shard that this thread is.
  static HERE: ThreadCell<(usize, usize)> = const { ThreadCell::new((0, 0)) };
}

/// The shard of `scheduler` that the calling thread is.
pub(super) fn current(scheduler: &Scheduler) -> Option<usize> {
    let (of, index) = HERE.get();
    (of == std::ptr::from_ref(scheduler) as usize).then_some(index)
}

impl Shard {
    pub fn new() -> Self {
        Self {
            queue: Mutex::default(),
            length: AtomicUsize::new(0),
            parked: AtomicBool::new(false),
            thread: Mutex::new(None),
            running: Mutex::new(None),
            since: AtomicU64::new(0),
            turn: AtomicU64::new(0),
            clock: Mutex::new(None),
            load: Load::default(),
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn open(&self) {
        self.queue().open = true;
    }

    /// Closes the shard unless something waits on it.
    fn close(&self) -> bool {
        let mut queue = self.queue();
        queue.open = !queue.cells.is_empty();
        !queue.open
    }

    pub fn is_open(&self) -> bool {
        self.queue().open
    }

    /// Adds an isolate; gives it back where the shard is closed.
    pub fn push(&self, cell: Arc<Cell>) -> Result<(), Arc<Cell>> {
        let mut queue = self.queue();
        if !queue.open {
            return Err(cell);
        }
        queue.cells.push_back(cell);
        self.length.store(queue.cells.len(), Ordering::SeqCst);
        Ok(())
    }

    fn pop(&self) -> Option<Arc<Cell>> {
        if self.length.load(Ordering::SeqCst) == 0 {
            return None;
        }
        let mut queue = self.queue();
        let cell = queue.cells.pop_front();
        self.length.store(queue.cells.len(), Ordering::SeqCst);
        cell
    }

    pub fn queued(&self) -> usize {
        self.length.load(Ordering::Relaxed)
    }

    /// Whether the shard runs nothing and has nothing to run.
    pub fn is_idle(&self) -> bool {
        self.since.load(Ordering::Relaxed) == 0 && self.queued() == 0
    }

    /// Whether a turn runs.
    pub fn is_in_turn(&self) -> bool {
        self.since.load(Ordering::Relaxed) != 0
    }

    /// How much the isolate has to do whose turn runs.
    pub fn load(&self) -> &Load {
        &self.load
    }

    pub fn is_parked(&self) -> bool {
        self.parked.load(Ordering::SeqCst)
    }

    /// How long the running turn has run, in nanoseconds; 0 between turns.
    pub fn age(&self, now: u64) -> u64 {
        match self.since.load(Ordering::Relaxed) {
            0 => 0,
            since => now.saturating_sub(since).max(1),
        }
    }

    /// The number of the running or last turn.
    pub fn turn(&self) -> u64 {
        self.turn.load(Ordering::Relaxed)
    }

    pub fn clock(&self) -> Option<CpuClock> {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What runs now.
    pub fn running(&self) -> Option<Arc<Cell>> {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_running(&self, running: Option<Arc<Cell>>) {
        let before = {
            let mut slot = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *slot, running)
        };
        drop(before);
    }

    /// Wakes the shard's thread if it is parked.
    pub fn wake(&self) {
        if self.parked.swap(false, Ordering::SeqCst) {
            let thread = self
                .thread
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            if let Some(thread) = thread {
                thread.unpark();
            }
        }
    }
}

/// The life of an isolate thread.
pub(super) fn run(scheduler: &Arc<Scheduler>, index: usize) {
    HERE.set((Arc::as_ptr(scheduler) as usize, index));
    let shard = &scheduler.shards[index];
    *shard.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current());
    *shard.clock.lock().unwrap_or_else(PoisonError::into_inner) = CpuClock::of_this_thread();
    let is_spare = index >= scheduler.regular;
    let mut last_work = Instant::now();
    loop {
        let found = shard
            .pop()
            .or_else(|| steal(scheduler, index))
            .or_else(|| spin(scheduler, index));
        if let Some(cell) = found {
            turn(scheduler, index, cell);
            last_work = Instant::now();
            continue;
        }
        if scheduler.is_stopping()
            || (is_spare && last_work.elapsed() > SPARE_REST && shard.close())
        {
            return;
        }
        shard.parked.store(true, Ordering::SeqCst);
        if shard.queued() > 0 || scheduler.is_stopping() {
            shard.parked.store(false, Ordering::SeqCst);
            continue;
        }
        if is_spare {
            thread::park_timeout(SPARE_REST);
        } else {
            thread::park();
        }
        shard.parked.store(false, Ordering::SeqCst);
    }
}

fn turn(scheduler: &Scheduler, index: usize, cell: Arc<Cell>) {
    let shard = &scheduler.shards[index];
    let began = scheduler.nanos().max(1);
    shard.set_running(Some(cell.clone()));
    shard.turn.fetch_add(1, Ordering::Relaxed);
    shard.load.copy(cell.load());
    shard.since.store(began, Ordering::Release);
    let again = cell.body().turn(&cell);
    shard.since.store(0, Ordering::Release);
    shard.set_running(None);
    if again {
        scheduler.submit(cell);
    }
}

/// Looks for work for a while, since it often comes at once.
fn spin(scheduler: &Scheduler, index: usize) -> Option<Arc<Cell>> {
    let shard = &scheduler.shards[index];
    for round in 0..SPINS {
        if shard.queued() > 0 {
            return shard.pop();
        }
        if round % 64 == 63
            && let Some(cell) = steal(scheduler, index)
        {
            return Some(cell);
        }
        std::hint::spin_loop();
    }
    None
}

/// Takes an isolate over from a shard that is behind.
fn steal(scheduler: &Scheduler, index: usize) -> Option<Arc<Cell>> {
    let now = scheduler.nanos();
    for (i, victim) in scheduler.shards.iter().enumerate() {
        if i == index || victim.queued() == 0 {
            continue;
        }
        if (victim.age(now) > BEHIND_NS || victim.queued() > LONG_QUEUE)
            && let Some(cell) = victim.pop()
        {
            cell.move_to(index);
            scheduler.migrations.fetch_add(1, Ordering::Relaxed);
            return Some(cell);
        }
    }
    None
}
