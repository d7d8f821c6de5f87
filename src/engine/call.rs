//! Calls that came in and requests that went out, and how each is settled.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nano_proto::{
  AskError, CallId, EncodeError, IsolateId, LimitExceeded, LimitKind, Receipt, Undelivered,
};

use super::state::{State, state};
use super::{clone, error, files};
use crate::exchange::{Call, Cancel, Entry, Outcome, Peer, Refused, Replied, Reply, SpawnRequest};
use crate::loader::Source;

/// A call that has begun and is not settled.
pub(super) struct PendingCall {
  reply: Reply,
  began: Instant,
  cpu: Duration,
  operations: u64,
  /// Whether JavaScript has asked for its signal.
  observed: bool,
}

impl PendingCall {
  fn new(reply: Reply) -> Self {
    Self { reply, began: Instant::now(), cpu: Duration::ZERO, operations: 0, observed: false }
  }

  fn receipt(&self, state: &State) -> Receipt {
    Receipt {
      cpu: self.cpu,
      wall: self.began.elapsed(),
      operations: self.operations,
      peak_buffer_bytes: state.control.buffers.used(),
      peak_heap_bytes: state.control.figures.heap_used.load(Ordering::Relaxed),
      ..Receipt::default()
    }
  }
}

/// Calls whose handler has begun and that are not settled yet.
#[derive(Default)]
pub(super) struct Calls {
  pending: HashMap<CallId, PendingCall>,
  /// The last entry's name, so that a run of calls to one export makes its string once.
  last_entry: Option<(Entry, v8::Global<v8::String>)>,
  /// The same for calls that this isolate makes.
  last_sent: Option<(Entry, v8::Global<v8::String>)>,
}

impl Calls {
  pub fn len(&self) -> usize {
    self.pending.len()
  }

  fn insert(&mut self, id: CallId, call: PendingCall) {
    self.pending.insert(id, call);
  }

  fn remove(&mut self, id: CallId) -> Option<PendingCall> {
    self.pending.remove(&id)
  }

  /// Notes that JavaScript wants to know when the call ends; false if it has.
  pub fn observe(&mut self, id: CallId) -> bool {
    self.pending.get_mut(&id).map(|call| call.observed = true).is_some()
  }

  /// Charges what a task used to the call whose async context started it.
  pub fn charge(&mut self, id: CallId, cpu: Duration) {
    if let Some(call) = self.pending.get_mut(&id) {
      call.cpu += cpu;
      call.operations += 1;
    }
  }

  /// Takes all calls that are not settled, to fail them.
  pub fn take_all(&mut self) -> Vec<Reply> {
    self.pending.drain().map(|(_, call)| call.reply).collect()
  }
}

/// Requests of this isolate that wait for an answer, by number.
#[derive(Default)]
pub(super) struct Asks {
  last: u64,
  pending: HashMap<u64, v8::Global<v8::PromiseResolver>>,
}

impl Asks {
  pub fn len(&self) -> usize {
    self.pending.len()
  }

  /// Keeps `resolver` until the answer of the returned number comes.
  pub fn insert(&mut self, resolver: v8::Global<v8::PromiseResolver>) -> u64 {
    self.last += 1;
    self.pending.insert(self.last, resolver);
    self.last
  }

  pub fn remove(&mut self, number: u64) -> Option<v8::Global<v8::PromiseResolver>> {
    self.pending.remove(&number)
  }
}

/// An isolate that this one holds a reference to.
pub(super) struct Target {
  pub peer: Arc<dyn Peer>,
  /// What could not be sent yet since the mailbox is full, in order.
  pub outbox: VecDeque<Box<Call>>,
}

/// Isolates that JavaScript holds references to, by handle.
#[derive(Default)]
pub(super) struct Targets {
  last: u32,
  by_handle: HashMap<u32, Target>,
}

impl Targets {
  pub fn open(&mut self, peer: Arc<dyn Peer>) -> u32 {
    self.last = self.last.wrapping_add(1).max(1);
    self.by_handle.insert(self.last, Target { peer, outbox: VecDeque::new() });
    self.last
  }

  pub fn get(&self, handle: u32) -> Option<&Target> {
    self.by_handle.get(&handle)
  }

  pub fn close(&mut self, handle: u32) {
    // What still lies in the outbox is sent first: the reference is gone, the messages are not.
    if self.by_handle.get(&handle).is_some_and(|target| target.outbox.is_empty()) {
      self.by_handle.remove(&handle);
    }
  }

  /// Sends `call`, behind what already waits for room.
  pub fn send(&mut self, handle: u32, call: Box<Call>, myself: &Arc<dyn Peer>) {
    let Some(target) = self.by_handle.get_mut(&handle) else {
      call.reply.send(Err(AskError::not_delivered(Undelivered::NotRunning(None), None)));
      return;
    };
    if !target.outbox.is_empty() {
      target.outbox.push_back(call);
      return;
    }
    match target.peer.send(call) {
      Ok(()) => {}
      Err((call, Refused::Full)) => {
        target.outbox.push_back(call);
        target.peer.when_room(myself.clone());
      }
      Err((call, Refused::Closed(reason))) => call.reply.lost(&reason),
    }
  }

