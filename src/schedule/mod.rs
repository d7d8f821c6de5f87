//! Which thread runs which isolate, and when a turn has run too long.
//!
//! Each shard is a thread with a queue of runnable isolates. An isolate stays on its shard; another
//! shard takes it only where its own is behind. The watchdog sees that, and stops turns that exceed
//! their CPU limit.

mod growth;
mod load;
mod lost;
mod parking;
mod relief;
mod run_queue;
mod shard;
mod turns;
mod watchdog;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nano_proto::{ExitReason, LimitExceeded, LimitKind};

use crate::engine::{Starts, spawn_thread_or, threads_are_short};
use crate::isolate::Cell;
pub use load::Load;
use lost::Lost;
use parking::Parking;
use shard::Shard;

/// For so long isolates wait for a thread where all were given up.
const THREADLESS: Duration = Duration::from_secs(1);

/// Shards, their threads and the watchdog.
pub struct Scheduler {
    shards: Box<[Shard]>,
    /// How many shards have a thread of their own for good; the rest are spares.
    regular: usize,
    /// How many shards from the first on have ever had a thread.
    seats: AtomicUsize,
    next: AtomicUsize,
    stopping: AtomicBool,
    /// Whether no more threads can be had, as the watchdog saw last.
    full: AtomicBool,
    /// Whether long turns end for others where that is so.
    makes_room: AtomicBool,
    /// What the statistics count.
    migrations: AtomicU64,
    spares_started: AtomicU64,
    lost: Lost,
    epoch: Instant,
    /// Where the watchdog rests while nothing runs.
    watchdog: Parking,
}

/// Figures of a scheduler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScheduleStats {
    /// Isolates that were taken over by another shard.
    pub migrations: u64,
    /// Spare threads that were started since every isolate thread was stuck in a long turn.
    pub spare_threads: u64,
    /// Threads that were given up: V8 did not come back from a turn, or not in time.
    pub lost_threads: u64,
    /// Memory that their isolates hold, in bytes.
    pub lost_bytes: u64,
    /// Isolates that wait for a turn now.
    pub queued: u64,
}

