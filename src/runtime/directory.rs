//! Which isolates live, by address.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use nano_proto::{ExitReason, IsolateId, LimitKind};
use tokio::sync::watch;

use crate::engine::{Room, room_for_isolate};
use crate::error::SpawnError;
use crate::exchange::{Ended, Peer};
use crate::isolate::Cell;
use crate::machine;

#[derive(Default)]
struct Table {
    cells: HashMap<IsolateId, Arc<Cell>>,
    /// Those that ended last, oldest first, so that a late reference finds out why, or the next
    /// incarnation.
    ended: HashMap<IsolateId, Arc<dyn Peer>>,
    order: VecDeque<IsolateId>,
    /// Index parts of addresses that are free again, with the generation to use next.
    free: Vec<(u32, u32)>,
    next: u32,
    reserved: u64,
    closed: bool,
}

/// The living isolates of a runtime, and how many there may be.
pub(crate) struct Directory {
    table: RwLock<Table>,
    ceiling: u64,
    /// Raised when the runtime shuts down.
    closing: watch::Sender<bool>,
    /// How many supervisors live. A shutdown waits for them.
    supervisors: watch::Sender<u64>,
}

impl Directory {
    /// A directory of at most `ceiling` isolates.
    pub fn new(ceiling: u64) -> Self {
        Self {
            table: RwLock::default(),
            ceiling,
            closing: watch::Sender::new(false),
            supervisors: watch::Sender::new(0),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// An address for a new isolate, and room for what V8 reserves for it.
    ///
    /// # Errors
    /// The ceiling is reached, the process has too many mappings, too few addresses or too little memory is left, or
    /// the runtime is shutting down.
    pub fn reserve(&self) -> Result<(IsolateId, Room), SpawnError> {
        let mut table = self.write();
        if table.closed {
            return Err(SpawnError::ShuttingDown);
        }
        let room = LimitKind::Isolates
            .check(table.reserved + 1, self.ceiling)
            .and_then(|()| room_for_isolate())
            .and_then(|room| machine::room_for_isolate().map(|()| room))
            .map_err(SpawnError::Refused)?;
        table.reserved += 1;
        let (index, generation) = table.free.pop().unwrap_or_else(|| {
            table.next += 1;
            (table.next, 0)
        });
        Ok((IsolateId::new(index, generation), room))
    }

    /// Enters an isolate under the address it was given; false where the runtime is shutting down.
    pub fn insert(&self, cell: &Arc<Cell>) -> bool {
        let mut table = self.write();
        table.cells.insert(cell.id(), cell.clone());
        !table.closed
    }

    /// Takes an isolate out; its address may be used again in another generation.
    pub fn remove(&self, id: IsolateId, reason: &ExitReason) {
        let gone = {
            let mut table = self.write();
            let gone = table.cells.remove(&id);
            if gone.is_some() {
                table.reserved -= 1;
                table
                    .free
                    .push((id.index(), id.generation().wrapping_add(1)));
            }
            let forgotten = gone.as_ref().and_then(|cell| {
                let trace: Arc<dyn Peer> = match cell.lineage() {
                    Some(_) => cell.clone(),
                    None => Arc::new(Ended::known(id, reason.clone())),
                };
                table.ended.insert(id, trace);
                table.order.push_back(id);
                let oldest = if table.order.len() > REMEMBERED {
                    table.order.pop_front()
                } else {
                    None
                };
                oldest.and_then(|oldest| table.ended.remove(&oldest))
            });
            (gone, forgotten)
        };
        drop(gone);
    }

    /// The isolate of this address.
    pub fn find(&self, id: IsolateId) -> Option<Arc<Cell>> {
        self.read().cells.get(&id).cloned()
    }

    /// What is known of an isolate that ended lately.
    pub fn find_ended(&self, id: IsolateId) -> Option<Arc<dyn Peer>> {
        self.read().ended.get(&id).cloned()
    }

    /// Whether the runtime is shutting down.
    pub fn is_closed(&self) -> bool {
        self.read().closed
    }

    /// How many isolates live.
    pub fn len(&self) -> usize {
        self.read().cells.len()
    }

    /// Refuses new isolates, and returns those that live.
    pub fn close(&self) -> Vec<Arc<Cell>> {
        let cells = {
            let mut table = self.write();
            table.closed = true;
            table.cells.values().cloned().collect()
        };
        // Whoever hears of it finds the directory closed.
        self.closing.send_replace(true);
        cells
    }

    /// Whether the runtime shuts down, for those who wait for that.
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// A supervisor has begun.
    pub fn add_supervisor(&self) {
        self.supervisors.send_modify(|count| *count += 1);
    }

    /// A supervisor has ended.
    pub fn remove_supervisor(&self) {
        self.supervisors.send_modify(|count| *count -= 1);
    }

    /// Waits until no supervisor lives.
    pub async fn supervisors_done(&self) {
        // The sender is this directory's: it does not go away meanwhile.
        let _ = self
            .supervisors
            .subscribe()
            .wait_for(|&count| count == 0)
            .await;
    }
}

/// How many isolates that ended are remembered.
const REMEMBERED: usize = 1_024;
/// Mappings that V8 makes for one isolate, with a margin for those it adds later.
const MAPPINGS_EACH: u64 = 9;
/// Memory that an idle isolate takes, in bytes, with a margin.
const BYTES_EACH: u64 = 3 << 19;

/// How many isolates this machine bears: past the kernel's limit on mappings V8 would abort the process.
pub(crate) fn machine_ceiling() -> u64 {
    let by_mappings = machine::max_mappings() / 4 * 3 / MAPPINGS_EACH;
    let by_memory = machine::available_bytes().map_or(u64::MAX, |bytes| bytes / BYTES_EACH);
    by_mappings.min(by_memory).max(1)
}
