//! Calls that came in: how each begins, pauses and is settled.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nano_proto::{
    AskError, CallId, EncodeError, ExitReason, LimitExceeded, LimitKind, Limits, Receipt,
    Undelivered,
};
use rustc_hash::FxHashMap;

use super::ask::recall;
use super::charge::{Abandoned, Observed, is_heavy};
use super::cpu_clock::recent;
use super::deadlines::Deadlines;
use super::state::{State, state};
use super::{clone, error, files, heap};
use crate::exchange::{Call, Cancel, Entry, Outcome, Replied, Reply};

/// A call that has begun and is not settled.
pub(super) struct PendingCall {
    reply: Reply,
    entry: Entry,
    began: Instant,
    /// When its caller gives up, or its wall time is used up.
    deadline: Option<Instant>,
    queued: Duration,
    cpu: Duration,
    operations: u64,
    /// Whether JavaScript has asked for its signal.
    observed: bool,
    /// Whether its caller wants a receipt, for which the heap is sampled meanwhile.
    metered: bool,
    peak_heap: u64,
    peak_buffers: u64,
}

impl PendingCall {
    fn new(
        reply: Reply,
        entry: Entry,
        deadline: Option<Instant>,
        metered: Option<Instant>,
    ) -> Self {
        let began = recent();
        Self {
            reply,
            entry,
            began,
            deadline,
            queued: metered.map_or(Duration::ZERO, |sent| began.saturating_duration_since(sent)),
            cpu: Duration::ZERO,
            operations: 0,
            observed: false,
            metered: metered.is_some(),
            peak_heap: 0,
            peak_buffers: 0,
        }
    }

    /// What the call cost; `running` is the CPU time of the task that settles it, if that is its own.
    fn receipt(&self, running: Duration) -> Receipt {
        Receipt {
            cpu: self.cpu + running,
            wall: self.began.elapsed(),
            queued: self.queued,
            operations: self.operations,
            peak_buffer_bytes: self.peak_buffers,
            peak_heap_bytes: self.peak_heap,
        }
    }
}

/// Calls whose handler has begun and that are not settled yet.
#[derive(Default)]
pub(super) struct Calls {
    pending: FxHashMap<CallId, PendingCall>,
    /// Of calls that wait for a promise.
    deadlines: Deadlines<CallId>,
    /// How many pending calls want a receipt.
    metered: usize,
    /// How many pending calls have used much CPU time.
    heavy: usize,
    pub(super) abandoned: Abandoned,
    /// The last entry's name, so that a run of calls to one export makes its string once.
    last_entry: Option<(Entry, v8::Global<v8::String>)>,
    /// The same for calls that this isolate makes.
    last_sent: Option<(Entry, v8::Global<v8::String>)>,
    then_key: Option<v8::Global<v8::String>>,
}

impl Calls {
    pub fn len(&self) -> usize {
        self.pending.len()
    }

    fn insert(&mut self, id: CallId, call: PendingCall) {
        self.metered += usize::from(call.metered);
        self.heavy += usize::from(is_heavy(call.cpu));
        self.pending.insert(id, call);
    }

    fn remove(&mut self, id: CallId) -> Option<PendingCall> {
        let call = self.pending.remove(&id)?;
        self.metered -= usize::from(call.metered);
        self.heavy -= usize::from(is_heavy(call.cpu));
        Some(call)
    }

    /// When the caller of a call that runs gives up.
    pub fn deadline(&self, id: CallId) -> Option<Instant> {
        self.pending.get(&id)?.deadline
    }

    /// Whether a call was given up while its handler ran.
    pub fn is_abandoned(&self, id: CallId) -> bool {
        self.abandoned.contains(id)
    }

    /// Whether the CPU time that a call has used may be worth looking up.
    pub fn has_heavy(&self) -> bool {
        self.heavy > 0 || !self.abandoned.is_empty()
    }

    /// CPU time of a pending call, without the running task.
    pub fn used(&self, id: CallId) -> Option<Duration> {
        Some(self.pending.get(&id)?.cpu)
    }

    /// Has [`expire`] see to the call's deadline, now that it waits for a promise.
    fn watch_deadline(&mut self, id: CallId) {
        let Some(deadline) = self.deadline(id) else {
            return;
        };
        let waits = |id| self.pending.contains_key(&id);
        self.deadlines.push(deadline, id, self.pending.len(), waits);
    }

