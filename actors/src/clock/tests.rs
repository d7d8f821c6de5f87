use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use kameo::message::{Context, Message};
use tokio::runtime::{Builder, Handle, Runtime};

use super::*;

/// Far enough away never to come in a test.
const NEVER: Duration = Duration::from_secs(86_400);

/// Calls a closure.
struct Call<F>(F);

impl<F: Fn() + Send + Sync + 'static> Wake for Call<F> {
    fn wake(&self) {
        (self.0)()
    }
}

fn call(f: impl Fn() + Send + Sync + 'static) -> Arc<dyn Wake> {
    Arc::new(Call(f))
}

/// Reports its name and when it was called.
fn report(name: &'static str, to: &Sender<(&'static str, Instant)>) -> Arc<dyn Wake> {
    let to = to.clone();
    call(move || to.send((name, Instant::now())).unwrap())
}

fn next<T>(from: &Receiver<T>) -> T {
    from.recv_timeout(Duration::from_secs(20))
        .expect("the clock goes on")
}

/// Keeps the clock's thread inside a `wake`.
struct Hold {
    let_go: Sender<()>,
    _wake: Arc<dyn Wake>,
}

impl Hold {
    fn new(clock: &ClockHandle) -> Hold {
        let (entered, has_entered) = channel();
        let (let_go, gate) = channel();
        let gate = Mutex::new(gate);
        let wake = call(move || {
            entered.send(()).unwrap();
            next(&gate.lock().unwrap());
        });
        clock.set(u64::MAX, Instant::now(), Arc::downgrade(&wake));
        next(&has_entered);
        Hold {
            let_go,
            _wake: wake,
        }
    }

    fn release(&self) {
        self.let_go.send(()).unwrap();
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap()
}

/// A panic in the actor itself.
struct Explode;

impl Message<Explode> for ClockActor {
    type Reply = ();

    async fn handle(&mut self, _: Explode, _: &mut Context<Self, ()>) {
        panic!("injected");
    }
}

/// Keeps the actor in a handler.
struct Stand(Sender<()>, Mutex<Receiver<()>>);

impl Message<Stand> for ClockActor {
    type Reply = ();

