//! A thread that is given up in mid-turn: who comes back later ends no turn but its own.

use std::sync::Arc;

use loom::thread;

use crate::explore;
use crate::loom_types::Loom;
use crate::schedule::turns::Turns;

/// The isolates whose turns run: the first thread's two, and its successor's.
const FIRST: u32 = 1;
const SECOND: u32 = 2;
const SUCCESSOR: u32 = 3;

/// The first thread of a shard, which runs two turns unless it was given up meanwhile.
fn first_thread(turns: &Arc<Turns<u32, Loom>>) -> thread::JoinHandle<bool> {
    let turns = turns.clone();
    thread::spawn(move || {
        for cell in [FIRST, SECOND] {
            turns.begin(cell, 1);
            if !turns.end(0) {
                return false;
            }
        }
        true
    })
}

#[test]
fn a_thread_that_was_given_up_ends_no_turn_of_its_successor() {
    explore(|| {
        let turns = Arc::new(Turns::<u32, Loom>::new());
        let first = first_thread(&turns);
        // The watchdog, and the thread that it starts: `Scheduler::give_up`.
        let given_up = turns.give_up(1);
        if given_up.is_some() {
            let thread = turns.thread();
            turns.begin(SUCCESSOR, 2);
            let goes_on = first.join().unwrap();
            assert!(!goes_on, "the thread that was given up runs on");
            assert_eq!(turns.running(), Some(SUCCESSOR));
            assert_eq!(turns.since(), 2, "the successor's turn was ended");
            assert!(turns.end(thread), "the successor has lost its shard");
        } else {
            assert!(first.join().unwrap(), "nobody was given up");
        }
        assert_eq!(turns.running(), None);
        assert_eq!(turns.since(), 0);
    });
}
