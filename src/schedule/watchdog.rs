//! The thread that looks at the others: it wakes helpers for shards that are behind, starts spare
//! threads when every shard is stuck, and ends isolates whose turn exceeds the CPU limit.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use nano_proto::{ExitReason, LimitExceeded, LimitKind, Limits};

use super::Scheduler;
use super::growth::Before;
use super::relief::{Crowd, LongTurns, OLD_NS, OldTurn, Sharing};
use super::shard::Shard;
use crate::engine::{Census, Control, OsThread, nudge, release_blocks, shortage, thread_cpu};
use crate::isolate::Cell;

/// How often the watchdog looks while there is work.
const TICK: Duration = Duration::from_micros(500);
/// How often while turns come and go but none is old.
const CALM_TICK: Duration = Duration::from_millis(2);
/// After so long without any turn it parks.
const REST_AFTER: Duration = Duration::from_millis(200);

/// How long after it was stopped a turn may go on before its thread is given up. Some of V8's functions look
/// at nothing for minutes.
const PATIENCE: Duration = Duration::from_secs(2);
/// Of that it has to have run so long: on a busy machine others run meanwhile, and it would have ended soon.
const OWN_TIME: Duration = Duration::from_millis(500);
/// After so long it is given up in any case: what waits uses no time.
const LAST_PATIENCE: Duration = Duration::from_secs(10);

/// Every so many looks at an old turn its memory is looked at as well.
const PROBE_EVERY: u32 = 8;
/// What a turn may drive the process's memory up beyond its own limits, in bytes.
const ROOM: u64 = 128 << 20;

/// A turn as the watchdog first saw it.
#[derive(Clone, Copy, Default)]
struct Seen {
    turn: u64,
    cpu: Option<Duration>,
    before: Before,
    looks: u32,
    /// What the turn had used when it was last looked at.
    used: Duration,
    /// What it had used when it last rested.
    rested: Duration,
    /// Whether the isolate's turns before were short.
    was_quick: bool,
    /// What the turn has cost it of its credit for that.
    cost: u32,
    /// Since when something is asked of the turn that it has not come to, by what it had used then, and when it was
    /// last nudged.
    awaited: Option<(Duration, Duration)>,
    /// Since when the isolate is known to be stopped, and what the turn had used then.
    stopped: Option<(Instant, Duration)>,
    /// What it had made the process grow by when it was found to be stopped for that.
    overgrown: Option<u64>,
}

impl Seen {
    /// The isolate is stopped, and its turn has `used` so much by now: whether its thread is to be given up.
    fn is_stuck(&mut self, used: Duration) -> bool {
        let (since, before) = *self.stopped.get_or_insert_with(|| (Instant::now(), used));
        let elapsed = since.elapsed();
        let has_run = used.saturating_sub(before) > OWN_TIME;
        elapsed > LAST_PATIENCE || (elapsed > PATIENCE && has_run)
    }

    /// The turn of a stopped isolate has made the process grow by so much by now: whether its thread is to be given up
    /// for it. A function that goes on to allocate where it is to end soon takes more than anybody has.
    fn overgrows(&mut self, control: &Control, grown: u64) -> bool {
        let is_for_that = || {
            let reason = control.reason();
            matches!(reason, Some(ExitReason::Limit(exceeded)) if exceeded.limit == LimitKind::Growth)
        };
        if !control.is_stopped() || control.is_in_grace() || !is_for_that() {
            return false;
        }
        let first = *self.overgrown.get_or_insert(grown);
        grown.saturating_sub(first) > ROOM
    }
}

/// A turn that runs on for so long while something is asked of it is nudged,
const NUDGE_AFTER: Duration = Duration::from_millis(2);
/// and again after a while, which grows up to this.
const NUDGE_EVERY: Duration = Duration::from_millis(50);

impl Seen {
    /// Something is asked of the turn, or not, which has used so much: whether it is to be nudged now.
    fn is_to_be_nudged(&mut self, is_awaited: bool) -> bool {
        if !is_awaited {
            self.awaited = None;
            return false;
        }
        let (since, last) = self.awaited.get_or_insert((self.used, self.used));
        let wait = (self.used.saturating_sub(*since) / 4).clamp(NUDGE_AFTER, NUDGE_EVERY);
        let is_due = self.used.saturating_sub(*last) >= wait;
        if is_due {
            *last = self.used;
        }
        is_due
    }
}

/// Starts it.
///
/// # Errors
/// The system gives no thread.
pub(super) fn start(scheduler: &Arc<Scheduler>) -> io::Result<()> {
    let watched = Arc::downgrade(scheduler);
    let seats = scheduler.shards.len();
    thread::Builder::new()
        .name("nano-watchdog".into())
        .spawn(move || {
            OsThread::ask_for_short_slices();
            let mut seen = vec![Seen::default(); seats];
            let mut census = Census::default();
            let mut crowd = Crowd::default();
            let mut sharing = Sharing::default();
            let mut last_work = Instant::now();
            while let Some(scheduler) = watched.upgrade() {
                let is_idle = || scheduler.used_shards().iter().all(Shard::is_idle);
                if scheduler.is_stopping() && is_idle() {
                    return;
                }
                let began = thread_cpu();
                let looked = look(&scheduler, &mut seen, &sharing);
                sharing = looked.sharing;
                crowd.relieve(
                    &scheduler,
                    looked.waits,
                    seen.iter().map(|seen| (seen.turn, seen.used)),
                );
                scheduler.lost.tend();
                let took = thread_cpu().saturating_sub(began);
                if let Some((control, exceeded)) = shortage(&mut census) {
                    control.end(ExitReason::Limit(exceeded));
                }
                if looked.old || !is_idle() {
                    last_work = Instant::now();
                } else {
                    scheduler.forget_closed();
                }
                if last_work.elapsed() > REST_AFTER {
                    let has_work = || !is_idle() || scheduler.is_stopping();
                    scheduler.watchdog.claim();
                    if scheduler.watchdog.enter(has_work) {
                        drop(scheduler);
                        release_blocks();
                        // A timeout, so that a scheduler that is gone is noticed. The watchdog never leaves its
                        // place: at worst it is woken once for nothing.
                        thread::park_timeout(Duration::from_millis(100));
                    }
                    continue;
                }
                drop(scheduler);
                // Of many threads a look takes long: it is no more than a fifth of a processor's time.
                let tick = if looked.old { TICK } else { CALM_TICK };
                thread::sleep(tick.max(4 * took));
            }
        })
        .map(drop)
}