    async fn handle(&mut self, Stand(entered, gate): Stand, _: &mut Context<Self, ()>) {
        entered.send(()).unwrap();
        next(&gate.lock().unwrap());
    }
}

fn actor(clock: &ClockHandle) -> ActorRef<ClockActor> {
    // Between two actors there is none to be told.
    loop {
        if let Some(actor) = &clock.0.0.lock().actor {
            return actor.clone();
        }
        thread::yield_now();
    }
}

// The ordered map, with time as a number.

struct Nobody;

impl Wake for Nobody {
    fn wake(&self) {}
}

fn nobody() -> Weak<dyn Wake> {
    Weak::<Nobody>::new()
}

/// Which keys a pass takes, in order.
fn pass(alarms: &mut Alarms, now: Instant) -> Vec<u64> {
    let pass = alarms.start_pass(now);
    let mut taken = vec![];
    loop {
        let first = alarms.by_time.first_key_value().map(|(_, (key, _))| *key);
        if alarms.take_due(&pass).is_none() {
            return taken;
        }
        taken.extend(first);
    }
}

#[test]
fn alarms_go_off_by_deadline_then_by_the_order_of_setting() {
    let now = Instant::now();
    let at = |ms| now + Duration::from_millis(ms);
    let mut alarms = Alarms::default();
    for (key, ms) in [(1, 20), (2, 10), (3, 20), (4, 10), (5, 30)] {
        alarms.set(key, at(ms), nobody());
    }
    assert_eq!(alarms.earliest(), Some(at(10)));
    assert_eq!(pass(&mut alarms, at(9)), []);
    assert_eq!(pass(&mut alarms, at(20)), [2, 4, 1, 3]);
    assert_eq!(alarms.earliest(), Some(at(30)));
    assert_eq!(pass(&mut alarms, at(30)), [5]);
    assert_eq!(alarms.earliest(), None);
    assert!(alarms.by_key.is_empty());
}

#[test]
fn a_key_has_one_alarm() {
    let now = Instant::now();
    let at = |ms| now + Duration::from_millis(ms);
    let mut alarms = Alarms::default();
    alarms.set(1, at(10), nobody());
    alarms.set(2, at(10), nobody());
    alarms.set(1, at(10), nobody()); // now behind the other
    alarms.set(3, at(5), nobody());
    alarms.set(3, at(50), nobody()); // later
    alarms.set(4, at(50), nobody());
    alarms.set(4, at(1), nobody()); // earlier
    alarms.set(5, at(1), nobody());
    alarms.clear(5);
    alarms.clear(6);
    assert_eq!(pass(&mut alarms, at(10)), [4, 2, 1]);
    assert_eq!(pass(&mut alarms, at(50)), [3]);
    assert!(alarms.by_time.is_empty() && alarms.by_key.is_empty());
}

#[test]
fn what_is_set_during_a_pass_waits_for_the_next_and_gets_in_front_of_nobody() {
    let now = Instant::now();
    let past = now - Duration::from_millis(100);
    let mut alarms = Alarms::default();
    alarms.set(1, past, nobody());
    alarms.set(2, now, nobody());
    let first = alarms.start_pass(now);
    assert!(alarms.take_due(&first).is_some()); // 1, which sets itself again
    assert_eq!(alarms.set(1, past, nobody()), now);
    assert!(alarms.take_due(&first).is_some()); // 2
    assert!(alarms.take_due(&first).is_none());
    assert_eq!(alarms.earliest(), Some(now));
    assert_eq!(pass(&mut alarms, now), [1]);
}

// The actor on its thread. Real time passes, but nothing depends on how much.

#[test]
fn an_alarm_goes_off_once_and_never_early() {
    let runtime = runtime();
    let clock = Clock::start(runtime.handle(), || {}).expect("a thread");
    let (to, from) = channel();
    let wake = report("it", &to);
    for micros in [0, 1, 300, 999, 1_000, 1_001, 2_500, 7_777] {
        let at = Instant::now() + Duration::from_micros(micros);
        clock.set(1, at, Arc::downgrade(&wake));
        let (_, when) = next(&from);
        assert!(when >= at, "{:?} early", at - when);
    }
    // What has gone off is not set any more.
    assert_eq!(format!("{clock:?}"), "ClockHandle { alarms: 0 }");
    assert!(from.try_recv().is_err());
}

#[test]
fn an_earlier_alarm_is_not_held_up_by_a_later_one() {
    let runtime = runtime();
    let clock = Clock::start(runtime.handle(), || {}).expect("a thread");
    let (to, from) = channel();
    let (late, soon) = (report("late", &to), report("soon", &to));
    clock.set(1, Instant::now() + NEVER, Arc::downgrade(&late));
    for _ in 0..100 {
        clock.set(
            2,
            Instant::now() + Duration::from_micros(200),
            Arc::downgrade(&soon),
        );
        assert_eq!(next(&from).0, "soon");
    }
    // Moved to an earlier instant.
    clock.set(1, Instant::now(), Arc::downgrade(&late));
    assert_eq!(next(&from).0, "late");
}

#[test]
fn what_is_cleared_moved_away_or_dead_is_not_called() {
    let runtime = runtime();
    let clock = Clock::start(runtime.handle(), || {}).expect("a thread");
    let (to, from) = channel();
    let [a, b, c, last] = ["a", "b", "c", "last"].map(|name| report(name, &to));
    let hold = Hold::new(&clock);
    let now = Instant::now();
    clock.set(1, now, Arc::downgrade(&a));
    clock.set(2, now, Arc::downgrade(&b));
    clock.set(3, now, Arc::downgrade(&c));
    clock.set(4, now, Arc::downgrade(&last));
    clock.clear(1);
    clock.set(2, now + NEVER, Arc::downgrade(&b));
    drop(c);
    hold.release();
    assert_eq!(next(&from).0, "last");
}

#[test]
fn alarms_of_the_same_instant_wake_in_the_order_in_which_they_were_set() {
    let runtime = runtime();
    let clock = Clock::start(runtime.handle(), || {}).expect("a thread");
    let (to, from) = channel();
    let wakes: Vec<_> = ["a", "b", "c", "d", "e"]
        .map(|name| report(name, &to))
        .into();
    let at = Instant::now() + Duration::from_millis(5);
    for (key, wake) in [3, 1, 4, 0, 2].into_iter().zip(&wakes) {
        clock.set(key, at, Arc::downgrade(wake));
    }
    let order: Vec<_> = wakes.iter().map(|_| next(&from).0).collect();
    assert_eq!(order, ["a", "b", "c", "d", "e"]);
}

#[test]
fn a_wake_may_use_the_clock_and_runs_inside_the_runtime() {
    let runtime = runtime();
    let clock = Clock::start(runtime.handle(), || {}).expect("a thread");
    let (to, from) = channel();
    let inner = clock.clone();
    let wake = Arc::new_cyclic(|me: &Weak<Call<_>>| {
        let me: Weak<dyn Wake> = me.clone();
        let count = Mutex::new(0);
        Call(move || {
            assert!(Handle::try_current().is_ok());
            let mut count = count.lock().unwrap();
            *count += 1;
            to.send(*count).unwrap();
            inner.clear(1);
            inner.set(1, Instant::now() - Duration::from_secs(1), me.clone());
        })
    });
    clock.set(1, Instant::now(), Arc::downgrade(&wake) as Weak<dyn Wake>);
    for expected in 1..=1_000 {
        assert_eq!(next(&from), expected);
    }
}

#[test]
fn a_flood_of_alarms_leaves_one_message_in_the_mailbox() {
    let runtime = runtime();
    let clock = Clock::start(runtime.handle(), || {}).expect("a thread");
    let actor = actor(&clock);
    let (entered, has_entered) = channel();
    let (let_go, gate) = channel();
    let _ = actor.tell(Stand(entered, Mutex::new(gate))).try_send();
    next(&has_entered); // the actor now stands still, and is to look at nothing afterwards

    let before = actor.strong_count();
    let (to, from) = channel();
    let wake = report("flood", &to);
    let start = Instant::now() + NEVER;
    for i in 0..10_000 {
        // Each earlier than the one before it, so that the clock would have to look for each.
        clock.set(
            i % 10,
            start - Duration::from_micros(i),
            Arc::downgrade(&wake),
        );
    }
    // A message in the mailbox holds a reference to its actor.
    assert_eq!(actor.strong_count(), before + 1);

    let_go.send(()).unwrap();
    clock.set(2, Instant::now(), Arc::downgrade(&wake));
    assert_eq!(next(&from).0, "flood");
}

#[test]
fn a_clock_that_panics_starts_again_with_the_alarms_it_had() {
    let runtime = runtime();
    let clock = Clock::start(runtime.handle(), || {}).expect("a thread");
    let (to, from) = channel();
    let wakes: Vec<_> = ["a", "b", "c"].map(|name| report(name, &to)).into();
    for round in 0..3 {
        let old = actor(&clock);
        let at = Instant::now() + Duration::from_millis(5);
        for (key, wake) in wakes.iter().enumerate() {
            clock.set(key as u64, at, Arc::downgrade(wake));
        }
        let _ = old.tell(Explode).try_send();
        let order: Vec<_> = wakes.iter().map(|_| next(&from).0).collect();
        assert_eq!(order, ["a", "b", "c"], "round {round}");
        while actor(&clock).id() == old.id() {
            thread::yield_now();
        }
    }
    // And it takes new ones.
    clock.set(7, Instant::now(), Arc::downgrade(&wakes[0]));
    assert_eq!(next(&from).0, "a");
}

#[test]
fn alarms_set_while_the_clock_panics_again_and_again_all_go_off() {
    let runtime = runtime();
    let clock = Clock::start(runtime.handle(), || {}).expect("a thread");
    let (to, from) = channel();
    let wake = report("it", &to);
    for _ in 0..8 {
        let _ = actor(&clock).tell(Explode).try_send();
        clock.set(1, Instant::now(), Arc::downgrade(&wake));
        next(&from);
    }
}

#[test]
fn a_wake_that_panics_costs_nobody_else_anything() {
    let runtime = runtime();
    let clock = Clock::start(runtime.handle(), || {}).expect("a thread");
    let (to, from) = channel();
    let (bad, good) = (call(|| panic!("injected")), report("good", &to));
    let before = actor(&clock).id();
    let at = Instant::now();
    clock.set(1, at, Arc::downgrade(&bad));
    clock.set(2, at, Arc::downgrade(&good));
    assert_eq!(next(&from).0, "good");
    assert_eq!(actor(&clock).id(), before);
}

#[test]
fn the_thread_ends_with_the_last_handle_even_after_the_runtime() {
    let runtime = runtime();
    let (clock, thread) = Clock::spawn(runtime.handle(), || {}).expect("a thread");
    let (to, from) = channel();
    let wake = report("it", &to);
    drop(runtime);
    clock.clone().set(1, Instant::now(), Arc::downgrade(&wake));
    next(&from);
    clock.set(1, Instant::now() + NEVER, Arc::downgrade(&wake));
    drop(clock);
    thread.join().unwrap();
}

#[test]
fn the_last_handle_may_go_in_a_wake() {
    let runtime = runtime();
    let (clock, thread) = Clock::spawn(runtime.handle(), || {}).expect("a thread");
    let last = Mutex::new(None);
    let last = Arc::new(last);
    let taken = last.clone();
    let wake = call(move || drop(taken.lock().unwrap().take()));
    *last.lock().unwrap() = Some(clock.clone());
    clock.set(
        1,
        Instant::now() + Duration::from_millis(1),
        Arc::downgrade(&wake),
    );
    drop(clock);
    thread.join().unwrap();
}

#[test]
fn handles_are_clone_send_and_sync() {
    fn check<T: Clone + Send + Sync + 'static>() {}
    check::<ClockHandle>();
}
