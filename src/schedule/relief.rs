//! How those get a thread who wait behind long turns: others are woken or started for them, long turns rest so that
//! threads get a processor, and where there are no more threads to be had, isolates end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use nano_proto::{LimitExceeded, LimitKind, Limits};

use super::Scheduler;
use super::shard::Shard;
use crate::isolate::Cell;

/// A turn of this age, in nanoseconds, puts its shard behind.
pub(super) const OLD_NS: u64 = 500_000;
/// A turn of this age, in nanoseconds, is one of those that share the processors.
const LONG_NS: u64 = 3_000_000;
/// For how long each of them runs before it rests, where they are many.
const SHARE: Duration = Duration::from_millis(5);
/// The same before its first rest: until then the threads that others wait for compete with it.
const FIRST_SHARE: Duration = Duration::from_millis(1);
/// For how long one rests at most.
const LONGEST_REST: Duration = Duration::from_millis(250);

/// How many spare threads are started at once where many isolates wait.
const SPARES_AT_ONCE: usize = 4;

/// For how long all threads may be taken while somebody waits.
const STUCK: Duration = Duration::from_millis(250);
/// From this number of threads on: fewer reach their CPU limits soon enough.
const MANY_THREADS: usize = 16;
/// How many isolates are ended at once where that lasts.
const ENDED_AT_ONCE: usize = 8;

/// How the long turns of one moment share the processors.
pub(super) struct Sharing {
    rest: Duration,
}

impl Sharing {
    /// Each long turn rests after each of its shares: so long that of all of them no more run than twice as many as
    /// there are threads for good.
    pub fn of(scheduler: &Scheduler, now: u64) -> Self {
        let is_long = |shard: &&Shard| shard.age(now) > LONG_NS;
        let long = scheduler.used_shards().iter().filter(is_long).count();
        let at_once = 2 * scheduler.regular;
        let waiting = u32::try_from(long.saturating_sub(at_once)).unwrap_or(u32::MAX);
        let share = SHARE / u32::try_from(at_once).unwrap_or(u32::MAX).max(1);
        Self {
            rest: share.saturating_mul(waiting).min(LONGEST_REST),
        }
    }

    /// Has the turn of shard number `index` rest if it is long and has had its share: it has used so much by now,
    /// and when it last rested. Returns whether it rests.
    pub fn apply(
        &self,
        cell: &Cell,
        index: usize,
        age: u64,
        used: Duration,
        rested: Duration,
    ) -> bool {
        let share = match rested.is_zero() {
            true => FIRST_SHARE,
            false => SHARE,
        };
        let is_due = age > LONG_NS && used.saturating_sub(rested) > share;
        if self.rest.is_zero() || !is_due {
            return false;
        }
        // Not all for the same time, or they would all come back at the same time.
        let more = self.rest / 8 * (index as u32 % 4);
        cell.control().rest_for(self.rest + more);
        true
    }
}

/// Since when no thread can be had for those who wait.
#[derive(Default)]
pub(super) struct Crowd {
    since: Option<Instant>,
}

impl Crowd {
    /// Somebody waits behind an old turn, or nobody does. `used` tells what the turn of each shard has used.
    pub fn relieve(
        &mut self,
        scheduler: &Arc<Scheduler>,
        somebody_waits: bool,
        used: impl Iterator<Item = (u64, Duration)>,
    ) {
        if !somebody_waits || help(scheduler) {
            self.since = None;
            return;
        }
        let since = *self.since.get_or_insert_with(Instant::now);
        if since.elapsed() > STUCK && scheduler.shards.len() >= MANY_THREADS {
            make_room(scheduler, used);
        }
    }
}

/// Finds a thread for those who wait. Returns false where there is none to be had.
fn help(scheduler: &Arc<Scheduler>) -> bool {
    let shards = scheduler.used_shards();
    if let Some(parked) = shards.iter().find(|shard| shard.queue.is_parked()) {
        parked.queue.wake();
        return true;
    }
    let mut spares = (scheduler.regular..scheduler.shards.len())
        .filter(|&i| !scheduler.shards[i].queue.is_open())
        .peekable();
    if spares.peek().is_none() {
        return false;
    }
    let now = scheduler.nanos();
    let is_stuck = |shard: &Shard| !shard.queue.is_open() || shard.age(now) > OLD_NS;
    if shards.iter().all(is_stuck) {
        for index in spares.take(waiting(scheduler).clamp(1, SPARES_AT_ONCE)) {
            scheduler.spares_started.fetch_add(1, Ordering::Relaxed);
            scheduler.start_shard(index);
        }
    }
    true
}

/// How many isolates wait for a turn.
fn waiting(scheduler: &Scheduler) -> usize {
    let shards = scheduler.used_shards().iter();
    shards.map(|shard| shard.queue.len()).sum()
}

/// Nearly all threads that there may be are in long turns, and somebody waits: ends the isolates whose turns have
/// used most, a few at a time. One without a limit on its CPU time is meant to take as long as it likes.
fn make_room(scheduler: &Scheduler, used: impl Iterator<Item = (u64, Duration)>) {
    let now = scheduler.nanos();
    let (mut ending, mut endless, mut long) = (0, 0, Vec::new());
    for (shard, (turn, used)) in scheduler.used_shards().iter().zip(used) {
        let is_it = shard.turns.turn() == turn && shard.age(now) > LONG_NS;
        let Some(cell) = shard.turns.running().filter(|_| is_it) else {
            continue;
        };
        let limits = cell.control().limits();
        let is_endless =
            limits.cpu_ms_per_call == Limits::NONE && limits.cpu_ms_per_turn == Limits::NONE;
        match (cell.control().is_stopped(), is_endless) {
            (true, _) => ending += 1,
            (false, true) => endless += 1,
            (false, false) => long.push((used, cell)),
        }
    }
    let threads = scheduler.shards.len();
    if ending + endless + long.len() < threads - threads / 8 {
        return;
    }
    long.sort_unstable_by_key(|(used, _)| std::cmp::Reverse(*used));
    let wanted = waiting(scheduler).min(ENDED_AT_ONCE).saturating_sub(ending);
    for (_, cell) in long.into_iter().take(wanted) {
        cell.exceed(LimitExceeded {
            limit: LimitKind::Threads,
            used: threads as u64,
            allowed: threads as u64,
        });
    }
}