  /// Sends what waits for room at `id`.
  pub fn flush(&mut self, id: IsolateId, myself: &Arc<dyn Peer>) {
    for target in self.by_handle.values_mut().filter(|target| target.peer.id() == id) {
      while let Some(call) = target.outbox.pop_front() {
        match target.peer.send(call) {
          Ok(()) => {}
          Err((call, Refused::Full)) => {
            target.outbox.push_front(call);
            target.peer.when_room(myself.clone());
            break;
          }
          Err((call, Refused::Closed(reason))) => call.reply.lost(&reason),
        }
      }
    }
  }

  pub fn waiting(&self) -> usize {
    self.by_handle.values().map(|target| target.outbox.len()).sum()
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
  let namespace = state(scope).modules.borrow().main_namespace.clone()?;
  let namespace = v8::Local::new(scope, &namespace);
  // An export may still be in its temporal dead zone while the module awaits.
  let export = namespace.get(scope, key.into())?;
  if let Ok(function) = v8::Local::<v8::Function>::try_from(export) {
    return Some((function, v8::undefined(scope).into()));
  }
  let default = files::get(scope, namespace, "default")?;
  let object = v8::Local::<v8::Object>::try_from(default).ok()?;
  let function = object.get(scope, key.into())?.try_into().ok()?;
  Some((function, default))
}

/// Runs a call's handler up to its first pause, then what that made ready to run. A reply that is there
/// by then goes out at once; else it goes out in the turn in which the handler's promise settles.
pub(super) fn run(scope: &mut v8::PinScope<'_, '_>, call: Call) {
  let Call { id, entry, value, mut reply, credit, deadline, .. } = call;
  // The message leaves the mailbox here: its place is free.
  drop(credit);
  let state = state(scope);
  if let Err(error) = admit(state, &reply, deadline) {
    reply.send(Err(error));
    return;
  }
  v8::tc_scope!(let tc, scope);
  let Some((function, receiver)) = handler(tc, &entry) else {
    if tc.has_terminated() {
      state.calls.borrow_mut().insert(id, PendingCall::new(reply));
    } else {
      let error = AskError::not_delivered(Undelivered::NoSuchHandler(entry.to_string()), None);
      answer_or_bury(state, &entry, reply, error);
    }
    return;
  };
  reply.start();
  state.calls.borrow_mut().insert(id, PendingCall::new(reply));
  let Some(argument) = clone::deserialize(tc, &value) else {
    settle_with_exception(tc, id, &entry);
    return;
  };
  let frame_id = v8::Number::new(tc, id.0 as f64).into();
  let frame = v8::Array::new_with_elements(tc, &[frame_id]);
  let undefined: v8::Local<'_, v8::Value> = v8::undefined(tc).into();
  tc.set_continuation_preserved_embedder_data(frame.into());
  let result = function.call(tc, receiver, &[argument]);
  tc.set_continuation_preserved_embedder_data(undefined);
  let Some(result) = result else {
    settle_with_exception(tc, id, &entry);
    return;
  };
  let Ok(promise) = v8::Local::<v8::Promise>::try_from(result) else {
    fulfil(tc, id, result);
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
      if let Some(settle) = files::function(tc, "actor/settle_call", "settleCall") {
        let id = v8::Number::new(tc, id.0 as f64).into();
        settle.call(tc, undefined, &[promise.into(), id]);
      }
    }
  }
}

/// Whether a call may still begin.
fn admit(state: &State, reply: &Reply, deadline: Option<Instant>) -> Result<(), AskError> {
  if reply.is_abandoned() {
    return Err(AskError::Cancelled);
  }
  if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
    return Err(AskError::not_delivered(Undelivered::Expired, None));
  }
  let (used, allowed) = (state.calls.borrow().len() as u64 + 1, state.control.limits().pending_calls);
  if used > allowed {
    let exceeded = LimitExceeded { limit: LimitKind::PendingCalls, used, allowed };
    return Err(AskError::not_delivered(Undelivered::Refused(exceeded), None));
  }
  Ok(())
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
  entry: &str,
) {
  // Where the turn was terminated, its end answers with the reason.
  if tc.has_terminated() || !tc.has_caught() {
    return;
  }
  let (Some(exception), message) = (tc.exception(), tc.message()) else { return };
  tc.reset();
  let _ = entry;
  reject(tc, id, exception, message);
}

