//! One alarm clock for all isolates.
//!
//! An isolate keeps its own heap of timers and tells the clock only the *earliest* deadline among
//! them: one alarm per key. When that passes, the clock calls [`Wake::wake`], which puts the
//! isolate on its queue, and the isolate, in its turn, fires its timers and sets its next alarm.
//!
//! # Precision
//!
//! An alarm is never early. It is late by what the operating system takes to wake a thread, about
//! 0.1 ms on an idle Linux machine. That is why the actor runs on a thread of its own, parked until
//! the nearest deadline: tokio's timers round a deadline up to a whole millisecond, and their
//! driver then sleeps whole milliseconds from whenever it went to sleep, so that `sleep_until` is
//! late by 1.1 ms in the middle and 2 ms often, which doubles a `setTimeout(f, 1)`. It also keeps
//! time when every worker of the I/O runtime is busy.
//!
//! # Faults
//!
//! The alarms lie beside the actor. If it panics it starts again at once, with the alarms it had,
//! and goes on starting however often that happens, since no timer of any isolate would ever fire
//! without it; from the second panic within a second on it pauses first. A panic in a `wake` costs
//! nobody else anything.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{self, Poll};
use std::thread;
use std::time::{Duration, Instant};

use kameo::actor::{Actor, ActorRef, Spawn, WeakActorRef};
use kameo::mailbox::{self, MailboxReceiver, Signal};
use kameo::message::{Context, Message};

/// An actor that lived this long before it panicked starts again without a pause.
const CALM: Duration = Duration::from_secs(1);

/// The longest pause before a restart.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What the clock calls when a deadline has passed.
///
/// It runs on the clock's thread, and every other alarm waits for it, so it must only push and wake.
/// It may set and clear alarms, its own too. The clock holds a strong reference during the call:
/// should that be the last one, the value is dropped there.
pub trait Wake: Send + Sync + 'static {
    /// Says that the deadline which was set has passed.
    fn wake(&self);
}

/// Starts clocks: see [`Clock::start`].
///
/// ```
/// use std::sync::{Arc, mpsc};
/// use std::time::{Duration, Instant};
///
/// use nano_actors::{Clock, Wake};
///
/// struct Isolate(mpsc::Sender<&'static str>);
///
/// impl Wake for Isolate {
///     fn wake(&self) {
///         let _ = self.0.send("look at your timers");
///     }
/// }
///
/// let runtime = tokio::runtime::Builder::new_multi_thread().build()?;
/// let clock = Clock::start(runtime.handle(), || {})?;
/// let (inbox, messages) = mpsc::channel();
/// let isolate: Arc<dyn Wake> = Arc::new(Isolate(inbox));
///
/// clock.set(1, Instant::now() + Duration::from_millis(5), Arc::downgrade(&isolate));
/// assert_eq!(messages.recv(), Ok("look at your timers"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Clock;

impl Clock {
    /// Starts a clock, which stops when the last of its handles is dropped. Alarms that are still
    /// set then never go off.
    ///
    /// `handle` is the runtime of the I/O actors: [`Wake::wake`] is called inside it. No task of it
    /// does the waiting. `prepare` is what the clock's thread does first.
    ///
    /// # Errors
    ///
    /// The operating system refuses another thread.
    pub fn start(
        handle: &tokio::runtime::Handle,
        prepare: impl FnOnce() + Send + 'static,
    ) -> io::Result<ClockHandle> {
        Ok(Self::spawn(handle, prepare)?.0)
    }

    fn spawn(
        handle: &tokio::runtime::Handle,
        prepare: impl FnOnce() + Send + 'static,
    ) -> io::Result<(ClockHandle, thread::JoinHandle<()>)> {
        let shared = Arc::new(Shared::default());
        let clock = ClockHandle(Arc::new(Owner(shared.clone())));
        let runtime = handle.clone();
        let thread = thread::Builder::new()
            .name("nano-clock".into())
            .spawn(move || {
                prepare();
                let _inside = runtime.enter();
                keep_running(&shared);
            })?;
        Ok((clock, thread))
    }
}

