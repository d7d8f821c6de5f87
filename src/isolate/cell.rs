//! One isolate as everybody else knows it: an address, an inbox, and a body that one thread at a time
//! may animate.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use nano_proto::{AskError, CallId, ExitReason, IsolateId, LimitExceeded, Stats};
use tokio::sync::oneshot;

use super::body::Body;
use super::cancelled::Cancelled;
use super::credit::{Credit, Credits};
use super::inbox::{Inbox, Pushed};
use super::lineage::Lineage;
use super::queue::FlumeQueue;
use super::{ControlActor, Ending};
use crate::engine::Control;
use crate::exchange::{Call, Cancel, Event, Left};
use crate::schedule::{Load, Scheduler};

/// What is done when an isolate has ended.
type OnExit = Box<dyn Fn(&ExitReason) + Send + Sync>;

/// One isolate.
pub struct Cell {
    id: IsolateId,
    name: Option<Arc<str>>,
    inbox: Inbox<FlumeQueue<Event>>,
    credits: Arc<Credits>,
    control: Arc<Control>,
    scheduler: Arc<Scheduler>,
    /// The shard on whose queue the isolate goes.
    home: AtomicUsize,
    load: Load,
    /// When its memory was last in a processor's caches, as the scheduler reckons.
    warm: AtomicU64,
    body: Mutex<Body>,
    ending: Ending,
    /// What it shares with its other incarnations, where it is supervised.
    lineage: Option<Arc<Lineage>>,
    cancelled: Cancelled,
    /// Whether an alarm lies in the inbox: one is enough for all timers that are due.
    is_alarmed: AtomicBool,
    /// The actor that controls it, which refers to it weakly.
    control_actor: OnceLock<kameo::actor::ActorRef<ControlActor>>,
    born: Instant,
    died: OnceLock<Instant>,
    /// Whether it was taken down. An isolate that was given up may come back from its turn later.
    is_down: AtomicBool,
    me: Weak<Cell>,
    /// Called when the isolate has ended.
    on_exit: OnceLock<OnExit>,
}

impl Cell {
    /// An isolate that has nothing to do yet.
    pub(crate) fn new(
        id: IsolateId,
        name: Option<Arc<str>>,
        control: Arc<Control>,
        scheduler: Arc<Scheduler>,
        body: Body,
        lineage: Option<Arc<Lineage>>,
    ) -> Arc<Self> {
        let credits = match &lineage {
            Some(lineage) => lineage.credits().clone(),
            None => Credits::new(id, control.limits()),
        };
        let home = scheduler.place();
        Arc::new_cyclic(|me: &Weak<Self>| {
            let ended = me.clone();
            control.set_ender(move |reason| {
                if let Some(cell) = ended.upgrade() {
                    cell.stop(reason);
                }
            });
            Self {
                id,
                name,
                inbox: Inbox::new(FlumeQueue::new()),
                credits,
                control,
                scheduler,
                home: AtomicUsize::new(home),
                load: Load::default(),
                warm: AtomicU64::new(0),
                body: Mutex::new(body),
                ending: Ending::default(),
                lineage,
                cancelled: Cancelled::default(),
                is_alarmed: AtomicBool::new(false),
                control_actor: OnceLock::new(),
                born: Instant::now(),
                died: OnceLock::new(),
                is_down: AtomicBool::new(false),
                me: me.clone(),
                on_exit: OnceLock::new(),
            }
        })
    }