    /// When the first call that waits for a promise reaches its deadline.
    pub fn next_deadline(&mut self) -> Option<Instant> {
        self.deadlines.next(|id| self.pending.contains_key(&id))
    }

    fn take_expired(&mut self, now: Instant) -> Option<CallId> {
        let waits = |id| self.pending.contains_key(&id);
        self.deadlines.take_expired(now, waits)
    }

    /// Whether somebody wants the heap's peak.
    pub fn is_metered(&self) -> bool {
        self.metered > 0
    }

    /// Notes what the isolate uses, in bytes, for the calls in progress.
    pub fn note_peaks(&mut self, heap: u64, buffers: u64) {
        for call in self.pending.values_mut().filter(|call| call.metered) {
            call.peak_heap = call.peak_heap.max(heap);
            call.peak_buffers = call.peak_buffers.max(buffers);
        }
    }

    /// Notes that a call has something done outside JavaScript.
    pub fn note_operation(&mut self, id: CallId) {
        if let Some(call) = self.pending.get_mut(&id) {
            call.operations += 1;
        }
    }

    /// What has become of a call; if it goes on, notes that JavaScript wants to know when it ends.
    pub fn observe(&mut self, id: CallId) -> Observed {
        match self.pending.get_mut(&id) {
            Some(call) => {
                call.observed = true;
                Observed::Pending
            }
            None => self.abandoned.why(id).unwrap_or(Observed::Ended),
        }
    }

    /// Charges what a task used to the call whose async context started it, if that is pending; returns what
    /// the call has used by now.
    pub fn charge(&mut self, id: CallId, cpu: Duration) -> Option<Duration> {
        let call = self.pending.get_mut(&id)?;
        let before = call.cpu;
        call.cpu += cpu;
        self.heavy += usize::from(is_heavy(call.cpu) && !is_heavy(before));
        Some(call.cpu)
    }

    /// Takes all calls that are not settled, to fail them.
    pub fn take_all(&mut self) -> Vec<Reply> {
        (self.metered, self.heavy) = (0, 0);
        self.pending.drain().map(|(_, call)| call.reply).collect()
    }
}

fn entry_key<'s>(scope: &v8::PinScope<'s, '_>, entry: &Entry) -> Option<v8::Local<'s, v8::String>> {
    let mut calls = state(scope).calls.borrow_mut();
    if let Some((last, key)) = &calls.last_entry
        && (Arc::ptr_eq(last, entry) || last == entry)
    {
        return Some(v8::Local::new(scope, key));
    }
    let key = v8::String::new_from_utf8(scope, entry.as_bytes(), v8::NewStringType::Internalized)?;
    calls.last_entry = Some((entry.clone(), v8::Global::new(scope, key)));
    Some(key)
}

/// The function that answers `entry`: the main module's export, else a method of its default export.
fn handler<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    entry: &Entry,
) -> Option<(v8::Local<'s, v8::Function>, v8::Local<'s, v8::Value>)> {
    let key = entry_key(scope, entry)?;
    let namespace = v8::Local::new(
        scope,
        state(scope).modules.borrow().main_namespace.as_ref()?,
    );
    // An export may still be in its temporal dead zone while the module awaits.
    let export = namespace.get(scope, key.into())?;
    if let Ok(function) = v8::Local::<v8::Function>::try_from(export) {
        return Some((function, v8::undefined(scope).into()));
    }
    let default = files::get(scope, namespace, "default")?;
    let object = v8::Local::<v8::Object>::try_from(default).ok()?;
    if !is_programs_own(scope, object, key)? {
        return None;
    }
    let function = object.get(scope, key.into())?.try_into().ok()?;
    Some((function, default))
}