/// Sets and clears alarms, from any thread.
#[derive(Clone)]
pub struct ClockHandle(Arc<Owner>);

impl ClockHandle {
    /// Sets the one alarm of `key`, in place of the one that was set before, if any.
    ///
    /// `wake` is called once, soon after `at`, or at once if `at` has passed; alarms of the same
    /// instant go off in the order in which they were set. Nothing is called if the value is gone
    /// by then, but until then the alarm keeps its memory: [`clear`](Self::clear) it.
    ///
    /// Never waits: it takes a lock that is held for the time of one look-up, and wakes the clock
    /// only when `at` is earlier than the instant at which that looks anyway.
    pub fn set(&self, key: u64, at: Instant, wake: Weak<dyn Wake>) {
        let look = self.0.0.lock().set(key, at, wake);
        if let Some(actor) = look {
            // Fails if the actor has just died. The next one looks at the alarms when it starts.
            let _ = actor.tell(Look).try_send();
        }
    }

    /// Clears the alarm of `key`, if one is set.
    ///
    /// The `wake` of an alarm that was just going off may still be running, or about to run.
    pub fn clear(&self, key: u64) {
        self.0.0.lock().alarms.clear(key);
    }
}

impl fmt::Debug for ClockHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alarms = self.0.0.lock().alarms.by_key.len();
        f.debug_struct("ClockHandle")
            .field("alarms", &alarms)
            .finish()
    }
}

/// All handles together. The actor does not hold this, so that it goes with the last handle.
struct Owner(Arc<Shared>);

impl Drop for Owner {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.closed = true;
        let actor = state.actor.take();
        drop(state);
        drop(actor); // the last reference: the mailbox closes, and the actor stops
    }
}

/// What outlives a panic of the actor.
#[derive(Default)]
struct Shared(Mutex<State>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock calls foreign code, and what it holds is sound after each step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes everyone whose deadline had passed by `now`, and decides when to look again.
    fn fire(&self, now: Instant) {
        let pass = self.lock().alarms.start_pass(now);
        loop {
            let mut state = self.lock();
            let Some(wake) = state.alarms.take_due(&pass) else {
                state.looks_at = state.alarms.earliest();
                return;
            };
            drop(state);
            // The panic hook has reported it; whose wake it was must help itself.
            let _ = catch_unwind(AssertUnwindSafe(|| {
                if let Some(wake) = wake.upgrade() {
                    wake.wake();
                }
            }));
        }
    }

    fn looks_at(&self) -> Option<Instant> {
        self.lock().looks_at
    }
}

#[derive(Default)]
struct State {
    alarms: Alarms,
    /// When the actor looks at the alarms next, of itself or because a [`Look`] is on its way.
    looks_at: Option<Instant>,
    /// A [`Look`] lies in the mailbox. It never holds two, however many alarms are set.
    look_sent: bool,
    /// The actor of the moment. The only strong reference besides those of messages in flight.
    actor: Option<ActorRef<ClockActor>>,
    /// No handle is left.
    closed: bool,
}

impl State {
    /// Sets an alarm. Yields the actor if that has to be told.
    fn set(&mut self, key: u64, at: Instant, wake: Weak<dyn Wake>) -> Option<ActorRef<ClockActor>> {
        let at = self.alarms.set(key, at, wake);
        if self.looks_at.is_some_and(|looks_at| looks_at <= at) {
            return None;
        }
        self.looks_at = Some(at);
        if self.look_sent {
            return None;
        }
        self.look_sent = true;
        self.actor.clone()
    }
}

/// The alarms: an ordered map, and where in it each key's alarm is.
#[derive(Default)]
struct Alarms {
    by_time: BTreeMap<Place, (u64, Weak<dyn Wake>)>,
    by_key: HashMap<u64, Place>,
    /// How many have been set so far.
    count: u64,
    /// The instant of the last pass.
    passed: Option<Instant>,
}

/// Deadline, then the order of setting.
type Place = (Instant, u64);

/// What a pass may take: no alarm that was set after it began, so that every pass ends.
struct Pass {
    now: Instant,
    count: u64,
}