impl Scheduler {
    /// Starts `regular` isolate threads, with up to `spares` more for when all are stuck.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start(regular: usize, spares: usize, starts: &mut Starts) -> io::Result<Arc<Self>> {
        let regular = regular.max(1);
        let scheduler = Arc::new(Self {
            shards: (0..regular + spares).map(|_| Shard::new()).collect(),
            regular,
            seats: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
            full: AtomicBool::new(false),
            makes_room: AtomicBool::new(regular + spares >= relief::MANY_THREADS),
            migrations: AtomicU64::new(0),
            spares_started: AtomicU64::new(0),
            lost: Lost::default(),
            epoch: Instant::now(),
            watchdog: Parking::new(),
        });
        for index in 0..regular {
            let (name, run) = scheduler.thread_of(index);
            starts.spawn(name, run);
        }
        watchdog::start(&scheduler).inspect_err(|_| scheduler.stop())?;
        Ok(scheduler)
    }

    /// The thread for a shard, whose queue opens: its name, and its life.
    fn thread_of(self: &Arc<Self>, index: usize) -> (String, impl FnOnce() + Send + 'static) {
        self.shards[index].expect_thread();
        self.shards[index].queue.open();
        self.seats.fetch_max(index + 1, Ordering::Relaxed);
        let scheduler = self.clone();
        let kind = if index < self.regular {
            "isolate"
        } else {
            "spare"
        };
        let name = format!("nano-{kind}-{index}");
        (name, move || shard::run(&scheduler, index))
    }

    fn start_shard(self: &Arc<Self>, index: usize) {
        let (name, run) = self.thread_of(index);
        let waits = Arc::downgrade(self);
        spawn_thread_or(name, run, move |since| {
            if since > THREADLESS
                && let Some(scheduler) = waits.upgrade()
            {
                scheduler.refuse_if_threadless();
            }
        });
    }

    /// The system gives no thread: where there is none at all, ends what waits for one.
    fn refuse_if_threadless(&self) {
        let shards = self.used_shards();
        if shards.iter().any(Shard::has_thread) {
            return;
        }
        for cell in shards.iter().filter_map(|shard| shard.queue.pop()) {
            // What V8 has of it may be dropped on isolate threads alone.
            std::mem::forget(cell.clone());
            cell.end(ExitReason::Limit(LimitExceeded {
                limit: LimitKind::Threads,
                used: 0,
                allowed: 0,
            }));
        }
    }

    /// How many threads there may be: fewer than were allowed where the system gives no more.
    fn most_threads(&self) -> usize {
        match threads_are_short() {
            true => self
                .used_shards()
                .iter()
                .filter(|it| it.has_thread())
                .count(),
            false => self.shards.len(),
        }
    }

    /// Whether shard `index` is the last one without a turn, no more threads can be had, and as many as run isolates for
    /// good are in turns: what may run long is not for it, so that there is always a thread for what is quick. The others
    /// get one when a long turn is ended for them; where none would be, they are not kept waiting.
    fn is_last(&self, index: usize) -> bool {
        if !self.makes_room.load(Ordering::Relaxed) {
            return false;
        }
        let shards = self.used_shards();
        if shards.len() < self.shards.len() && !self.full.load(Ordering::Relaxed) {
            return false;
        }
        let mut taken = 0;
        for (i, shard) in shards.iter().enumerate() {
            if i == index || !shard.has_thread() {
                continue;
            }
            if !shard.is_in_turn() {
                return false;
            }
            taken += 1;
        }
        taken >= self.regular
    }

    /// Forgets spare shards at the end that have closed, so that nobody looks at them. Only the watchdog starts spare
    /// threads, so that only it may do this.
    fn forget_closed(&self) {
        let seats = self.used_shards().len();
        let is_open = |&index: &usize| index < self.regular || self.shards[index].queue.is_open();
        let open = (0..seats).rev().find(is_open).map_or(0, |last| last + 1);
        if open < seats {
            self.seats.store(open, Ordering::Relaxed);
        }
    }

    /// The shards that have had a thread: no other has anything to run.
    fn used_shards(&self) -> &[Shard] {
        &self.shards[..self.seats.load(Ordering::Relaxed)]
    }

    /// Has another thread take the place of the calling one.
    pub fn give_up_current(self: &Arc<Self>) {
        if let Some((index, thread)) = shard::current_thread(self)
            && let Some(cell) = self.shards[index].turns.give_up_thread(thread)
        {
            self.replace_thread(index, &cell);
        }
    }

    /// Has another thread take the place of shard `index`'s, unless the turn has ended meanwhile. Returns the
    /// isolate whose turn it is.
    fn give_up(self: &Arc<Self>, index: usize, turn: u64) -> Option<Arc<Cell>> {
        let cell = self.shards[index].turns.give_up(turn)?;
        self.replace_thread(index, &cell);
        Some(cell)
    }

    fn replace_thread(self: &Arc<Self>, index: usize, cell: &Cell) {
        let shard = &self.shards[index];
        shard.slow_thread_down();
        self.lost.add(cell.control().clone(), shard.before());
        self.start_shard(index);
    }

    /// The shard for a new isolate.
    pub fn place(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed) % self.regular
    }

    /// Puts a runnable isolate on its shard's queue.
    pub fn submit(&self, cell: Arc<Cell>) {
        let here = shard::current(self);
        let mut home = cell.home();
        if let Some(here) = here
            && let Some(better) = self.better_home(here, home, &cell)
        {
            home = better;
            cell.move_to(better);
        }
        if here == Some(home) && self.shards[home].has_short_queue() {
            // While the running turn goes on, the memory for the next one comes.
            self.shards[home].warm(home, &cell);
        }
        let queue = |index: usize| &self.shards[index].queue;
        run_queue::hand_over(cell, home, here, queue, |cell| {
            // A spare shard that has closed: the isolate goes back to a regular one.
            let home = self.place();
            cell.set_home(home);
            home
        });
        self.watchdog.wake();
    }

    /// Where an isolate that shard `here` has made runnable had better run than at `home`.
    fn better_home(&self, here: usize, home: usize, cell: &Cell) -> Option<usize> {
        let (load, load_here) = (cell.load(), self.shards[here].load());
        let heavy =
            (load.is_heavy() || load_here.is_heavy()) && !load.rests() && !load_here.rests();
        if here != home {
            // Two isolates that talk to each other settle on one shard and need no wake-up.
            return (!heavy && self.shards[home].is_idle()).then_some(here);
        }
        if !heavy || !self.shards[here].is_in_turn() {
            return None;
        }
        self.shards[..self.regular].iter().position(Shard::is_idle)
    }

    /// What isolates hold whose thread was given up.
    pub fn lost(&self) -> &Lost {
        &self.lost
    }

    /// Figures for statistics.
    pub fn stats(&self) -> ScheduleStats {
        ScheduleStats {
            migrations: self.migrations.load(Ordering::Relaxed),
            spare_threads: self.spares_started.load(Ordering::Relaxed),
            lost_threads: self.lost.threads(),
            lost_bytes: self.lost.bytes(),
            queued: self
                .used_shards()
                .iter()
                .map(|shard| shard.queue.len() as u64)
                .sum(),
        }
    }

    /// Ends the threads once their queues are empty. Isolates that still live are not run again.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        for shard in &self.shards {
            shard.queue.wake();
        }
        self.watchdog.wake();
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    fn nanos(&self) -> u64 {
        self.epoch.elapsed().as_nanos() as u64
    }
}