/// Whether what `object` has under `key` is its own or comes from a class of the program's, not from the
/// language: what every object and every function has is no handler, nor is a class's `constructor`.
fn is_programs_own<'s>(
    scope: &v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    key: v8::Local<'s, v8::String>,
) -> Option<bool> {
    // A proxy answers for itself.
    let has = |holder: v8::Local<'s, v8::Object>| match holder.is_proxy() {
        true => Some(true),
        false => holder.has_own_property(scope, key.into()),
    };
    if has(object)? {
        return Some(true);
    }
    // Of objects that no program sees, so that none has changed what they inherit from.
    let function = v8::Local::new(scope, &state(scope).require);
    let of_language = [
        v8::Object::new(scope).get_prototype(scope)?,
        function.get_prototype(scope)?,
    ];
    let mut holder = object;
    loop {
        let next = holder.get_prototype(scope)?;
        if of_language.contains(&next) {
            return Some(false);
        }
        match v8::Local::<v8::Object>::try_from(next) {
            Ok(next) => holder = next,
            Err(_) => return Some(false),
        }
        if has(holder)? {
            return Some(key.to_rust_string_lossy(scope) != "constructor");
        }
    }
}

/// Runs a call's handler up to its first pause, then what that made ready to run. A reply that is there
/// by then goes out at once; else it goes out in the turn in which the handler's promise settles.
pub(super) fn run(scope: &mut v8::PinScope<'_, '_>, call: Call) {
    let Call {
        id,
        entry,
        value,
        mut reply,
        credit,
        deadline,
        metered,
    } = call;
    // The message leaves the mailbox here: its place is free.
    drop(credit);
    let state = state(scope);
    if let Err(error) = admit(state, &reply, deadline) {
        reply.send(Err(error));
        return;
    }
    let wall = state.control.limits().wall_ms_per_call;
    let wall = (wall != Limits::NONE).then(|| recent() + Duration::from_millis(wall));
    let deadline = [deadline, wall].into_iter().flatten().min();
    if metered.is_some() {
        // What others held before is no peak of this call's.
        note_peaks(state, 0);
        state.control.peak.want(true);
    }
    v8::tc_scope!(let tc, scope);
    let Some((function, receiver)) = handler(tc, &entry) else {
        if tc.has_terminated() {
            state
                .calls
                .borrow_mut()
                .insert(id, PendingCall::new(reply, entry, deadline, None));
        } else {
            let error =
                AskError::not_delivered(Undelivered::NoSuchHandler(entry.to_string()), None);
            answer_or_bury(state, &entry, reply, error);
        }
        return;
    };
    if !reply.start() {
        reply.send(Err(AskError::not_delivered(Undelivered::Expired, None)));
        return;
    }
    state
        .calls
        .borrow_mut()
        .insert(id, PendingCall::new(reply, entry, deadline, metered));
    let Some(argument) = clone::deserialize(tc, value) else {
        refuse_unreadable(tc, id);
        return;
    };
    // The frame of a call in which no storage has a value yet is its id alone: few programs look at it.
    let frame = v8::Number::new(tc, id.0 as f64);
    let undefined: v8::Local<'_, v8::Value> = v8::undefined(tc).into();
    tc.set_continuation_preserved_embedder_data(frame.into());
    let result = function.call(tc, receiver, &[argument]);
    tc.set_continuation_preserved_embedder_data(undefined);
    if state.control.is_stopped() {
        // The turn's end answers with the reason, whatever the handler still did.
        return;
    }
    let Some(result) = result else {
        settle_with_exception(tc, id);
        return;
    };
    let promise = match v8::Local::<v8::Promise>::try_from(result) {
        Ok(promise) => Some(promise),
        Err(_) => adopt(tc, result),
    };
    let Some(promise) = promise else {
        match tc.has_caught() {
            true => settle_with_exception(tc, id),
            false => fulfil(tc, id, result),
        }
        return;
    };
    // The caller is told of a rejection: it is handled.
    promise.mark_as_handled();
    tc.perform_microtask_checkpoint();
    if tc.has_terminated() || state.control.is_stopped() {
        return;
    }
    match promise.state() {
        v8::PromiseState::Fulfilled => {
            let value = promise.result(tc);
            fulfil(tc, id, value);
        }
        v8::PromiseState::Rejected => {
            let reason = promise.result(tc);
            reject(tc, id, reason, None);
        }
        v8::PromiseState::Pending => {
            state.calls.borrow_mut().watch_deadline(id);
            if let Some(settle) = files::function(tc, "actor/settle_call", "settleCall") {
                let id = v8::Number::new(tc, id.0 as f64).into();
                settle.call(tc, undefined, &[promise.into(), id]);
            }
        }
    }
}