impl Alarms {
    /// Sets an alarm and yields the instant at which it goes off: at the earliest that of the last
    /// pass, so that nobody who sets the past again and again gets in front of others.
    fn set(&mut self, key: u64, at: Instant, wake: Weak<dyn Wake>) -> Instant {
        self.clear(key);
        let at = self.passed.map_or(at, |passed| at.max(passed));
        let place = (at, self.count);
        self.count += 1;
        self.by_key.insert(key, place);
        self.by_time.insert(place, (key, wake));
        at
    }

    fn clear(&mut self, key: u64) {
        if let Some(place) = self.by_key.remove(&key) {
            self.by_time.remove(&place);
        }
    }

    fn start_pass(&mut self, now: Instant) -> Pass {
        self.passed = Some(now);
        Pass {
            now,
            count: self.count,
        }
    }

    /// Takes the first alarm that is due.
    fn take_due(&mut self, pass: &Pass) -> Option<Weak<dyn Wake>> {
        let first = self.by_time.first_entry()?;
        let (at, number) = *first.key();
        if at > pass.now || number >= pass.count {
            return None;
        }
        let (key, wake) = first.remove();
        self.by_key.remove(&key);
        Some(wake)
    }

    fn earliest(&self) -> Option<Instant> {
        self.by_time.first_key_value().map(|((at, _), _)| *at)
    }
}

/// The actor: it waits for its mailbox and for the nearest deadline at the same time.
struct ClockActor(Arc<Shared>);

impl Actor for ClockActor {
    type Args = Arc<Shared>;
    type Error = Infallible;

    async fn on_start(shared: Arc<Shared>, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(ClockActor(shared))
    }

    /// Safe to drop at any await: what was due is fired before the first one, and a signal is
    /// taken from the mailbox only to be returned.
    async fn next(
        &mut self,
        _: WeakActorRef<Self>,
        mailbox: &mut MailboxReceiver<Self>,
    ) -> Result<Option<Signal<Self>>, Infallible> {
        let shared = &self.0;
        Ok(poll_fn(|cx| {
            // Before the mailbox, and again whenever `drive` polls because a deadline has come.
            shared.fire(Instant::now());
            mailbox.poll_recv(cx)
        })
        .await)
    }
}

/// Says that an alarm was set which is earlier than the next look. There is little to do, since the
/// actor looks before it waits again.
struct Look;

impl Message<Look> for ClockActor {
    type Reply = ();

    async fn handle(&mut self, _: Look, _: &mut Context<Self, ()>) {
        self.0.lock().look_sent = false;
    }
}

/// Runs one actor after another on this thread, until no handle is left.
fn keep_running(shared: &Arc<Shared>) {
    let mut pause = Duration::ZERO;
    loop {
        let prepared = ClockActor::prepare_with_mailbox(mailbox::unbounded());
        {
            let mut state = shared.lock();
            if state.closed {
                return;
            }
            state.actor = Some(prepared.actor_ref().clone());
            state.look_sent = false; // its mailbox is new
        }
        let started = Instant::now();
        // How it ended makes no difference: if handles are left, a clock is needed.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            drive(prepared.run(shared.clone()), shared)
        }));
        if started.elapsed() >= CALM {
            pause = Duration::ZERO;
        }
        if !shared.lock().closed {
            thread::sleep(pause);
        }
        pause = (pause * 2).clamp(Duration::from_millis(1), LONGEST_PAUSE);
    }
}

/// Polls the actor when something wakes it and when the next deadline has come, and parks the
/// thread in between.
fn drive<T>(actor: impl Future<Output = T>, shared: &Shared) -> T {
    let mut actor = pin!(actor);
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut cx = task::Context::from_waker(&waker);
    loop {
        if let Poll::Ready(end) = actor.as_mut().poll(&mut cx) {
            return end;
        }
        match shared.looks_at() {
            Some(at) => thread::park_timeout(at.saturating_duration_since(Instant::now())),
            None => thread::park(),
        }
    }
}

struct Unpark(thread::Thread);

impl task::Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests;
