//! Names of isolates: one isolate a name, until it ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nano_proto::IsolateId;

use crate::error::RegisterError;
use crate::isolate::{Cell, Lineage};

/// The names of a runtime. An entry holds the isolate's address with its generation, so that the
/// end of an earlier bearer never takes the name from a later one.
#[derive(Default)]
pub(crate) struct Registry(Mutex<HashMap<String, Arc<Cell>>>);

impl Registry {
    fn names(&self) -> MutexGuard<'_, HashMap<String, Arc<Cell>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives `cell` the name.
    pub fn register(&self, name: &str, cell: &Arc<Cell>) -> Result<(), RegisterError> {
        let mut names = self.names();
        if cell.gone().is_some() {
            return Err(RegisterError::Ended(name.into()));
        }
        if let Some(bearer) = names.get(name)
            && bearer.gone().is_none()
            && !bearer.is_same(cell)
        {
            return Err(RegisterError::Taken(name.into()));
        }
        names.insert(name.into(), cell.clone());
        Ok(())
    }

    /// The isolate of this name.
    pub fn lookup(&self, name: &str) -> Option<Arc<Cell>> {
        self.names()
            .get(name)
            .filter(|cell| cell.gone().is_none())
            .cloned()
    }

    /// Takes all names from the isolate of this address, unless another incarnation may follow.
    pub fn forget(&self, id: IsolateId) {
        self.names()
            .retain(|_, cell| cell.id() != id || cell.lineage().is_some());
    }

    /// Takes all names from a supervised isolate that is not restarted any more.
    pub fn forget_lineage(&self, lineage: &Arc<Lineage>) {
        self.names()
            .retain(|_, cell| !cell.lineage().is_some_and(|of| Arc::ptr_eq(of, lineage)));
    }
}