/// A promise of what `result` resolves to; `None` if that is `result` itself, or with an exception pending.
fn adopt<'s>(
    scope: &v8::PinScope<'s, '_>,
    result: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Promise>> {
    let object = v8::Local::<v8::Object>::try_from(result).ok()?;
    // Nearly all have none, and this tells it for less; a proxy may say one thing and do another.
    if !object.is_proxy() && !object.has(scope, then_key(scope)?.into())? {
        return None;
    }
    let resolver = v8::PromiseResolver::new(scope)?;
    // Gets `then`, as `await` does.
    resolver.resolve(scope, result)?;
    let promise = resolver.get_promise(scope);
    (promise.state() != v8::PromiseState::Fulfilled).then_some(promise)
}

/// The string "then", made once.
fn then_key<'s>(scope: &v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::String>> {
    let mut calls = state(scope).calls.borrow_mut();
    if let Some(key) = &calls.then_key {
        return Some(v8::Local::new(scope, key));
    }
    let key = v8::String::new_from_utf8(scope, b"then", v8::NewStringType::Internalized)?;
    calls.then_key = Some(v8::Global::new(scope, key));
    Some(key)
}

/// Whether a call may still begin.
fn admit(state: &State, reply: &Reply, deadline: Option<Instant>) -> Result<(), AskError> {
    if reply.is_abandoned() {
        return Err(AskError::Cancelled);
    }
    if deadline.is_some_and(|deadline| deadline <= recent()) {
        return Err(AskError::not_delivered(Undelivered::Expired, None));
    }
    let used = state.calls.borrow().len() as u64 + 1;
    LimitKind::PendingCalls
        .check(used, state.control.limits().pending_calls)
        .map_err(|exceeded| AskError::not_delivered(Undelivered::Refused(exceeded), None))
}

/// Tells the caller, or, where nobody waits, the host.
fn answer_or_bury(state: &State, entry: &str, reply: Reply, error: AskError) {
    if reply.is_awaited() {
        reply.send(Err(error));
    } else {
        state.host().dead_letter(entry, error);
    }
}

fn settle_with_exception(
    tc: &mut v8::PinnedRef<'_, v8::TryCatch<'_, '_, v8::HandleScope<'_>>>,
    id: CallId,
) {
    // Where the turn was terminated, its end answers with the reason.
    if tc.has_terminated() || !tc.has_caught() {
        return;
    }
    let (Some(exception), message) = (tc.exception(), tc.message()) else {
        return;
    };
    tc.reset();
    reject(tc, id, exception, message);
}

/// Ends a call whose argument could not be read, with the exception that says why. The sender's mistake is
/// no error of the isolate's own, though nobody waits for the answer.
fn refuse_unreadable(
    tc: &mut v8::PinnedRef<'_, v8::TryCatch<'_, '_, v8::HandleScope<'_>>>,
    id: CallId,
) {
    let state = state(tc);
    if tc.has_terminated() || state.control.is_stopped() {
        return;
    }
    let error = match tc.exception() {
        Some(exception) => {
            tc.reset();
            error::describe(tc, exception, None)
        }
        None => return,
    };
    if state.control.is_stopped() {
        return;
    }
    let Some(call) = state.calls.borrow_mut().remove(id) else {
        return;
    };
    answer_or_bury(state, &call.entry, call.reply, AskError::Threw(error));
}

/// Answers the call `id` with `value`.
pub(super) fn fulfil(
    scope: &mut v8::PinScope<'_, '_>,
    id: CallId,
    value: v8::Local<'_, v8::Value>,
) {
    let state = state(scope);
    // A handler may end early, or catch what an op threw, since the isolate was stopped: the end says so.
    if state.control.is_stopped() {
        return;
    }
    meter(scope);
    let Some(call) = state.calls.borrow_mut().remove(id) else {
        return;
    };
    ended(scope, id, call.observed, Observed::Ended);
    if !call.reply.is_awaited() {
        return;
    }
    v8::tc_scope!(let tc, scope);
    let allowed = clone::message_limit(tc);
    match clone::serialize(tc, value, None, Limits::NONE) {
        Some(value) if value.len() as u64 > allowed => {
            let exceeded = LimitExceeded {
                limit: LimitKind::Message,
                used: value.len() as u64,
                allowed,
            };
            call.reply.send(Err(AskError::Limit(exceeded)));
        }
        Some(value) => {
            let receipt = match call.metered {
                true => call.receipt(state.task.running(id)),
                false => Receipt::default(),
            };
            call.reply.send(Ok(Replied { value, receipt }));
        }
        None if tc.has_terminated() => state.calls.borrow_mut().insert(id, call),
        None => {
            let why = tc
                .exception()
                .map(|e| e.to_rust_string_lossy(tc))
                .unwrap_or_default();
            call.reply
                .send(Err(AskError::ReplyNotCloneable(EncodeError::data_clone(
                    why,
                ))));
        }
    }
}