/// What a look at all shards has found.
struct Looked {
    /// A turn is old.
    old: bool,
    /// Somebody waits behind one.
    waits: bool,
    /// How the long turns that were found share the processors until the next look.
    sharing: Sharing,
}

/// Looks once.
fn look(scheduler: &Arc<Scheduler>, seen: &mut [Seen], sharing: &Sharing) -> Looked {
    let now = scheduler.nanos();
    let (mut old, mut waits) = (false, false);
    let mut long = LongTurns::default();
    let shards = scheduler.used_shards().iter();
    for (index, (shard, seen)) in shards.zip(seen.iter_mut()).enumerate() {
        let age = shard.age(now);
        if shard.queue.len() > 0 && (age > OLD_NS || shard.queue.len() > 16 || !shard.has_thread())
        {
            waits = true;
        }
        if age < OLD_NS {
            continue;
        }
        old = true;
        let turn = shard.turns.turn();
        let cpu = shard.clock().and_then(|clock| clock.read());
        if seen.turn != turn {
            let running = shard.turns.running();
            let control = running.as_deref().map(Cell::control);
            let before = Before::of(shard.os_thread(), control.map(AsRef::as_ref));
            shard.note_before(turn, before);
            *seen = Seen {
                turn,
                cpu,
                before,
                looks: 0,
                used: Duration::ZERO,
                rested: Duration::ZERO,
                was_quick: running.is_some_and(|cell| cell.load().is_quick()),
                cost: 0,
                awaited: None,
                stopped: None,
                overgrown: None,
            };
            continue;
        }
        seen.looks += 1;
        let used = match (cpu, seen.cpu) {
            (Some(cpu), Some(before)) => cpu.saturating_sub(before),
            // Without a CPU clock, elapsed time stands for it.
            _ => Duration::from_nanos(age),
        };
        seen.used = used;
        let Some(cell) = shard.turns.running() else {
            continue;
        };
        seen.cost = cell.load().note_used(used, seen.cost);
        if let Some(exceeded) = over_cpu(cell.control(), used)
            && shard.turns.turn() == turn
        {
            cell.exceed(exceeded);
        }
        if cell.control().is_stopped() {
            cell.control().insist();
            if cell.control().awaits_grace() {
                // Its time to unwind in begins when that is over.
                seen.stopped = None;
            } else if seen.is_stuck(used)
                && let Some(cell) = scheduler.give_up(index, turn)
            {
                cell.give_up();
                continue;
            }
        }
        let is_awaited = cell.control().is_awaited() && !cell.control().awaits_grace();
        if seen.is_to_be_nudged(is_awaited)
            && let Some(thread) = shard.os_thread()
        {
            nudge(thread);
        }
        long.add(&cell, now, age);
        let old_turn = OldTurn {
            age,
            used,
            rested: seen.rested,
            was_quick: seen.was_quick,
        };
        if sharing.apply(&cell, index, now, &old_turn) {
            seen.rested = used;
        }
        if seen.looks.is_multiple_of(PROBE_EVERY) {
            cell.control().probe();
            let grown = seen.before.grown();
            check_memory(&cell, grown);
            if seen.overgrows(cell.control(), grown)
                && let Some(cell) = scheduler.give_up(index, turn)
            {
                cell.give_up();
            }
        }
    }
    Looked {
        old,
        waits,
        sharing: long.sharing(scheduler),
    }
}

/// The limit that a turn which has used so much exceeds: its own, or that of the call whose task runs.
fn over_cpu(control: &Control, used: Duration) -> Option<LimitExceeded> {
    let limits = control.limits();
    let used = u64::try_from(used.as_millis()).unwrap_or(u64::MAX);
    let spent = control.spent();
    let used_by_call = spent.ms.saturating_add_unsigned(used);
    let used_by_call = u64::try_from(used_by_call).unwrap_or(0);
    let call = limits.cpu_ms_per_call;
    let over_turn = used >= limits.cpu_ms_per_turn && limits.cpu_ms_per_turn != Limits::NONE;
    let over_call = used_by_call >= spent.allowed_ms.unwrap_or(call) && call != Limits::NONE;
    let (used, allowed) = match (over_turn, over_call) {
        (_, true) => (used_by_call, call),
        (true, false) => (used, limits.cpu_ms_per_turn),
        (false, false) => return None,
    };
    Some(LimitExceeded {
        limit: LimitKind::Cpu,
        used,
        allowed,
    })
}

/// Ends the isolate whose turn has driven the process's memory up by more than it may hold, with room for the
/// collector. What V8 and its libraries allocate natively is seen in no other way.
fn check_memory(cell: &Cell, used: u64) {
    let limits = cell.control().limits();
    let allowed = limits
        .heap_bytes
        .saturating_add(limits.buffer_bytes)
        .saturating_add(limits.external_bytes)
        .saturating_add(ROOM);
    if let Err(exceeded) = LimitKind::Growth.check(used, allowed)
        && !cell.control().is_stopped()
    {
        cell.exceed(exceeded);
    }
}
