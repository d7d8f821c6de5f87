//! Names of isolates: one isolate a name, until it ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nano_proto::IsolateId;

use crate::error::{MAX_NAME_BYTES, RegisterError};
use crate::isolate::{Cell, Lineage};

/// The names of a runtime. An entry holds the isolate's address with its generation, so that the
/// end of an earlier bearer never takes the name from a later one.
#[derive(Default)]
pub(crate) struct Registry(Mutex<Names>);

#[derive(Default)]
struct Names {
    bearers: HashMap<String, Arc<Cell>>,
    /// How many names each isolate has, by its mailbox, which all its incarnations share.
    counts: HashMap<IsolateId, usize>,
}

/// How many names one isolate may have.
const MOST: usize = 1_000;

impl Names {
    /// Takes the names from those of whom `is_gone` is true.
    fn forget(&mut self, is_gone: impl Fn(&Cell) -> bool) {
        let counts = &mut self.counts;
        self.bearers.retain(|_, cell| {
            let goes = is_gone(cell);
            if goes {
                release(counts, cell);
            }
            !goes
        });
    }
}

/// One name of `cell`'s fewer.
fn release(counts: &mut HashMap<IsolateId, usize>, cell: &Cell) {
    let mailbox = cell.credits().owner();
    if let Some(count) = counts.get_mut(&mailbox) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&mailbox);
        }
    }
}

impl Registry {
    fn names(&self) -> MutexGuard<'_, Names> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives `cell` the name.
    pub fn register(&self, name: &str, cell: &Arc<Cell>) -> Result<(), RegisterError> {
        if name.len() > MAX_NAME_BYTES {
            return Err(RegisterError::TooLong(name.len()));
        }
        let mut names = self.names();
        let Names { bearers, counts } = &mut *names;
        if cell.gone().is_some() {
            return Err(RegisterError::Ended(name.into()));
        }
        if let Some(bearer) = bearers.get_mut(name) {
            if bearer.is_same(cell) {
                *bearer = cell.clone();
                return Ok(());
            }
            if bearer.gone().is_none() {
                return Err(RegisterError::Taken(name.into()));
            }
        }
        let count = counts.entry(cell.credits().owner()).or_default();
        if *count == MOST {
            return Err(RegisterError::TooMany(name.into()));
        }
        *count += 1;
        if let Some(before) = bearers.insert(name.into(), cell.clone()) {
            release(counts, &before);
        }
        Ok(())
    }

    /// The isolate of this name.
    pub fn lookup(&self, name: &str) -> Option<Arc<Cell>> {
        self.names()
            .bearers
            .get(name)
            .filter(|cell| cell.gone().is_none())
            .cloned()
    }

    /// Takes all names from the isolate of this address, unless another incarnation may follow.
    pub fn forget(&self, id: IsolateId) {
        self.names()
            .forget(|cell| cell.id() == id && cell.lineage().is_none());
    }

    /// Takes all names from a supervised isolate that is not restarted any more.
    pub fn forget_lineage(&self, lineage: &Arc<Lineage>) {
        self.names()
            .forget(|cell| cell.lineage().is_some_and(|of| Arc::ptr_eq(of, lineage)));
    }
}