/// Answers the call `id` with `value`.
pub(super) fn fulfil(scope: &mut v8::PinScope<'_, '_>, id: CallId, value: v8::Local<'_, v8::Value>) {
  let state = state(scope);
  let Some(call) = state.calls.borrow_mut().remove(id) else { return };
  ended(scope, id, call.observed, None);
  if !call.reply.is_awaited() {
    return;
  }
  v8::tc_scope!(let tc, scope);
  match clone::serialize(tc, value, None) {
    Some(value) => {
      let receipt = call.receipt(state);
      call.reply.send(Ok(Replied { value, receipt }));
    }
    None if tc.has_terminated() => state.calls.borrow_mut().insert(id, call),
    None => {
      let why = tc.exception().map(|e| e.to_rust_string_lossy(tc)).unwrap_or_default();
      call.reply.send(Err(AskError::ReplyNotCloneable(EncodeError::data_clone(why))));
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
  let Some(call) = state.calls.borrow_mut().remove(id) else { return };
  ended(scope, id, call.observed, None);
  if call.reply.is_awaited() {
    let error = error::describe(scope, reason, message);
    call.reply.send(Err(AskError::Threw(error)));
  } else {
    // A tell has nobody to tell: its error is the isolate's own.
    error::report(scope, reason, message);
  }
}

/// Tells the signal of a call that has ended, if JavaScript has asked for it.
fn ended(scope: &mut v8::PinScope<'_, '_>, id: CallId, observed: bool, cancelled: Option<Cancel>) {
  let hook = state(scope).hooks.borrow().call_ended.clone();
  let Some(hook) = hook.filter(|_| observed) else { return };
  v8::tc_scope!(let tc, scope);
  let hook = v8::Local::new(tc, &hook);
  let undefined = v8::undefined(tc).into();
  let how = match cancelled {
    None => 0,
    Some(Cancel::Dropped) => 1,
    Some(Cancel::Deadline) => 2,
  };
  let args = [v8::Number::new(tc, id.0 as f64).into(), v8::Integer::new(tc, how).into()];
  hook.call(tc, undefined, &args);
}

/// Takes back a call that nobody waits for: its signal aborts, its handler goes on as it likes.
pub(super) fn cancel(scope: &mut v8::PinScope<'_, '_>, id: CallId, why: Cancel) {
  let Some(call) = state(scope).calls.borrow_mut().remove(id) else { return };
  let observed = call.observed;
  call.reply.send(Err(match why {
    Cancel::Dropped => AskError::Cancelled,
    Cancel::Deadline => AskError::Timeout {
      after_ms: u64::try_from(call.began.elapsed().as_millis()).unwrap_or(u64::MAX),
      started: true,
    },
  }));
  ended(scope, id, observed, Some(why));
}

/// Settles the promise of this isolate's request `number`.
pub(super) fn settle(scope: &mut v8::PinScope<'_, '_>, number: u64, outcome: Outcome) {
  let Some(resolver) = state(scope).asks.borrow_mut().remove(number) else { return };
  let resolver = v8::Local::new(scope, &resolver);
  v8::tc_scope!(let tc, scope);
  match outcome {
    Ok(replied) => match clone::deserialize(tc, &replied.value) {
      Some(value) => resolver.resolve(tc, value),
      None => {
        let Some(exception) = tc.exception().filter(|_| !tc.has_terminated()) else { return };
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
pub(super) fn entry_name(scope: &mut v8::PinScope<'_, '_>, name: v8::Local<'_, v8::Value>) -> Option<Entry> {
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

/// A child's description as JavaScript gave it: the specifier, or the source, and a bag of options.
pub(super) fn spawn_request(
  scope: &mut v8::PinScope<'_, '_>,
  specifier: v8::Local<'_, v8::Value>,
  source: v8::Local<'_, v8::Value>,
  options: v8::Local<'_, v8::Value>,
) -> Option<SpawnRequest> {
  let state = state(scope);
  let base = state.modules.borrow().main_url().unwrap_or_default();
  let specifier = specifier.to_rust_string_lossy(scope);
  let source = source.is_string().then(|| Source::new(source.to_rust_string_lossy(scope)));
  let url = match &source {
    Some(_) => specifier,
    None => match state.host().resolve(&specifier, &base) {
      Ok(url) => url,
      Err(why) => {
        error::throw_type_error(scope, &why.to_string());
        return None;
      }
    },
  };
  let options = v8::Local::<v8::Object>::try_from(options).ok();
  let option = |name: &str| {
    options.and_then(|options| files::get(scope, options, name)).filter(|value| !value.is_undefined())
  };
  let number = |name: &str| option(name).and_then(|value| value.number_value(scope)).map(|n| n as u64);
  let mut limits = state.control.limits().clone();
  let narrow = |limit: &mut u64, wanted: Option<u64>| *limit = wanted.map_or(*limit, |n| n.min(*limit));
  let defaults = nano_proto::Limits::default();
  narrow(&mut limits.heap_bytes, Some(number("heapBytes").unwrap_or(defaults.heap_bytes)));
  narrow(&mut limits.buffer_bytes, Some(number("bufferBytes").unwrap_or(defaults.buffer_bytes)));
  narrow(&mut limits.cpu_ms_per_call, Some(number("cpuMs").unwrap_or(defaults.cpu_ms_per_call)));
  narrow(&mut limits.wall_ms_per_call, Some(number("wallMs").unwrap_or(defaults.wall_ms_per_call)));
  narrow(&mut limits.mailbox, Some(number("mailbox").unwrap_or(defaults.mailbox)));
  Some(SpawnRequest {
    url,
    source,
    name: option("name").map(|name| name.to_rust_string_lossy(scope)),
    limits,
    linked: option("linked").is_some_and(|linked| linked.is_true()),
  })
}
