//! One isolate thread: its queue, its turns, and how it helps others and rests.

use std::cell::Cell as ThreadCell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::{Load, Scheduler};
use crate::engine::{CpuClock, OsThread};
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
    os_thread: Mutex<Option<OsThread>>,
    /// Counts the threads that the shard has had; an earlier one that comes back from its turn goes.
    threads: AtomicU64,
    /// That of the isolate whose turn runs.
    load: Load,
}

#[derive(Default)]
struct Queue {
    cells: VecDeque<Arc<Cell>>,
    open: bool,
}

thread_local! {
  /// The scheduler (by address), the index of the shard that this thread is, and which of its threads.
  static HERE: ThreadCell<(usize, usize, u64)> = const { ThreadCell::new((0, 0, 0)) };
}

/// The shard of `scheduler` that the calling thread is.
pub(super) fn current(scheduler: &Scheduler) -> Option<usize> {
    let (of, index, thread) = HERE.get();
    let is_it = of == std::ptr::from_ref(scheduler) as usize
        && scheduler.shards[index].threads.load(Ordering::Relaxed) == thread;
    is_it.then_some(index)
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
            os_thread: Mutex::new(None),
            threads: AtomicU64::new(0),
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

    fn slot(&self) -> MutexGuard<'_, Option<Arc<Cell>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_turn(&self, cell: &Arc<Cell>, began: u64) {
        *self.slot() = Some(cell.clone());
        self.turn.fetch_add(1, Ordering::Relaxed);
        self.load.copy(cell.load());
        self.since.store(began, Ordering::Release);
    }

    /// Ends the turn of the shard's thread number `thread`; false where that one was given up.
    fn end_turn(&self, thread: u64) -> bool {
        let ended = {
            let mut slot = self.slot();
            if self.threads.load(Ordering::Relaxed) != thread {
                return false;
            }
            self.since.store(0, Ordering::Release);
            slot.take()
        };
        drop(ended);
        true
    }

    /// Gives the thread up that runs turn `turn`, if it still does: it has no shard any more.
    pub fn give_up(&self, turn: u64) -> Option<Arc<Cell>> {
        let mut slot = self.slot();
        if self.turn() != turn || !self.is_in_turn() {
            return None;
        }
        let cell = slot.take()?;
        self.threads.fetch_add(1, Ordering::Relaxed);
        self.since.store(0, Ordering::Release);
        let thread = *self
            .os_thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread {
            thread.demote();
        }
        Some(cell)
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
    let shard = &scheduler.shards[index];
    let thread = shard.threads.load(Ordering::Relaxed);
    HERE.set((Arc::as_ptr(scheduler) as usize, index, thread));
    *shard
        .os_thread
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = Some(OsThread::current());
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
            if !turn(scheduler, index, thread, cell) {
                return;
            }
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

/// Runs one turn; false where the thread was given up meanwhile.
fn turn(scheduler: &Scheduler, index: usize, thread: u64, cell: Arc<Cell>) -> bool {
    let shard = &scheduler.shards[index];
    shard.begin_turn(&cell, scheduler.nanos().max(1));
    let again = cell.body().turn(&cell);
    let goes_on = shard.end_turn(thread);
    if again {
        scheduler.submit(cell);
    }
    goes_on
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
