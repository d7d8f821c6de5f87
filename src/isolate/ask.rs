//! Asks and tells from Rust, as futures that are built by degrees.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nano_proto::{
    AskError, CallId, EncodeError, ExitReason, LimitExceeded, LimitKind, Receipt, Undelivered,
    Value, from_value,
};
use serde::de::DeserializeOwned;

use super::{Cell, Credit, not_running};
use crate::engine;
use crate::exchange::{self, Call, Cancel, Outcome, Peer as _, Replied, Reply, ReplyTo};
use crate::runtime::{Late, Timers};

type Encoded = Result<Value, EncodeError>;
type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// An ask whose reply stays serialized. `.await` it.
#[must_use = "an ask does nothing until it is awaited"]
pub struct AskRaw {
    cell: Arc<Cell>,
    timers: Timers,
    entry: Arc<str>,
    argument: Encoded,
    timeout: Option<Duration>,
}

impl AskRaw {
    pub(crate) fn new(cell: Arc<Cell>, timers: Timers, entry: &str, argument: Encoded) -> Self {
        Self {
            cell,
            timers,
            entry: entry.into(),
            argument,
            timeout: None,
        }
    }

    /// Gives up after this time; without it, after the isolate's wall limit for a call.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The value and what the call cost.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn with_receipt(self) -> Result<(Value, Receipt), AskError> {
        let Replied { value, receipt } = self.run(true).await?;
        Ok((value, receipt))
    }

    async fn run(self, metered: bool) -> Outcome {
        let Self {
            cell,
            timers,
            entry,
            argument,
            timeout,
        } = self;
        let value = checked(&cell, argument)?;
        let wall = cell.control().limits().wall_per_call();
        let timeout = [timeout, wall].into_iter().flatten().min();
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let by_limit = wall.filter(|wall| timeout == Some(*wall));
        let late = |started| match by_limit {
            Some(_) => over_wall(cell.control().limits().wall_ms_per_call, started),
            None => AskError::Timeout {
                after_ms: timeout.map_or(0, |after| after.as_millis() as u64),
                started,
            },
        };
        let credit = match deadline {
            Some(deadline) => {
                let place = place(&cell, value.weight() as u64);
                timers
                    .until(deadline, place)
                    .await
                    .map_err(|Late| late(false))?
            }
            None => place(&cell, value.weight() as u64).await,
        };
        let credit = match credit {
            Ok(credit) => credit,
            Err(reason) => return Err(lost(reason, value)),
        };
        let (answer, mut answered) = exchange::answer();
        let id = engine::next_call_id();
        let call = Box::new(Call {
            id,
            entry,
            value,
            deadline,
            metered: metered.then(Instant::now),
            credit: None,
            reply: Reply::new(ReplyTo::Rust(answer)),
        });
        let mut guard = CancelOnDrop {
            cell: &cell,
            id,
            armed: true,
        };
        cell.send_with(call, credit);
        let exchange = async {
            match (&mut answered).await {
                Some(outcome) => outcome,
                None => Err(not_running(cell.gone().unwrap_or(ExitReason::Killed))),
            }
        };
        let outcome = match deadline {
            Some(deadline) => {
                let outcome = match timers.until(deadline, exchange).await {
                    Ok(outcome) => outcome,
                    Err(Late) => {
                        let started = answered.give_up();
                        cell.cancel(id, Cancel::Deadline);
                        answered.take().unwrap_or_else(|| Err(late(started)))
                    }
                };
                // The isolate may see the deadline pass before the caller's own clock does.
                outcome.map_err(|error| match error {
                    AskError::NotDelivered {
                        why: Undelivered::Expired,
                        ..
                    } => late(false),
                    AskError::Timeout { started, .. } => late(started),
                    error => error,
                })
            }
            None => exchange.await,
        };
        guard.armed = false;
        outcome
    }
}

impl IntoFuture for AskRaw {
    type Output = Result<Value, AskError>;
    type IntoFuture = Boxed<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.run(false).await?.value) })
    }
}

/// The error of an ask for which the isolate's wall time, of `allowed` ms, has been too short.
fn over_wall(allowed: u64, started: bool) -> AskError {
    let exceeded = LimitExceeded {
        limit: LimitKind::Wall,
        used: allowed,
        allowed,
    };
    match started {
        true => AskError::Limit(exceeded),
        false => AskError::not_delivered(Undelivered::Refused(exceeded), None),
    }
}

