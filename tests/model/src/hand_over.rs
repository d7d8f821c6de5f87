//! A spare shard that closes while others push to it: no isolate is left on the queue of a shard whose
//! thread has gone, and none is lost between two shards.
//!
//! A copy, step by step, of `Shard::push`, `Shard::pop`, `Shard::close` and `Shard::wake`, of the loop in
//! `shard::run` and of `Scheduler::submit`.

use std::collections::VecDeque;

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::sync::{Arc, Mutex};
use loom::thread;

struct Queue {
    cells: VecDeque<u32>,
    open: bool,
}

struct Shard {
    queue: Mutex<Queue>,
    /// Loads are written as `fetch_add(0)`, and stores as swaps, for the reason that `loom_types.rs` gives.
    length: AtomicUsize,
    parked: AtomicBool,
    /// Stands for a token of `Thread::unpark`.
    unparked: AtomicBool,
}

impl Shard {
    fn new() -> Self {
        Self {
            queue: Mutex::new(Queue {
                cells: VecDeque::new(),
                open: true,
            }),
            length: AtomicUsize::new(0),
            parked: AtomicBool::new(false),
            unparked: AtomicBool::new(false),
        }
    }

    fn close(&self) -> bool {
        let mut queue = self.queue.lock().unwrap();
        queue.open = !queue.cells.is_empty();
        !queue.open
    }

    fn push(&self, cell: u32) -> Result<(), u32> {
        let mut queue = self.queue.lock().unwrap();
        if !queue.open {
            return Err(cell);
        }
        queue.cells.push_back(cell);
        self.length.swap(queue.cells.len(), Ordering::SeqCst);
        Ok(())
    }

    fn pop(&self) -> Option<u32> {
        if self.length.fetch_add(0, Ordering::SeqCst) == 0 {
            return None;
        }
        let mut queue = self.queue.lock().unwrap();
        let cell = queue.cells.pop_front();
        self.length.swap(queue.cells.len(), Ordering::SeqCst);
        cell
    }

    fn wake(&self) {
        if self.parked.swap(false, Ordering::SeqCst) {
            self.unparked.swap(true, Ordering::SeqCst);
        }
    }
}

struct Scheduler {
    regular: Shard,
    spare: Shard,
    run: AtomicUsize,
}

impl Scheduler {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            regular: Shard::new(),
            spare: Shard::new(),
            run: AtomicUsize::new(0),
        })
    }

    /// `Scheduler::submit` of an isolate whose home is the spare shard.
    fn submit(&self, cell: u32) {
        match self.spare.push(cell) {
            Ok(()) => self.spare.wake(),
            Err(back) => {
                self.regular
                    .push(back)
                    .expect("a regular shard never closes");
                self.regular.wake();
            }
        }
    }

    fn turn(&self) {
        self.run.fetch_add(1, Ordering::SeqCst);
    }
}

fn model(run: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(run);
}

#[test]
fn an_isolate_pushed_to_a_closing_spare_runs_all_the_same() {
    model(|| {
        let scheduler = Scheduler::new();
        let spare = {
            let scheduler = scheduler.clone();
            thread::spawn(move || {
                // Rested long enough: closes as soon as it finds nothing.
                loop {
                    if scheduler.spare.pop().is_some() {
                        scheduler.turn();
                    } else if scheduler.spare.close() {
                        return;
                    }
                }
            })
        };
        let pusher = {
            let scheduler = scheduler.clone();
            thread::spawn(move || scheduler.submit(1))
        };
        scheduler.submit(2);
        pusher.join().unwrap();
        spare.join().unwrap();
        while scheduler.regular.pop().is_some() {
            scheduler.turn();
        }
        assert_eq!(
            scheduler.run.load(Ordering::SeqCst),
            2,
            "an isolate lies on a shard without a thread"
        );
    });
}

#[test]
fn a_shard_that_parks_is_woken_by_a_push() {
    model(|| {
        let scheduler = Scheduler::new();
        let pusher = {
            let scheduler = scheduler.clone();
            thread::spawn(move || scheduler.submit(1))
        };
        // One round of `shard::run`: looks, says that it parks, looks again, parks.
        let shard = &scheduler.spare;
        let mut parks = false;
        if shard.pop().is_some() {
            scheduler.turn();
        } else {
            shard.parked.swap(true, Ordering::SeqCst);
            if shard.length.fetch_add(0, Ordering::SeqCst) > 0 {
                shard.parked.swap(false, Ordering::SeqCst);
            } else {
                parks = true;
            }
        }
        pusher.join().unwrap();
        if parks && shard.length.fetch_add(0, Ordering::SeqCst) > 0 {
            assert!(
                shard.unparked.fetch_or(false, Ordering::SeqCst),
                "the thread sleeps with work on its queue"
            );
        }
    });
}
