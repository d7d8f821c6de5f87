//! How those get a thread who wait behind long turns: others are woken or started for them, long turns rest so that
//! threads get a processor, and where there are no more threads to be had, isolates end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use nano_proto::{LimitExceeded, LimitKind, Limits};

use super::Scheduler;
use super::shard::Shard;
use crate::engine::threads_are_short;
use crate::isolate::Cell;

/// A turn of this age, in nanoseconds, puts its shard behind.
pub(super) const OLD_NS: u64 = 500_000;
/// A turn of this age, in nanoseconds, is one of those that share the processors.
const LONG_NS: u64 = 2_000_000;
/// For how long each of them runs before it rests, where they are many.
const SHARE: Duration = Duration::from_millis(5);
/// The same before its first rest: until then the threads that others wait for compete with it.
const FIRST_SHARE: Duration = Duration::from_millis(1);
/// For how long one rests at most. Of a thousand each rests for seconds.
const LONGEST_REST: Duration = Duration::from_secs(10);

/// A turn rests for no more than so many times what it has used: one that is almost done is soon back.
const MOST: u32 = 32;
/// The same for an isolate whose turns have been short before.
const MOST_OF_QUICK: u32 = 4;

/// A long turn that is younger than this, in nanoseconds, may still come to rest. While there are many of these no more
/// threads are started: each would run its own long turn for a while, and nobody would get a processor.
const UNSETTLED_NS: u64 = 20_000_000;
/// So many are few, besides two for each isolate thread.
const UNSETTLED: usize = 4;

/// For how long all threads may be taken while somebody waits.
const STUCK: Duration = Duration::from_millis(250);
/// From this number of threads on: fewer reach their CPU limits soon enough.
pub(super) const MANY_THREADS: usize = 16;
/// Then isolates end whose turns have used so much CPU time.
const MUCH: Duration = Duration::from_millis(500);
/// Or so much, where the system gives fewer threads than were allowed.
const MUCH_OF_FEW: Duration = Duration::from_millis(100);
/// How many isolates are ended at once where that lasts.
const ENDED_AT_ONCE: usize = 8;

/// How the long turns of one moment share the processors.
#[derive(Default)]
pub(super) struct Sharing {
    rest: Duration,
    /// Turns that began no later than this do not rest: where no thread is left, the oldest go first, so that some
    /// end.
    first: Option<u64>,
}

/// The long turns that use processors, as a look finds them.
#[derive(Default)]
pub(super) struct LongTurns {
    /// When those began that have a limit on their CPU time.
    limited: Vec<u64>,
    /// How many have none.
    endless: usize,
}

impl LongTurns {
    /// The turn of `cell` is `age` nanoseconds old at `now`.
    pub fn add(&mut self, cell: &Cell, now: u64, age: u64) {
        if age <= LONG_NS || cell.control().stands() {
            return;
        }
        match is_endless(cell) {
            true => self.endless += 1,
            false => self.limited.push(now.saturating_sub(age)),
        }
    }

    /// Each rests after each of its shares: so long that of all of them no more run than twice as many as there are
    /// threads for good.
    pub fn sharing(mut self, scheduler: &Scheduler) -> Sharing {
        let at_once = 2 * scheduler.regular;
        let long = self.limited.len() + self.endless;
        let waiting = u32::try_from(long.saturating_sub(at_once)).unwrap_or(u32::MAX);
        let share = SHARE / u32::try_from(at_once).unwrap_or(u32::MAX).max(1);
        let is_full = long >= nearly_all(scheduler) && !may_have_more(scheduler);
        let is_short = is_full || (long > 0 && threads_are_short());
        scheduler.full.store(is_short, Ordering::Relaxed);
        let makes_room =
            scheduler.shards.len() >= MANY_THREADS && self.limited.len() >= self.endless;
        scheduler.makes_room.store(makes_room, Ordering::Relaxed);
        // The oldest shall have the processors, so that they come to an end.
        let share = if is_full { 4 * share } else { share };
        let oldest = at_once.min(self.limited.len()).checked_sub(1);
        Sharing {
            rest: share.saturating_mul(waiting).min(LONGEST_REST),
            first: oldest
                .filter(|_| is_full)
                .map(|oldest| *self.limited.select_nth_unstable(oldest).1),
        }
    }
}

/// A turn that is old.
pub(super) struct OldTurn {
    /// In nanoseconds.
    pub age: u64,
    /// What it has used by now.
    pub used: Duration,
    /// What it had used when it last rested.
    pub rested: Duration,
    /// Whether the isolate's turns before were short.
    pub was_quick: bool,
}

