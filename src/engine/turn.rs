//! What happens to an isolate while a thread holds its lock: one event after another, each a task with
//! a microtask checkpoint behind it (HTML, "event loop processing model").

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use nano_proto::{CallId, ExitReason};

use super::state::{State, state};
use super::{call, charge, heap, module, port, reactions};
use crate::engine::{describe, uncaught};
use crate::exchange::{self, Event};

/// What a turn left behind.
#[derive(Debug)]
pub struct TurnEnd {
    /// When the isolate's next timer is due.
    pub next_timer: Option<Instant>,
    /// Why the isolate has ended, if it has.
    pub exit: Option<ExitReason>,
    /// Whether nothing is left that could make JavaScript run: no timer, request, load or call.
    pub quiescent: bool,
    /// The error of a main module that awaits at its top level what can never come, now that the
    /// isolate is quiescent.
    pub stalled: Option<Box<nano_proto::JsError>>,
}

/// Handles one event. Returns false once no further event may be handled.
pub(super) fn deliver(scope: &mut v8::PinScope<'_, '_>, event: Event) -> bool {
    v8::scope!(let scope, scope);
    let state = state(scope);
    let charged = match &event {
        Event::Call(call) => Some(call.id),
        Event::Settle(number, _) => state.asks.borrow().call_of(*number),
        Event::Cancel(id, _) => Some(*id),
        Event::Exited {
            watch: Some(number),
            ..
        } => state.asks.borrow().call_of(*number),
        _ => None,
    };
    begin_task(state, charged);
    match event {
        Event::Start(start) => module::start(scope, *start),
        Event::Call(call) if state.draining.get() => call.reply.lost(&ExitReason::Stopped),
        Event::Call(call) => {
            state
                .control
                .figures
                .received
                .fetch_add(1, Ordering::Relaxed);
            if state.modules.borrow().is_started() {
                call::run(scope, *call);
            } else {
                module::hold(state, *call);
            }
        }
        Event::Settle(number, outcome) => {
            state.control.take_reply(exchange::weight(&outcome));
            if outcome
                .as_ref()
                .is_err_and(|error| call::is_late(error).is_some())
            {
                // Whoever was asked on behalf of a call has its deadline: the call's own has passed as well, and
                // its signal aborts before it learns of the answer.
                call::expire(scope);
            }
            call::settle(scope, number, outcome);
        }
        Event::Cancel(id, why) => call::cancel(scope, id, why),
        Event::Loaded(loaded) => module::loaded(scope, *loaded),
        Event::Alarm => {
            call::expire(scope);
            run_delayed_tasks(scope);
            finish_task(scope);
            run_timers(scope);
        }
        Event::Task(task, delay) if delay.is_zero() => task.run(),
        Event::Task(task, delay) => state
            .delayed
            .borrow_mut()
            .push((Instant::now() + delay, task)),
        Event::Exited { watch, id, reason } => exited(scope, watch, id, reason),
        Event::Room(mailbox, place) => {
            state
                .targets
                .borrow_mut()
                .flush(mailbox, place, state.host().myself());
        }
        Event::Notice(notice) => port::notice(scope, notice),
        Event::Drain => state.draining.set(true),
        Event::Sample(done) => {
            heap::sample(scope);
            state.publish();
            drop(done);
            return !is_over(state);
        }
    }
    checkpoint(scope);
    finish_task(scope);
    !is_over(state)
}

/// What runs from here on is charged to `call`.
pub(super) fn begin_task(state: &State, call: Option<CallId>) {
    state.task.begin(call);
    charge::announce(state, call);
}

/// Charges what the task used to its call.
pub(super) fn finish_task(scope: &mut v8::PinScope<'_, '_>) {
    charge::finish_task(scope);
    call::meter(scope);
}

pub(super) fn is_over(state: &State) -> bool {
    state.control.is_stopped() || state.failure.borrow().is_some() || is_closing(state)
}

/// Whether it is a worker that has closed itself.
fn is_closing(state: &State) -> bool {
    let worker = state.worker.get();
    worker.is_some_and(|worker| worker.closing.get())
}

/// HTML, "perform a microtask checkpoint", with the notice of rejected promises behind it.
pub(super) fn checkpoint(scope: &mut v8::PinScope<'_, '_>) {
    reactions::run(scope);
    let state = state(scope);
    // What a listener rejects in turn is told of, too.
    while !state.rejections.borrow().is_quiet() && !is_over(state) {
        notify_rejections(scope);
    }
}

