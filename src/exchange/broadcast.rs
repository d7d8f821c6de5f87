//! Broadcast channels (HTML, "broadcasting to other browsing contexts"): everybody in a runtime who listens to one name.
//!
//! A message is serialized once and lies in each member's own queue, so that who is slow holds up nobody: a member that has
//! no room for it is told that it has missed something.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nano_proto::Value;

use super::channel::release;
use super::slot::{Content, Holder, Posted, Slot};

/// A name as JavaScript has it, in UTF-16; all members of a topic share one.
type Name = Arc<[u16]>;

/// What a member takes besides its name, roughly, in bytes: its places in tables, and its topic's.
const MEMBER_BYTES: usize = 512;

/// What a member whose name is so long weighs, in bytes. Each pays for the whole name, since nobody knows who is the last
/// to have it.
pub fn weight_of_member(units: usize) -> usize {
    units
        .saturating_mul(size_of::<u16>())
        .saturating_add(MEMBER_BYTES)
}

/// All broadcast channels of a runtime.
#[derive(Default)]
pub struct Broadcasts(Mutex<HashMap<Name, Arc<Topic>>>);

/// One name.
#[derive(Default)]
struct Topic(Mutex<Members>);

/// The members of a topic by their numbers, which tell in which order they were made: a program may have very many, and
/// all of them leave one by one.
#[derive(Default)]
struct Members {
    places: BTreeMap<u64, Arc<Place>>,
    /// The number of the next one.
    next: u64,
}

#[derive(Default)]
struct Place(Mutex<Slot>);

impl Place {
    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Topic {
    fn members(&self) -> MutexGuard<'_, Members> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One that listens to a name and speaks to the others. It leaves when this is dropped.
pub struct Member {
    all: Arc<Broadcasts>,
    name: Name,
    topic: Arc<Topic>,
    place: Arc<Place>,
    number: u64,
    /// What the isolate pays with.
    _charge: Box<dyn Any + Send>,
}

impl Broadcasts {
    fn topics(&self) -> MutexGuard<'_, HashMap<Name, Arc<Topic>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new member, held by `holder`, for which somebody pays with `charge`.
    pub fn join(
        self: &Arc<Self>,
        name: Name,
        charge: Box<dyn Any + Send>,
        holder: Holder,
    ) -> Member {
        let place = Arc::<Place>::default();
        {
            let mut slot = place.slot();
            slot.hold(holder);
            slot.enable();
        }
        let mut topics = self.topics();
        let name = match topics.get_key_value(&name) {
            Some((known, _)) => known.clone(),
            None => name,
        };
        let topic = topics.entry(name.clone()).or_default().clone();
        let number = {
            let mut members = topic.members();
            let number = members.next;
            members.next += 1;
            members.places.insert(number, place.clone());
            number
        };
        drop(topics);
        Member {
            all: self.clone(),
            name,
            topic,
            place,
            number,
            _charge: charge,
        }
    }
}

impl Member {
    /// Sends to all others.
    pub fn post(&self, value: &Value) {
        let mut nudges = Vec::new();
        {
            // While it is held everybody gets messages in one order.
            let members = self.topic.members();
            let others = |number: &u64| *number != self.number;
            for (_, place) in members.places.iter().filter(|(number, _)| others(number)) {
                let mut slot = place.slot();
                let content = match slot.has_room() {
                    Ok(()) => Content::Message(value.clone()),
                    Err(_) if slot.has_lost() => continue,
                    Err(_) => Content::Lost,
                };
                // An error would be a member that has left.
                let nudge = slot.put(Posted::new(content, None)).ok().flatten();
                nudges.extend(nudge);
            }
        }
        for nudge in nudges {
            nudge.send();
        }
    }

    /// The first message that came.
    pub fn take(&self) -> Option<Content> {
        self.place.slot().take()?.into_content()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        {
            let mut topics = self.all.topics();
            let mut members = self.topic.members();
            members.places.remove(&self.number);
            if members.places.is_empty() {
                topics.remove(&self.name);
            }
        }
        let left = self.place.slot().close();
        release(left);
    }
}
