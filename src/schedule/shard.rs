//! One isolate thread: its queue, its turns, and how it helps others and rests.

use std::cell::Cell as ThreadCell;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::growth::Before;
use super::run_queue::{Queued, RunQueue};
use super::turns::Turns;
use super::{Load, Scheduler};
use crate::engine::{CpuClock, OsThread, slow_down};
use crate::isolate::Cell;

/// How often an idle shard looks for work before it parks. Waking a parked thread costs more than a
/// whole ask; a look costs a few nanoseconds.
const SPINS: u32 = 2_000;
/// A running turn of this age, in nanoseconds, puts its shard behind in the eyes of one that spins.
const BEHIND_NS: u64 = 20_000;
/// A queue of this length puts its shard behind.
const LONG_QUEUE: usize = 16;
/// An isolate that has had no turn for as many turns of its thread is no longer in the caches: a turn touches
/// some 40 pages, and the processor remembers the addresses of some 2,000.
const COLD: u64 = 48;
/// Up to this length of the queue what goes onto it is fetched at once: it runs before it is cold again.
const SHORT_QUEUE: usize = 4;
/// How often the last thread of all looks for what is quick.
const LAST_LOOK: Duration = Duration::from_micros(500);
/// How long a spare thread stays without work.
const SPARE_REST: Duration = Duration::from_secs(2);

impl Queued for Arc<Cell> {
    fn is_quick(&self) -> bool {
        self.load().is_quick()
    }

    fn is_tame(&self) -> bool {
        // One that was stopped has nothing to run.
        self.load().is_tame() || self.control().is_stopped()
    }
}

pub(super) struct Shard {
    pub queue: RunQueue<Arc<Cell>>,
    pub turns: Turns<Arc<Cell>>,
    clock: Mutex<Option<CpuClock>>,
    os_thread: Mutex<Option<OsThread>>,
    /// What there was before a turn that was looked at, with the turn's number.
    before: Mutex<(u64, Option<Before>)>,
    /// That of the isolate whose turn runs.
    load: Load,
}

thread_local! {
  /// The scheduler (by address), the index of the shard that this thread is, and which of its threads.
  static HERE: ThreadCell<(usize, usize, u64)> = const { ThreadCell::new((0, 0, 0)) };
}

/// The shard of `scheduler` that the calling thread is.
pub(super) fn current(scheduler: &Scheduler) -> Option<usize> {
    current_thread(scheduler).map(|(index, _)| index)
}

/// The same, and which of its threads.
pub(super) fn current_thread(scheduler: &Scheduler) -> Option<(usize, u64)> {
    let (of, index, thread) = HERE.get();
    let is_it = of == std::ptr::from_ref(scheduler) as usize
        && scheduler.shards[index].turns.thread() == thread;
    is_it.then_some((index, thread))
}

impl Shard {
    pub fn new() -> Self {
        Self {
            queue: RunQueue::new(),
            turns: Turns::new(),
            clock: Mutex::new(None),
            os_thread: Mutex::new(None),
            before: Mutex::default(),
            load: Load::default(),
        }
    }

    /// Whether the shard runs nothing and has nothing to run.
    pub fn is_idle(&self) -> bool {
        !self.is_in_turn() && self.queue.len() == 0
    }

    /// Whether a turn runs.
    pub fn is_in_turn(&self) -> bool {
        self.turns.since() != 0
    }

    /// How much the isolate has to do whose turn runs.
    pub fn load(&self) -> &Load {
        &self.load
    }

    /// How long the running turn has run, in nanoseconds; 0 between turns.
    pub fn age(&self, now: u64) -> u64 {
        match self.turns.since() {
            0 => 0,
            since => now.saturating_sub(since).max(1),
        }
    }

    /// Has the processor fetch what the next turn of `cell` touches, where this shard, number `index`, has the
    /// calling thread and runs it soon.
    pub fn warm(&self, index: usize, cell: &Cell) {
        let now = ((index as u64 + 1) << 48).wrapping_add(self.turns.turn());
        cell.warm(now, COLD);
    }

    /// Whether what goes onto the queue runs soon.
    pub fn has_short_queue(&self) -> bool {
        self.queue.len() < SHORT_QUEUE
    }