/// An ask. `.await` it.
#[must_use = "an ask does nothing until it is awaited"]
pub struct Ask<T> {
    raw: AskRaw,
    reply: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Ask<T> {
    pub(crate) fn new(raw: AskRaw) -> Self {
        Self {
            raw,
            reply: PhantomData,
        }
    }

    /// Gives up after this time; without it, after the isolate's wall limit for a call.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.raw = self.raw.timeout(timeout);
        self
    }

    /// The reply and what the call cost.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn with_receipt(self) -> Result<(T, Receipt), AskError> {
        let (value, receipt) = self.raw.with_receipt().await?;
        Ok((from_value(&value).map_err(AskError::Decode)?, receipt))
    }
}

impl<T: DeserializeOwned + 'static> IntoFuture for Ask<T> {
    type Output = Result<T, AskError>;
    type IntoFuture = Boxed<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(
            async move { from_value(&self.raw.run(false).await?.value).map_err(AskError::Decode) },
        )
    }
}

/// Takes the call back when the future of its ask is dropped.
struct CancelOnDrop<'a> {
    cell: &'a Cell,
    id: CallId,
    armed: bool,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        if self.armed {
            self.cell.cancel(self.id, Cancel::Dropped);
        }
    }
}

/// A tell. `.await` it.
#[must_use = "a tell does nothing until it is awaited"]
pub struct Tell {
    cell: Arc<Cell>,
    entry: Arc<str>,
    argument: Encoded,
}

impl Tell {
    pub(crate) fn new(cell: Arc<Cell>, entry: &str, argument: Encoded) -> Self {
        Self {
            cell,
            entry: entry.into(),
            argument,
        }
    }
}

impl IntoFuture for Tell {
    type Output = Result<(), AskError>;
    type IntoFuture = Boxed<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let value = checked(&self.cell, self.argument)?;
            match place(&self.cell, value.weight() as u64).await {
                Ok(credit) => {
                    self.cell.send_with(message(self.entry, value), credit);
                    Ok(())
                }
                Err(reason) => Err(lost(reason, value)),
            }
        })
    }
}

/// Sends without waiting.
pub(crate) fn try_tell(cell: &Cell, entry: &str, argument: Encoded) -> Result<(), AskError> {
    let value = checked(cell, argument)?;
    let Some(credit) = cell.credits().try_take(value.weight() as u64) else {
        if let Some(reason) = cell.gone() {
            return Err(lost(reason, value));
        }
        let why = Undelivered::MailboxFull {
            allowed: cell.credits().capacity(),
        };
        return Err(AskError::not_delivered(why, value));
    };
    if let Some(reason) = cell.gone() {
        return Err(lost(reason, value));
    }
    cell.send_with(message(entry.into(), value), credit);
    Ok(())
}

fn message(entry: Arc<str>, value: Value) -> Box<Call> {
    let reply = Reply::new(ReplyTo::Nobody);
    Box::new(Call {
        id: engine::next_call_id(),
        entry,
        value,
        deadline: None,
        metered: None,
        credit: None,
        reply,
    })
}

/// The value, if it was encoded and is not too large for the isolate.
fn checked(cell: &Cell, argument: Encoded) -> Result<Value, AskError> {
    let value =
        argument.map_err(|error| AskError::not_delivered(Undelivered::Encode(error), None))?;
    let allowed = cell.control().limits().message_bytes;
    match LimitKind::Message.check(value.len() as u64, allowed) {
        Ok(()) => Ok(value),
        Err(exceeded) => Err(AskError::not_delivered(
            Undelivered::TooLarge(exceeded),
            value,
        )),
    }
}

/// The error of a message to an isolate that has ended, with the message given back.
fn lost(reason: ExitReason, value: Value) -> AskError {
    AskError::not_delivered(Undelivered::NotRunning(Some(Box::new(reason))), value)
}

/// A place in the mailbox for a message of `bytes`, when there is one; `Err` where the isolate has ended.
async fn place(cell: &Cell, bytes: u64) -> Result<Credit, ExitReason> {
    if let Some(reason) = cell.gone() {
        return Err(reason);
    }
    match cell.credits().try_take(bytes) {
        Some(credit) => Ok(credit),
        None => cell.credits().take_when_free(bytes).await,
    }
}
