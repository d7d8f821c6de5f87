//! The inbox: what is pushed is handled or settled, by one thread at a time, and no wake-up is lost.

use std::collections::VecDeque;

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::sync::{Arc, Mutex};
use loom::thread;

use crate::explore;
use crate::inbox::{Inbox, Pushed};
use crate::loom_types::{LoomFlag, LoomQueue};
use crate::sync::Flag;

/// An isolate with a shard's queue, as `cell.rs` and `shard.rs` put them together.
struct World {
    inbox: Inbox<LoomQueue, LoomFlag>,
    /// How often the isolate stands on the shard's queue.
    shard: Mutex<VecDeque<()>>,
    running: AtomicBool,
    ended: AtomicBool,
    handled: AtomicUsize,
    settled: AtomicUsize,
    sum: AtomicUsize,
}

impl World {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            inbox: Inbox::new(LoomQueue::new()),
            shard: Mutex::new(VecDeque::new()),
            running: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            handled: AtomicUsize::new(0),
            settled: AtomicUsize::new(0),
            sum: AtomicUsize::new(0),
        })
    }

    /// `Cell::push`.
    fn push(&self, item: u32) {
        match self.inbox.push(item) {
            Pushed::Queued => {}
            Pushed::Wake => self.shard.lock().unwrap().push_back(()),
            Pushed::Closed => self.drain(),
        }
    }

    /// `Cell::drain`.
    fn drain(&self) {
        while let Some(item) = self.inbox.pop::<u32>() {
            self.settled.fetch_add(1, Ordering::SeqCst);
            self.sum.fetch_add(item as usize, Ordering::SeqCst);
        }
    }

    /// One look of a shard's thread at its queue, with the turn it finds there. `most` bounds the turn.
    fn look(&self, most: usize) -> bool {
        if self.shard.lock().unwrap().pop_front().is_none() {
            return false;
        }
        assert!(
            !self.running.swap(true, Ordering::SeqCst),
            "two threads run one isolate"
        );
        if !self.ended.load(Ordering::SeqCst) {
            for _ in 0..most {
                let Some(item) = self.inbox.pop::<u32>() else {
                    break;
                };
                self.handled.fetch_add(1, Ordering::SeqCst);
                self.sum.fetch_add(item as usize, Ordering::SeqCst);
            }
        }
        self.running.store(false, Ordering::SeqCst);
        // `Body::turn` asks no more once the isolate has ended.
        if !self.ended.load(Ordering::SeqCst) && self.inbox.rest::<u32>(|| false) {
            self.shard.lock().unwrap().push_back(());
        }
        true
    }

    /// `Cell::end`, on the thread that holds the isolate.
    fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
        self.inbox.close();
        self.drain();
    }

    /// Looks until nothing is owed any more, when no other thread pushes.
    fn finish(&self, most: usize) {
        while self.look(most) {}
    }

    fn done(&self) -> (usize, usize) {
        let done = self.handled.load(Ordering::SeqCst) + self.settled.load(Ordering::SeqCst);
        (done, self.sum.load(Ordering::SeqCst))
    }
}

/// Pushes the items, one after another, from a thread of its own.
fn producer<const N: usize>(world: &Arc<World>, items: [u32; N]) -> thread::JoinHandle<()> {
    let world = world.clone();
    thread::spawn(move || {
        for item in items {
            world.push(item);
        }
    })
}

#[test]
fn no_wake_up_is_lost_with_two_producers_and_one_consumer() {
    explore(|| {
        let world = World::new();
        let producers = [1, 2].map(|item| producer(&world, [item]));
        // The shard looks while they push: once for each way a turn can meet a push.
        world.look(2);
        world.look(2);
        for producer in producers {
            producer.join().unwrap();
        }
        world.finish(2);
        assert_eq!(
            world.done(),
            (2, 3),
            "an item lies in the inbox and nobody owes a turn"
        );
        assert!(world.shard.lock().unwrap().is_empty());
    });
}

#[test]
fn a_turn_that_stops_early_owes_another_one() {
    explore(|| {
        let world = World::new();
        let producer = producer(&world, [1, 2]);
        world.look(1);
        producer.join().unwrap();
        world.finish(1);
        assert_eq!(world.done(), (2, 3));
    });
}

#[test]
fn one_thread_at_a_time_runs_the_isolate() {
    explore(|| {
        let world = World::new();
        // Two shards: the isolate's own, and one that takes work over from it.
        let helper = {
            let world = world.clone();
            thread::spawn(move || {
                world.look(1);
                world.look(1);
            })
        };
        let producer = producer(&world, [1, 2]);
        world.look(1);
        helper.join().unwrap();
        producer.join().unwrap();
        world.finish(1);
        assert_eq!(world.done(), (2, 3));
    });
}

#[test]
fn an_item_that_races_with_closing_is_settled() {
    explore(|| {
        let world = World::new();
        let producers = [1, 2].map(|item| producer(&world, [item]));
        world.end();
        for producer in producers {
            producer.join().unwrap();
        }
        // Nobody looks any more: whoever came late has drained.
        assert_eq!(world.done(), (2, 3), "an item lies in a closed inbox");
    });
}

#[test]
fn an_isolate_that_ends_in_its_turn_leaves_nothing_unanswered() {
    explore(|| {
        let world = World::new();
        let producer = producer(&world, [1, 2]);
        world.look(1);
        world.end();
        producer.join().unwrap();
        world.finish(1);
        assert_eq!(world.done(), (2, 3));
    });
}

#[test]
fn a_kill_is_seen_beside_a_push() {
    explore(|| {
        let world = World::new();
        let stopped = Arc::new(LoomFlag::lowered());
        let killer = {
            let (world, stopped) = (world.clone(), stopped.clone());
            thread::spawn(move || {
                // `Cell::stop`: the flag first, then the turn that sees it.
                stopped.set(true);
                if world.inbox.rouse() {
                    world.shard.lock().unwrap().push_back(());
                }
            })
        };
        let producer = producer(&world, [1]);
        let mut ended = false;
        // One look of the shard, with a turn that looks at the flag once, before it rests.
        let mut look = || {
            if world.shard.lock().unwrap().pop_front().is_none() {
                return false;
            }
            while world.inbox.pop::<u32>().is_some() {}
            if stopped.is_raised() {
                ended = true;
            } else if world.inbox.rest::<u32>(|| stopped.is_raised()) {
                world.shard.lock().unwrap().push_back(());
            }
            true
        };
        look();
        killer.join().unwrap();
        producer.join().unwrap();
        while look() {}
        assert!(ended, "the kill was lost");
    });
}