    /// A thread is to start for the shard.
    pub fn expect_thread(&self) {
        *self
            .os_thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether the shard has a thread that runs isolates.
    pub fn has_thread(&self) -> bool {
        self.os_thread().is_some() && self.queue.is_open()
    }

    pub fn clock(&self) -> Option<CpuClock> {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn os_thread(&self) -> Option<OsThread> {
        *self
            .os_thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what there was before turn number `turn`.
    pub fn note_before(&self, turn: u64, before: Before) {
        *self.before.lock().unwrap_or_else(PoisonError::into_inner) = (turn, Some(before));
    }

    /// What there was before the running or last turn, where that was looked at.
    pub fn before(&self) -> Option<Before> {
        let (turn, before) = *self.before.lock().unwrap_or_else(PoisonError::into_inner);
        before.filter(|_| turn == self.turns.turn())
    }

    /// A thread of the shard was given up: it may go on, but gets little of the processors.
    pub fn slow_thread_down(&self) {
        if let (Some(thread), Some(clock)) = (self.os_thread(), self.clock()) {
            slow_down(thread, clock);
        }
    }
}

/// The life of an isolate thread.
pub(super) fn run(scheduler: &Arc<Scheduler>, index: usize) {
    let shard = &scheduler.shards[index];
    let thread = shard.turns.thread();
    HERE.set((Arc::as_ptr(scheduler) as usize, index, thread));
    *shard
        .os_thread
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = Some(OsThread::current());
    shard.queue.claim();
    *shard.clock.lock().unwrap_or_else(PoisonError::into_inner) = CpuClock::of_this_thread();
    let is_spare = index >= scheduler.regular;
    let mut last_work = Instant::now();
    let mut woken = false;
    loop {
        let is_last = scheduler.is_last(index);
        let found = match is_last {
            true => find_quick(scheduler, index),
            false => shard
                .queue
                .pop()
                .or_else(|| steal(scheduler, index))
                .or_else(|| spin(scheduler, index)),
        };
        if let Some(cell) = found {
            cell.load().note_start(std::mem::take(&mut woken));
            if !turn(scheduler, index, thread, cell) {
                return;
            }
            last_work = Instant::now();
            continue;
        }
        if is_last {
            // What is no quick one may lie on the queue, so that this is no rest of the queue's.
            thread::sleep(LAST_LOOK);
            continue;
        }
        if scheduler.is_stopping()
            || (is_spare && last_work.elapsed() > SPARE_REST && shard.queue.close())
        {
            return;
        }
        let park = || match is_spare {
            true => thread::park_timeout(SPARE_REST),
            false => thread::park(),
        };
        shard.queue.rest(|| scheduler.is_stopping(), park);
        woken = true;
    }
}

/// Runs one turn; false where the thread was given up meanwhile.
fn turn(scheduler: &Scheduler, index: usize, thread: u64, cell: Arc<Cell>) -> bool {
    let shard = &scheduler.shards[index];
    shard.warm(index, &cell);
    shard.load.copy(cell.load());
    shard.turns.begin(cell.clone(), scheduler.nanos().max(1));
    let again = cell.body().turn(&cell);
    let goes_on = shard.turns.end(thread);
    if again {
        scheduler.submit(cell);
    }
    goes_on
}

/// Looks for work for a while, since it often comes at once.
fn spin(scheduler: &Scheduler, index: usize) -> Option<Arc<Cell>> {
    let shard = &scheduler.shards[index];
    for round in 0..SPINS {
        if shard.queue.len() > 0 {
            return shard.queue.pop();
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

/// Finds a quick isolate, on the own queue or on any that waits; else one that is tame.
fn find_quick(scheduler: &Scheduler, index: usize) -> Option<Arc<Cell>> {
    if let Some(cell) = scheduler.shards[index].queue.pop_quick() {
        return Some(cell);
    }
    let shards = scheduler.used_shards();
    let quick = shards.iter().find_map(|victim| victim.queue.pop_quick());
    let cell = quick.or_else(|| shards.iter().find_map(|victim| victim.queue.pop_tame()))?;
    Some(taken_over(scheduler, index, cell))
}

/// Takes an isolate over from a shard that is behind: of all of them the quick ones first.
fn steal(scheduler: &Scheduler, index: usize) -> Option<Arc<Cell>> {
    let now = scheduler.nanos();
    let shards = scheduler.used_shards().iter().enumerate();
    let behind = shards.filter(|(i, victim)| {
        let waiting = victim.queue.len();
        let is_behind =
            || victim.age(now) > BEHIND_NS || waiting > LONG_QUEUE || !victim.has_thread();
        *i != index && waiting > 0 && is_behind()
    });
    let mut first = None;
    for (_, victim) in behind {
        if let Some(cell) = victim.queue.pop_quick() {
            return Some(taken_over(scheduler, index, cell));
        }
        first.get_or_insert(victim);
    }
    let cell = first?.queue.pop()?;
    Some(taken_over(scheduler, index, cell))
}

fn taken_over(scheduler: &Scheduler, index: usize, cell: Arc<Cell>) -> Arc<Cell> {
    cell.move_to(index);
    scheduler.migrations.fetch_add(1, Ordering::Relaxed);
    cell
}