/// HTML, "notify about rejected promises".
fn notify_rejections(scope: &mut v8::PinScope<'_, '_>) {
    let state = state(scope);
    let (pending, handled_late) = state.rejections.borrow_mut().take();
    let own = state.task.call();
    let nowhere = v8::undefined(scope).into();
    for rejected in pending {
        v8::tc_scope!(let tc, scope);
        let promise = v8::Local::new(tc, &rejected.promise);
        let reason = v8::Local::new(tc, &rejected.reason);
        if promise.has_handler() {
            continue;
        }
        let hook = state.hooks.borrow().unhandled.clone();
        let frame = v8::Local::new(tc, &rejected.frame);
        tc.set_continuation_preserved_embedder_data(frame);
        reactions::note_context(tc);
        let told = uncaught::tell(tc, hook, &[promise.into(), reason]);
        tc.set_continuation_preserved_embedder_data(nowhere);
        if tc.has_terminated() || state.control.is_stopped() {
            return;
        }
        if told.handled {
            let mut rejections = state.rejections.borrow_mut();
            rejections.note(v8::Global::new(tc, promise));
        } else {
            let described = describe::describe_uncaught(tc, reason, None);
            uncaught::fail(tc, described);
        }
        if let Some(thrown) = told.thrown {
            uncaught::fail(tc, thrown);
        }
        if is_over(state) {
            return;
        }
    }
    let hook = state.hooks.borrow().handled.clone();
    for rejected in handled_late {
        let Some(hook) = &hook else { continue };
        v8::tc_scope!(let tc, scope);
        let hook = v8::Local::new(tc, hook);
        let args = [
            v8::Local::new(tc, &rejected.promise).into(),
            v8::Local::new(tc, &rejected.reason),
        ];
        let frame = v8::Local::new(tc, &rejected.frame);
        tc.set_continuation_preserved_embedder_data(frame);
        reactions::note_context(tc);
        hook.call(tc, nowhere, &args);
        tc.set_continuation_preserved_embedder_data(nowhere);
    }
    charge::turn_to(state, own);
    reactions::run(scope);
}

/// Runs the tasks that V8 wanted run later and whose time has come.
fn run_delayed_tasks(scope: &mut v8::PinScope<'_, '_>) {
    let state = state(scope);
    let now = Instant::now();
    let due: Vec<_> = state
        .delayed
        .borrow_mut()
        .extract_if(.., |(due, _)| *due <= now)
        .collect();
    for (_, task) in due {
        task.run();
        checkpoint(scope);
        if is_over(state) {
            return;
        }
    }
}

/// How many timers fire in one event, so that a timer which sets itself anew leaves room for messages.
const TIMERS_AT_ONCE: usize = 64;
/// For how long one event goes on firing timers: a turn of many slow ones is no endless loop.
const TIMERS_SLICE: Duration = Duration::from_millis(2);

/// HTML, "run steps after a timeout": each callback is a task of its own.
fn run_timers(scope: &mut v8::PinScope<'_, '_>) {
    let state = state(scope);
    // Timers that the callbacks set wait for the next event, even if due at once.
    let now = Instant::now();
    for _ in 0..TIMERS_AT_ONCE {
        let Some(due) = state.timers.borrow_mut().take_due(now) else {
            return;
        };
        let hook = state.hooks.borrow().timer.clone();
        let id = v8::Integer::new_from_unsigned(scope, due.id);
        run_in(scope, due.frame.as_ref(), hook.as_ref(), &[id.into()]);
        if state.control.is_stopped() {
            return;
        }
        checkpoint(scope);
        finish_task(scope);
        let then = Instant::now();
        state.timers.borrow_mut().rearm(then, due.id);
        if is_over(state) || then.saturating_duration_since(now) > TIMERS_SLICE {
            return;
        }
    }
}