impl Sharing {
    /// Has the turn of shard number `index` rest if it is long at `now` and has had its share. Returns whether it
    /// rests.
    pub fn apply(&self, cell: &Cell, index: usize, now: u64, turn: &OldTurn) -> bool {
        let share = match turn.rested.is_zero() {
            true => FIRST_SHARE,
            false => SHARE,
        };
        let is_due = turn.age > LONG_NS && turn.used.saturating_sub(turn.rested) > share;
        let is_first = self
            .first
            .is_some_and(|first| now.saturating_sub(turn.age) <= first && !is_endless(cell));
        if self.rest.is_zero() || !is_due || is_first {
            return false;
        }
        let most = match turn.was_quick {
            true => MOST_OF_QUICK,
            false => MOST,
        };
        let rest = self.rest.min(turn.used.saturating_mul(most));
        // Not all for the same time, or they would all come back at the same time.
        let more = rest / 8 * (index as u32 % 4);
        cell.control().rest_for(rest + more);
        true
    }
}

/// Whether the isolate has no limit on its CPU time: it is meant to take as long as it likes.
fn is_endless(cell: &Cell) -> bool {
    let limits = cell.control().limits();
    limits.cpu_ms_per_call == Limits::NONE && limits.cpu_ms_per_turn == Limits::NONE
}

/// So many threads in long turns are nearly all.
fn nearly_all(scheduler: &Scheduler) -> usize {
    let most = scheduler.most_threads();
    most - most / 8
}

/// Whether another thread can be had: one is allowed, and the system has not just refused one.
fn may_have_more(scheduler: &Scheduler) -> bool {
    !threads_are_short() && spares(scheduler).next().is_some()
}

/// The shards that may get another thread.
fn spares(scheduler: &Scheduler) -> impl Iterator<Item = usize> {
    (scheduler.regular..scheduler.shards.len())
        .filter(|&index| !scheduler.shards[index].queue.is_open())
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
        let are_many = scheduler.shards.len() >= MANY_THREADS;
        if since.elapsed() > STUCK && are_many {
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
    if !may_have_more(scheduler) {
        return false;
    }
    let spares = spares(scheduler);
    let now = scheduler.nanos();
    let is_stuck = |shard: &Shard| !shard.queue.is_open() || shard.age(now) > OLD_NS;
    if shards.iter().all(is_stuck) {
        let unsettled = shards.iter().filter(|shard| is_unsettled(shard, now));
        let room = (2 * scheduler.regular + UNSETTLED).saturating_sub(unsettled.count());
        for index in spares.take(waiting(scheduler).clamp(1, room.max(1)).min(room)) {
            scheduler.spares_started.fetch_add(1, Ordering::Relaxed);
            scheduler.start_shard(index);
        }
    }
    true
}

/// Whether the shard's thread has just been started, or its turn may still come to rest.
fn is_unsettled(shard: &Shard, now: u64) -> bool {
    let age = shard.age(now);
    age > OLD_NS
        && age < UNSETTLED_NS
        && shard
            .turns
            .running()
            .is_some_and(|cell| !cell.control().is_resting())
}

/// How many isolates wait for a turn.
fn waiting(scheduler: &Scheduler) -> usize {
    let shards = scheduler.used_shards().iter();
    shards.map(|shard| shard.queue.len()).sum()
}

/// Nearly all threads that there may be are in long turns, and somebody waits: ends the isolates whose turns have
/// used most, if that is much, a few at a time.
fn make_room(scheduler: &Scheduler, used: impl Iterator<Item = (u64, Duration)>) {
    let now = scheduler.nanos();
    let (mut taken, mut ending, mut much) = (0, 0, Vec::new());
    let least = match threads_are_short() {
        true => MUCH_OF_FEW,
        false => MUCH,
    };
    for (shard, (turn, used)) in scheduler.used_shards().iter().zip(used) {
        let is_it = shard.turns.turn() == turn && shard.age(now) > LONG_NS;
        let Some(cell) = shard.turns.running().filter(|_| is_it) else {
            continue;
        };
        taken += 1;
        if cell.control().is_stopped() {
            ending += 1;
        } else if used >= least && !is_endless(&cell) {
            much.push((used, cell));
        }
    }
    if taken < nearly_all(scheduler) {
        return;
    }
    much.sort_unstable_by_key(|(used, _)| std::cmp::Reverse(*used));
    let threads = scheduler.most_threads() as u64;
    let wanted = waiting(scheduler).min(ENDED_AT_ONCE).saturating_sub(ending);
    for (_, cell) in much.into_iter().take(wanted) {
        cell.exceed(LimitExceeded {
            limit: LimitKind::Threads,
            used: threads,
            allowed: threads,
        });
    }
}