/// Answers the call `id` with the error `reason`.
pub(super) fn reject(
    scope: &mut v8::PinScope<'_, '_>,
    id: CallId,
    reason: v8::Local<'_, v8::Value>,
    message: Option<v8::Local<'_, v8::Message>>,
) {
    let state = state(scope);
    let awaited = match state.calls.borrow().pending.get(&id) {
        Some(call) => call.reply.is_awaited(),
        None => return,
    };
    let error = awaited.then(|| error::describe(scope, reason, message));
    // To describe it runs the program's own functions: these may end the isolate, or the call.
    if state.control.is_stopped() {
        return;
    }
    let Some(call) = state.calls.borrow_mut().remove(id) else {
        return;
    };
    ended(scope, id, call.observed, Observed::Ended);
    if let Some(error) = error {
        call.reply.send(Err(AskError::Threw(error)));
    } else {
        // A tell has nobody to tell: its error is the isolate's own.
        error::report(scope, reason, message);
    }
}

/// Tells the signal of a call that has ended, if JavaScript has asked for it.
fn ended(scope: &mut v8::PinScope<'_, '_>, id: CallId, observed: bool, how: Observed) {
    if !observed {
        return;
    }
    let Some(hook) = state(scope).hooks.borrow().call_ended.clone() else {
        return;
    };
    v8::tc_scope!(let tc, scope);
    let hook = v8::Local::new(tc, &hook);
    let undefined = v8::undefined(tc).into();
    let args = [
        v8::Number::new(tc, id.0 as f64).into(),
        v8::Integer::new(tc, how as i32).into(),
    ];
    hook.call(tc, undefined, &args);
}

/// Notes what the isolate uses now, if a call in progress wants to know.
pub(super) fn meter(scope: &mut v8::PinScope<'_, '_>) {
    let state = state(scope);
    let metered = state.calls.borrow().is_metered();
    state.control.peak.want(metered);
    if metered {
        heap::sample(scope);
        let heap = state.control.figures.heap_used.load(Ordering::Relaxed);
        note_peaks(state, heap);
    }
}

/// Notes the peaks up to now, where the heap holds `heap` bytes.
fn note_peaks(state: &State, heap: u64) {
    let heap = state.control.peak.take(heap);
    let buffers = state.control.buffers.take_peak();
    state.calls.borrow_mut().note_peaks(heap, buffers);
}

/// Ends calls and asks whose deadline has passed.
pub(super) fn expire(scope: &mut v8::PinScope<'_, '_>) {
    let now = Instant::now();
    let state = state(scope);
    if state.modules.borrow().is_start_overdue(now) {
        let allowed = state.control.limits().wall_ms_per_call;
        state.control.stop(ExitReason::Limit(LimitExceeded {
            limit: LimitKind::Wall,
            used: allowed,
            allowed,
        }));
        return;
    }
    loop {
        let Some(held) = state.modules.borrow_mut().take_expired(now) else {
            break;
        };
        let error = AskError::not_delivered(Undelivered::Expired, None);
        answer_or_bury(state, &held.entry, held.reply, error);
    }
    loop {
        let Some(id) = state.calls.borrow_mut().take_expired(now) else {
            break;
        };
        cancel(scope, id, Cancel::Deadline);
    }
    loop {
        let Some(number) = state.asks.borrow_mut().take_expired(now) else {
            break;
        };
        let Some(sent) = state.asks.borrow_mut().take_sent(number) else {
            continue;
        };
        let error = match recall(state, &sent, Cancel::Deadline) {
            // It lay in the outbox: its own reply settles the request.
            true => continue,
            false => AskError::Timeout {
                after_ms: u64::try_from(now.saturating_duration_since(sent.at).as_millis())
                    .unwrap_or(u64::MAX),
                started: sent.stage.is_none_or(|stage| stage.give_up()),
            },
        };
        settle(scope, number, Err(error));
    }
}

