//! Names of isolates: one isolate a name, until it ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nano_proto::IsolateId;

use crate::error::RegisterError;
use crate::isolate::Cell;

/// The names of a runtime. An entry holds the isolate's address with its generation, so that the end of
/// an earlier bearer never takes the name from a later one.
#[derive(Default)]
pub(crate) struct Registry(Mutex<HashMap<String, Arc<Cell>>>);

impl Registry {
  fn names(&self) -> MutexGuard<'_, HashMap<String, Arc<Cell>>> {
    self.0.lock().unwrap_or_else(PoisonError::into_inner)
  }

  /// Gives `cell` the name.
  pub fn register(&self, name: &str, cell: &Arc<Cell>) -> Result<(), RegisterError> {
    let mut names = self.names();
    if cell.ending().reason().is_some() {
      return Err(RegisterError::Ended(name.into()));
    }
    if let Some(bearer) = names.get(name)
      && bearer.ending().reason().is_none()
      && bearer.id() != cell.id()
    {
      return Err(RegisterError::Taken(name.into()));
    }
    names.insert(name.into(), cell.clone());
    Ok(())
  }

  /// The isolate of this name.
  pub fn lookup(&self, name: &str) -> Option<Arc<Cell>> {
    self.names().get(name).filter(|cell| cell.ending().reason().is_none()).cloned()
  }

  /// Takes all names from the isolate of this address.
  pub fn forget(&self, id: IsolateId) {
    self.names().retain(|_, cell| cell.id() != id);
  }
}
