//! By how much a turn has made the process grow. What V8 and its libraries allocate natively is seen in no other way.

use crate::engine::{Control, OsThread};
use crate::machine;

/// The process's memory, and the part of it that a thread has had, by its page faults.
#[derive(Clone, Copy, Debug, Default)]
struct Memory {
    resident: Option<u64>,
    faulted: Option<u64>,
}

/// What there was when a turn was first looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Before {
    /// Who runs it.
    thread: Option<OsThread>,
    memory: Memory,
    /// What its isolate used for sure, in bytes.
    used: u64,
}

/// By how much a figure has grown, where both are known.
fn grown(now: Option<u64>, before: Option<u64>) -> Option<u64> {
    Some(now?.saturating_sub(before?))
}

impl Memory {
    fn of(thread: Option<OsThread>) -> Self {
        Self {
            resident: machine::resident_bytes(),
            faulted: thread.and_then(|thread| machine::faulted_bytes(thread.id())),
        }
    }

    /// By how much the process has grown since, as far as the thread can have made it: others of the process
    /// allocate too.
    fn grown_since(self, before: Self) -> u64 {
        let resident = grown(self.resident, before.resident).unwrap_or(0);
        grown(self.faulted, before.faulted).map_or(resident, |faulted| faulted.min(resident))
    }
}

impl Before {
    /// What there is now that a turn of this isolate's is looked at, which this thread runs.
    pub fn of(thread: Option<OsThread>, isolate: Option<&Control>) -> Self {
        Self {
            thread,
            memory: Memory::of(thread),
            used: isolate.map_or(0, Control::used_bytes),
        }
    }

    /// By how many bytes the process has grown since, as far as the turn can have made it.
    pub fn grown(&self) -> u64 {
        Memory::of(self.thread).grown_since(self.memory)
    }

    /// The same, where what others have made it grow by can be told from it.
    pub fn grown_alone(&self) -> Option<u64> {
        let now = Memory::of(self.thread);
        now.faulted?;
        self.memory.faulted?;
        Some(now.grown_since(self.memory))
    }

    /// What the isolate used for sure, in bytes: nothing that the turn could touch for the first time.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// The process's memory, in bytes, where it is known.
    pub fn resident(&self) -> Option<u64> {
        self.memory.resident
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_charged_for_no_more_than_it_has_touched() {
        let before = Memory {
            resident: Some(100),
            faulted: Some(10),
        };
        let now = |resident, faulted| Memory { resident, faulted };
        assert_eq!(now(Some(150), Some(30)).grown_since(before), 20);
        assert_eq!(now(Some(150), Some(90)).grown_since(before), 50);
        assert_eq!(now(Some(150), None).grown_since(before), 50);
        assert_eq!(now(Some(90), Some(30)).grown_since(before), 0);
        assert_eq!(now(None, Some(30)).grown_since(before), 0);
    }
}