/// Why a call that runs is given up.
pub(super) enum GivenUp {
    /// It was taken back.
    Cancelled(Cancel),
    /// It is over a limit.
    Limit(LimitExceeded),
}

impl GivenUp {
    /// What JavaScript's signals are told.
    fn observed(&self) -> Observed {
        match self {
            Self::Cancelled(Cancel::Dropped) => Observed::Cancelled,
            Self::Cancelled(Cancel::Deadline) => Observed::Expired,
            Self::Limit(_) => Observed::Limited,
        }
    }
}

/// Takes back a call that nobody waits for.
pub(super) fn cancel(scope: &mut v8::PinScope<'_, '_>, id: CallId, why: Cancel) {
    let held = state(scope).modules.borrow_mut().take_held_call(id);
    if let Some(held) = held {
        held.reply
            .send(Err(AskError::not_delivered(Undelivered::Expired, None)));
        return;
    }
    fail(scope, id, GivenUp::Cancelled(why));
}

/// Gives up a call, and takes back what it asked of others in turn: its signal aborts, its handler goes on
/// as it likes.
pub(super) fn fail(scope: &mut v8::PinScope<'_, '_>, id: CallId, why: GivenUp) {
    let Some(call) = state(scope).calls.borrow_mut().remove(id) else {
        return;
    };
    let state = state(scope);
    let how = why.observed();
    state.calls.borrow_mut().abandoned.add(id, call.cpu, how);
    let recalled = match why {
        GivenUp::Cancelled(why) => why,
        GivenUp::Limit(_) => Cancel::Dropped,
    };
    let asked = state.asks.borrow().of_call(id);
    for number in asked {
        let Some(sent) = state.asks.borrow_mut().take_sent(number) else {
            continue;
        };
        recall(state, &sent, recalled);
    }
    let observed = call.observed;
    match why {
        GivenUp::Cancelled(Cancel::Dropped) => call.reply.send(Err(AskError::Cancelled)),
        GivenUp::Cancelled(Cancel::Deadline) => call.reply.send(Err(AskError::Timeout {
            after_ms: u64::try_from(call.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            started: true,
        })),
        GivenUp::Limit(exceeded) => {
            answer_or_bury(state, &call.entry, call.reply, AskError::Limit(exceeded));
        }
    }
    ended(scope, id, observed, how);
}

/// Settles the promise of this isolate's request `number`.
pub(super) fn settle(scope: &mut v8::PinScope<'_, '_>, number: u64, outcome: Outcome) {
    let Some(resolver) = state(scope).asks.borrow_mut().remove(number) else {
        return;
    };
    let resolver = v8::Local::new(scope, &resolver);
    v8::tc_scope!(let tc, scope);
    match outcome {
        Ok(replied) => match clone::deserialize(tc, replied.value) {
            Some(value) => resolver.resolve(tc, value),
            None => {
                let Some(exception) = tc.exception().filter(|_| !tc.has_terminated()) else {
                    return;
                };
                resolver.reject(tc, exception)
            }
        },
        Err(error) => {
            let reason = error::from_ask_error(tc, &error);
            resolver.reject(tc, reason)
        }
    };
}

/// A number for a new call, unique in the process and exact as a JavaScript number.
pub(crate) fn next_id() -> CallId {
    static LAST: AtomicU64 = AtomicU64::new(0);
    CallId(LAST.fetch_add(1, Ordering::Relaxed) + 1)
}

/// The name of an export as JavaScript gave it; `None` with an exception pending.
pub(super) fn entry_name(
    scope: &mut v8::PinScope<'_, '_>,
    name: v8::Local<'_, v8::Value>,
) -> Option<Entry> {
    let key = name.to_string(scope)?;
    {
        let calls = state(scope).calls.borrow();
        if let Some((entry, last)) = &calls.last_sent
            && *last == key
        {
            return Some(entry.clone());
        }
    }
    let entry: Entry = key.to_rust_string_lossy(scope).into();
    let kept = v8::Global::new(scope, key);
    state(scope).calls.borrow_mut().last_sent = Some((entry.clone(), kept));
    Some(entry)
}
