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
        if let Some(cell) = given_up {
            assert_eq!(cell, FIRST, "another turn was given up");
            assert_eq!(turns.since(), 0, "the turn that was given up goes on");
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

#[test]
fn what_runs_belongs_to_the_turn_that_is_read_after_it() {
    explore(|| {
        let turns = Arc::new(Turns::<u32, Loom>::new());
        let first = first_thread(&turns);
        // The watchdog, before it stops an isolate for the time that its turn has taken.
        let running = turns.running();
        if running.is_some() && turns.turn() == 1 {
            assert_eq!(running, Some(FIRST), "another isolate would be stopped");
        }
        first.join().unwrap();
    });
}

#[test]
fn a_thread_that_was_given_up_gives_up_no_successor() {
    explore(|| {
        let turns = Arc::new(Turns::<u32, Loom>::new());
        let lost = {
            let turns = turns.clone();
            thread::spawn(move || {
                turns.begin(FIRST, 1);
                // `Scheduler::give_up_current`, where V8 would take the process down.
                turns.give_up_thread(0).is_some()
            })
        };
        let watchdog = turns.give_up(1);
        let mut by_watchdog = false;
        if watchdog.is_some() {
            by_watchdog = true;
            turns.begin(SUCCESSOR, 2);
        }
        let by_itself = lost.join().unwrap();
        assert!(by_watchdog != by_itself, "one of the two gives it up");
        if by_watchdog {
            assert_eq!(turns.running(), Some(SUCCESSOR));
        }
    });
}