    pub(crate) fn id(&self) -> IsolateId {
        self.id
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(crate) fn control(&self) -> &Arc<Control> {
        &self.control
    }

    pub(crate) fn ending(&self) -> &Ending {
        &self.ending
    }

    pub(crate) fn lineage(&self) -> Option<&Arc<Lineage>> {
        self.lineage.as_ref()
    }

    /// Why the isolate ended, once it has and no other incarnation can follow.
    pub(crate) fn gone(&self) -> Option<ExitReason> {
        match &self.lineage {
            Some(lineage) => lineage.ending().reason(),
            None => self.ending.reason(),
        }
    }

    /// Whether two cells are the same isolate, or incarnations of one.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (&self.lineage, &other.lineage) {
            (Some(lineage), Some(other)) => Arc::ptr_eq(lineage, other),
            _ => self.id == other.id,
        }
    }

    /// The incarnation that lives; itself where none does.
    pub(crate) fn current(self: &Arc<Self>) -> Arc<Self> {
        let current = self.lineage.as_ref().and_then(|lineage| lineage.current());
        current.unwrap_or_else(|| self.clone())
    }

    pub(crate) fn control_actor(&self) -> Option<&kameo::actor::ActorRef<ControlActor>> {
        self.control_actor.get()
    }

    pub(crate) fn set_control_actor(&self, actor: kameo::actor::ActorRef<ControlActor>) {
        let late = self.control_actor.set(actor).is_err();
        debug_assert!(!late, "set once, when the isolate is made");
    }

    pub(crate) fn credits(&self) -> &Arc<Credits> {
        &self.credits
    }

    /// How many events wait in the inbox.
    pub(crate) fn depth(&self) -> usize {
        self.inbox.depth::<Event>()
    }

    /// How much it has to do.
    pub(crate) fn load(&self) -> &Load {
        &self.load
    }

    pub(crate) fn home(&self) -> usize {
        self.home.load(Ordering::Relaxed)
    }

    /// Moves the isolate to another shard, from its next turn on.
    pub(crate) fn set_home(&self, shard: usize) {
        self.home.store(shard, Ordering::Relaxed);
    }

    /// The same, for an isolate that goes to another thread than the one that its shard would give it; it
    /// counts once it has run.
    pub(crate) fn move_to(&self, shard: usize) {
        self.set_home(shard);
        let figures = &self.control.figures;
        if figures.turns.load(Ordering::Relaxed) > 0 {
            figures.migrations.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Has the processor fetch what the next turn touches, unless that was done or a turn was run less than
    /// `turns` ago on the calling thread, whose clock shows `now`.
    pub(crate) fn warm(&self, now: u64, turns: u64) {
        let last = self.warm.swap(now, Ordering::Relaxed);
        if now.wrapping_sub(last) > turns {
            self.control.footprint.fetch();
        }
    }

    pub(crate) fn body(&self) -> MutexGuard<'_, Body> {
        // A panic in a turn ends the isolate; its body is only looked at to be taken down.
        self.body.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has `run` called once the isolate has ended.
    pub(crate) fn when_ended(&self, run: impl Fn(&ExitReason) + Send + Sync + 'static) {
        let late = self.on_exit.set(Box::new(run)).is_err();
        debug_assert!(!late, "set once, when the isolate is made");
    }

    /// Puts an event into the inbox and sees to it that a thread looks at it.
    pub(crate) fn push(&self, event: Event) {
        let brought = match &event {
            Event::Call(call) => Some(&call.value),
            Event::Settle(_, Ok(replied)) => Some(&replied.value),
            _ => None,
        };
        if let Some(value) = brought {
            let ports = &self.control.ports;
            ports.count_brought(value, self.control.limits());
        }
        match self.inbox.push(event) {
            Pushed::Queued => {}
            Pushed::Wake => self.schedule(),
            Pushed::Closed => self.drain(false, Vec::new()),
        }
    }

    /// Has the isolate look at its control block, whether or not anything else happens to it.
    pub(crate) fn rouse(&self) {
        if self.inbox.rouse() {
            self.schedule();
        }
    }

    /// Itself, for others to keep; none while its last reference goes.
    pub(super) fn me(&self) -> Option<Arc<Self>> {
        self.me.upgrade()
    }

    fn schedule(&self) {
        if let Some(me) = self.me() {
            self.scheduler.submit(me);
        }
    }

    /// Takes the next event for a turn.
    pub(crate) fn next_event(&self) -> Option<Event> {
        loop {
            match self.inbox.pop()? {
                // Taken back before it began: it does not run, and its place is free.
                Event::Call(call) if self.cancelled.contains(call.id) => expired(*call),
                Event::Cancel(id, why) => {
                    self.cancelled.remove(id);
                    return Some(Event::Cancel(id, why));
                }
                Event::Alarm => {
                    self.is_alarmed.store(false, Ordering::SeqCst);
                    return Some(Event::Alarm);
                }
                event => return Some(event),
            }
        }
    }

    /// A timer is due.
    pub(super) fn alarm(&self) {
        if !self.is_alarmed.swap(true, Ordering::SeqCst) {
            self.push(Event::Alarm);
        }
    }

    /// Takes a call back: it does not begin any more, or is told so where it has begun.
    pub(super) fn take_back(&self, call: CallId, why: Cancel) {
        self.cancelled.add(call);
        self.push(Event::Cancel(call, why));
    }

    /// Whether nothing can be put into its inbox any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.inbox.is_closed()
    }

    /// Ends a turn; true where another one is owed.
    pub(crate) fn rest(&self) -> bool {
        // A kill that came after the turn's last look at the flag found a turn owed, and added none.
        self.inbox.rest::<Event>(|| self.control.is_stopped())
    }

    /// Ends the isolate at once, in mid-turn if need be.
    pub(crate) fn stop(&self, reason: ExitReason) {
        self.control.stop(reason);
        self.rouse();
    }

    /// The same where its running task has reached a limit, which the call that it is charged to is told.
    pub(crate) fn exceed(&self, exceeded: LimitExceeded) {
        self.control.exceed(exceeded);
        self.rouse();
    }

    /// Ends the isolate, though its turn still runs, and may for ever: whoever waits for it is told.
    pub(crate) fn give_up(&self) {
        let reason = self.control.reason().unwrap_or(ExitReason::Killed);
        self.end(reason);
    }

    /// Takes the isolate down, once, from whatever thread: nothing that was sent to it stays unanswered, unless a
    /// next incarnation answers it.
    pub(crate) fn end(&self, reason: ExitReason) {
        self.control.figures.note_end();
        if self.is_down.swap(true, Ordering::SeqCst) {
            return;
        }
        self.control.stop(reason.clone());
        self.control.leave_room();
        self.ending.decide(reason.clone());
        let _ = self.died.set(Instant::now());
        // The calls' ends go out before the notice of the isolate's own.
        let Left { begun, held, ready } = self.control.owed.close(&reason);
        let culprit = self.control.culprit();
        for (id, reply) in begun {
            match culprit {
                Some((call, exceeded)) if call == id => reply.send(Err(AskError::Limit(exceeded))),
                _ => reply.lost(&reason),
            }
        }
        self.control.asked.close();
        // Before the notice of the end, which so comes behind all that was sent.
        self.control.ports.close_all(&reason);
        if self.lineage.is_none() {
            self.inbox.close();
        }
        self.drain(true, held);
        if self.lineage.is_none() {
            self.credits.close(reason.clone());
        }
        // Before the notices, so that who was told finds the name and the address free.
        if let Some(run) = self.on_exit.get() {
            run(&reason);
        }
        if let Some(ready) = ready {
            // Whoever started it may no longer wait.
            let _ = ready.send(Err(reason.clone()));
        }
        self.ending.announce(self.id, &reason);
    }

    /// Answers what lies in a closed inbox, or hands it on.
    fn drain(&self, ends: bool, held: Vec<Call>) {
        let reason = self.ending.reason().unwrap_or(ExitReason::Killed);
        let mut held = held.into_iter();
        let mut closed = !ends;
        let mut next = || {
            if !std::mem::replace(&mut closed, true) {
                self.inbox.close();
            }
            held.next()
                .map(|call| Event::Call(Box::new(call)))
                .or_else(|| self.inbox.pop())
        };
        if let Some(lineage) = &self.lineage {
            lineage.inherit(&reason, ends, &mut next);
            return;
        }
        while let Some(event) = next() {
            match event {
                Event::Call(call) => call.reply.lost(&reason),
                Event::Start(start) => drop(start.ready.send(Err(reason.clone()))),
                // The rest concerns only the isolate itself.
                _ => {}
            }
        }
    }

    /// Sends a message for which a place in the mailbox has been taken.
    pub(crate) fn send_with(&self, mut call: Box<Call>, credit: Credit) {
        call.credit = Some(credit);
        self.push(Event::Call(call));
    }

    /// The isolate's figures.
    pub(crate) fn stats(&self) -> Stats {
        let figures = &self.control.figures;
        let read = |figure: &std::sync::atomic::AtomicU64| figure.load(Ordering::Relaxed);
        Stats {
            heap_used_bytes: read(&figures.heap_used),
            heap_limit_bytes: self.control.heap_limit(),
            buffer_bytes: self.control.buffers.used(),
            external_bytes: read(&figures.external),
            cpu: Duration::from_nanos(read(&figures.cpu_ns)),
            turns: read(&figures.turns),
            mailbox_depth: self.credits.taken(),
            restarts: self
                .lineage
                .as_ref()
                .map_or(0, |lineage| u64::from(lineage.restarts())),
            uptime: self
                .died
                .get()
                .map_or_else(|| self.born.elapsed(), |died| *died - self.born),
            messages_in: read(&figures.received),
            messages_out: read(&figures.sent),
            pending_calls: read(&figures.pending_calls),
            pending_operations: read(&figures.pending_operations),
            timers: read(&figures.timers),
            migrations: read(&figures.migrations),
        }
    }

    /// A receiver that learns why the isolate ended.
    pub(crate) fn watch_ending(&self) -> oneshot::Receiver<ExitReason> {
        let (sender, receiver) = oneshot::channel();
        self.ending.tell(sender);
        receiver
    }
}

/// Answers a call that was taken back before it began.
fn expired(call: Call) {
    call.reply.send(Err(AskError::not_delivered(
        nano_proto::Undelivered::Expired,
        None,
    )));
}

/// The error of a message to an isolate that has ended.
pub(crate) fn not_running(reason: ExitReason) -> AskError {
    AskError::not_delivered(
        nano_proto::Undelivered::NotRunning(Some(Box::new(reason))),
        None,
    )
}
