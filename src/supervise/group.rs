//! Groups of isolates that are told the same.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nano_proto::{AskError, EncodeError, Undelivered, Value};
use serde::Serialize;

use crate::error::OtherRuntime;
use crate::isolate::{ActorRef, Cell};
use crate::runtime::Inner;

/// The groups of a runtime.
#[derive(Default)]
pub(crate) struct Groups(Mutex<HashMap<String, Vec<Arc<Cell>>>>);

impl Groups {
    fn by_name(&self) -> MutexGuard<'_, HashMap<String, Vec<Arc<Cell>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What became of a broadcast, member by member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Broadcast {
    /// In how many mailboxes the message lies.
    pub delivered: usize,
    /// How many mailboxes were full; those members did not get it.
    pub full: usize,
    /// How many members had ended; they have left the group.
    pub dead: usize,
    /// For how many it was larger than their limit on a message.
    pub too_large: usize,
}

/// A group of isolates by name, from [`crate::Runtime::group`]. It exists while it has members;
/// those that end leave it.
///
/// ```
/// use nano::{ActorSpec, Runtime};
///
/// let runtime = Runtime::new()?;
/// runtime.block_on(async {
///   let group = runtime.group("listeners");
///   let source = "let heard; export const hear = (x) => { heard = x }; export const last = () => heard;";
///   let (one, two) =
///     (runtime.spawn(ActorSpec::source(source)).await?, runtime.spawn(ActorSpec::source(source)).await?);
///   group.join(&one)?;
///   group.join(&two)?;
///   two.stop(std::time::Duration::from_secs(1)).await;
///   let report = group.broadcast("hear", "news")?;
///   assert_eq!((report.delivered, report.dead), (1, 1));
///   assert_eq!(one.ask::<String>("last", &()).await?, "news");
///   Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Group {
    name: Arc<str>,
    inner: Arc<Inner>,
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Group").field(&self.name).finish()
    }
}

const _: () = {
    const fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<Group>();
};

impl Group {
    pub(crate) fn new(name: &str, inner: Arc<Inner>) -> Self {
        Self {
            name: name.into(),
            inner,
        }
    }

    /// The group's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes `actor` a member, once, unless it has ended. A supervised isolate stays one when it is
    /// restarted.
    ///
    /// # Errors
    /// [`OtherRuntime`] where it is an isolate of another runtime than the group's.
    pub fn join(&self, actor: &ActorRef) -> Result<(), OtherRuntime> {
        if !actor.is_of(&self.inner) {
            return Err(OtherRuntime { id: actor.id() });
        }
        let mut groups = self.inner.groups.by_name();
        let members = groups.entry(self.name.to_string()).or_default();
        members.retain(|cell| cell.gone().is_none());
        if !members.iter().any(|cell| cell.is_same(actor.cell())) && actor.is_alive() {
            members.push(actor.cell().clone());
        }
        if members.is_empty() {
            groups.remove(&*self.name);
        }
        Ok(())
    }

    /// Ends the membership of `actor`. Returns whether it was a member.
    pub fn leave(&self, actor: &ActorRef) -> bool {
        if !actor.is_of(&self.inner) {
            return false;
        }
        let mut groups = self.inner.groups.by_name();
        let Some(members) = groups.get_mut(&*self.name) else {
            return false;
        };
        let before = members.len();
        members.retain(|cell| !cell.is_same(actor.cell()));
        let left = members.len() < before;
        if members.is_empty() {
            groups.remove(&*self.name);
        }
        left
    }

    /// The members that have not ended, in the order in which they joined.
    pub fn members(&self) -> Vec<ActorRef> {
        let groups = self.inner.groups.by_name();
        let members = groups
            .get(&*self.name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let alive = members.iter().filter(|cell| cell.gone().is_none());
        alive
            .map(|cell| ActorRef::new(cell.clone(), self.inner.clone()))
            .collect()
    }

    /// Tells the export `entry` of every member the same, without waiting: a member whose mailbox is
    /// full does not get it.
    ///
    /// # Errors
    /// [`EncodeError`] where `argument` cannot be a message; then nobody got it.
    pub fn broadcast(
        &self,
        entry: &str,
        argument: &(impl Serialize + ?Sized),
    ) -> Result<Broadcast, EncodeError> {
        Ok(self.broadcast_raw(entry, nano_proto::to_value(argument)?))
    }

    /// The same with a value that is serialized already.
    pub fn broadcast_raw(&self, entry: &str, argument: Value) -> Broadcast {
        let members = {
            let mut groups = self.inner.groups.by_name();
            let Some(members) = groups.get_mut(&*self.name) else {
                return Broadcast::default();
            };
            let all = members.clone();
            members.retain(|cell| cell.gone().is_none());
            if members.is_empty() {
                groups.remove(&*self.name);
            }
            all
        };
        let mut report = Broadcast::default();
        for cell in members {
            match crate::isolate::try_tell(&cell, entry, Ok(argument.clone())) {
                Ok(()) => report.delivered += 1,
                Err(AskError::NotDelivered {
                    why: Undelivered::MailboxFull { .. },
                    ..
                }) => report.full += 1,
                Err(AskError::NotDelivered {
                    why: Undelivered::TooLarge(_),
                    ..
                }) => report.too_large += 1,
                Err(_) => report.dead += 1,
            }
        }
        report
    }
}