/// Calls `function` as a task of the async context `frame`, to which it is charged. What it throws is reported.
pub(super) fn run_in(
    scope: &mut v8::PinScope<'_, '_>,
    frame: Option<&v8::Global<v8::Value>>,
    function: Option<&v8::Global<v8::Function>>,
    args: &[v8::Local<'_, v8::Value>],
) {
    let state = state(scope);
    v8::tc_scope!(let tc, scope);
    let undefined: v8::Local<'_, v8::Value> = v8::undefined(tc).into();
    let frame = frame.map(|frame| v8::Local::new(tc, frame));
    let charged = frame.and_then(|frame| call_of(tc, frame));
    begin_task(state, charged);
    tc.set_continuation_preserved_embedder_data(frame.unwrap_or(undefined));
    if let Some(function) = function {
        let function = v8::Local::new(tc, function);
        function.call(tc, undefined, args);
    }
    tc.set_continuation_preserved_embedder_data(undefined);
    if tc.has_terminated() || state.control.is_stopped() {
        return;
    }
    if let Some(exception) = tc.exception() {
        let message = tc.message();
        tc.reset();
        uncaught::report(tc, exception, message);
    }
}

/// The call that an async context belongs to.
pub(super) fn call_of(
    scope: &v8::PinScope<'_, '_>,
    frame: v8::Local<'_, v8::Value>,
) -> Option<CallId> {
    let id = match v8::Local::<v8::Number>::try_from(frame) {
        Ok(id) => id.value(),
        Err(_) => {
            let frame = v8::Local::<v8::Array>::try_from(frame).ok()?;
            frame.get_index(scope, 0)?.number_value(scope)?
        }
    };
    (id > 0.0).then_some(CallId(id as u64))
}

fn exited(
    scope: &mut v8::PinScope<'_, '_>,
    watch: Option<u64>,
    id: nano_proto::IsolateId,
    reason: ExitReason,
) {
    let state = state(scope);
    match watch {
        Some(number) => {
            let Some(resolver) = state.asks.borrow_mut().remove(number) else {
                return;
            };
            let resolver = v8::Local::new(scope, &resolver);
            let text = v8::String::new(scope, &reason.to_string())
                .unwrap_or_else(|| v8::String::empty(scope));
            resolver.resolve(scope, text.into());
        }
        None if reason.is_orderly() => {}
        None => state.control.stop(ExitReason::link_died(id, reason)),
    }
}

/// When the first call that waits for the main module has waited long enough.
fn held_deadline(state: &State) -> Option<Instant> {
    match state.modules.borrow().is_started() {
        true => None,
        false => state.control.owed.next_deadline(),
    }
}

/// Whether an answer may come that makes JavaScript run. What a main module asks of its own isolate waits for the
/// module, so that it cannot wait for that.
fn awaits_answers(state: &State) -> bool {
    let asks = state.asks.borrow();
    let is_starting = || state.modules.borrow().is_starting();
    asks.keeps_running()
        && (!is_starting() || asks.wait_for_others(|call| state.control.owed.holds(call)))
}

/// Looks at what the turn left behind.
pub(super) fn end(state: &State) -> TurnEnd {
    let stopped = state
        .control
        .is_stopped()
        .then(|| state.control.reason().unwrap_or(ExitReason::Killed));
    let failed = state.failure.borrow().clone().map(ExitReason::Threw);
    let calls = state.calls.borrow().len();
    let closed = is_closing(state).then_some(ExitReason::Normal);
    let quiescent = state.modules.borrow().may_end_quiescent()
        && calls == 0
        && state.queued.borrow().is_empty()
        && !state.timers.borrow().keeps_running()
        && !awaits_answers(state)
        && state.targets.borrow().waiting() == 0
        && !state.modules.borrow().is_busy()
        // A task that V8 runs later may be what the main module awaits.
        && (!state.modules.borrow().is_starting() || state.delayed.borrow().is_empty())
        && !state.control.ports.keep_running();
    let drained = (state.draining.get() && calls == 0 && state.targets.borrow().waiting() == 0)
        .then_some(ExitReason::Stopped);
    TurnEnd {
        next_timer: [
            state.timers.borrow_mut().next_due(),
            state.delayed.borrow().iter().map(|(due, _)| *due).min(),
            state.calls.borrow_mut().next_deadline(),
            state.asks.borrow_mut().next_deadline(),
            state.modules.borrow().start_deadline(),
            held_deadline(state),
        ]
        .into_iter()
        .flatten()
        .min(),
        exit: stopped.or(failed).or(closed).or(drained),
        quiescent,
        stalled: None,
    }
}
