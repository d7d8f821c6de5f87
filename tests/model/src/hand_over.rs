//! The hand-over between shards: no isolate is left on the queue of a shard whose thread has gone or sleeps,
//! and none is lost between two shards.

use std::sync::Arc;

use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;

use crate::explore;
use crate::loom_types::{Loom, LoomFlag, LoomThread};
use crate::schedule::run_queue::{Queued, RunQueue, hand_over};
use crate::sync::Flag;

impl Queued for u32 {
    fn is_quick(&self) -> bool {
        self.is_multiple_of(2)
    }
}

const REGULAR: usize = 0;
const SPARE: usize = 1;

/// A regular shard and a spare one, as `Scheduler` holds them.
struct Shards {
    queues: [RunQueue<u32, Loom>; 2],
    run: AtomicUsize,
    stopping: LoomFlag,
}

impl Shards {
    fn new() -> Arc<Self> {
        let shards = Arc::new(Self {
            queues: [RunQueue::new(), RunQueue::new()],
            run: AtomicUsize::new(0),
            stopping: LoomFlag::lowered(),
        });
        shards.queues.iter().for_each(RunQueue::open);
        shards
    }

    /// `Scheduler::submit` of an isolate whose home is the spare shard, from a thread that is no shard.
    fn submit(&self, cell: u32) {
        hand_over(cell, SPARE, None, |index| &self.queues[index], |_| REGULAR);
    }

    fn turn(&self) {
        self.run.fetch_add(1, Ordering::SeqCst);
    }

    /// The loop of `shard::run`, until so many isolates have run or the scheduler stops.
    fn run(&self, shard: usize, most: usize) {
        let queue = &self.queues[shard];
        queue.claim();
        while self.run.load(Ordering::SeqCst) < most {
            if queue.pop().is_some() {
                self.turn();
            } else if self.stopping.is_raised() {
                return;
            } else {
                queue.rest(|| self.stopping.is_raised(), LoomThread::park);
            }
        }
    }
}

#[test]
fn an_isolate_pushed_to_a_closing_spare_runs_all_the_same() {
    explore(|| {
        let shards = Shards::new();
        let spare = {
            let shards = shards.clone();
            thread::spawn(move || {
                // Rested long enough: closes as soon as it finds nothing.
                loop {
                    if shards.queues[SPARE].pop().is_some() {
                        shards.turn();
                    } else if shards.queues[SPARE].close() {
                        return;
                    }
                }
            })
        };
        let pusher = {
            let shards = shards.clone();
            thread::spawn(move || shards.submit(1))
        };
        shards.submit(2);
        pusher.join().unwrap();
        spare.join().unwrap();
        while shards.queues[REGULAR].pop().is_some() {
            shards.turn();
        }
        assert_eq!(
            shards.run.load(Ordering::SeqCst),
            2,
            "an isolate lies on a shard without a thread"
        );
    });
}

#[test]
fn a_shard_that_parks_is_woken_by_a_push() {
    // Loom fails where every thread waits: one that sleeps with work on its queue.
    explore(|| {
        let shards = Shards::new();
        let pusher = {
            let shards = shards.clone();
            thread::spawn(move || {
                shards.submit(1);
                shards.submit(2);
            })
        };
        shards.run(SPARE, 2);
        pusher.join().unwrap();
    });
}

#[test]
fn two_that_push_at_once_wake_the_shard() {
    explore(|| {
        let shards = Shards::new();
        let pushers = [1, 2].map(|cell| {
            let shards = shards.clone();
            thread::spawn(move || shards.submit(cell))
        });
        shards.run(SPARE, 2);
        for pusher in pushers {
            pusher.join().unwrap();
        }
    });
}

#[test]
fn a_shard_that_parks_is_woken_to_stop() {
    explore(|| {
        let shards = Shards::new();
        let stopper = {
            let shards = shards.clone();
            thread::spawn(move || {
                // `Scheduler::stop`.
                shards.stopping.set(true);
                shards.queues[SPARE].wake();
            })
        };
        shards.run(SPARE, usize::MAX);
        stopper.join().unwrap();
    });
}
