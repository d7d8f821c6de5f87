//! An isolate whose start somebody waits for.

use std::sync::Arc;

use nano_proto::ExitReason;

use crate::isolate::Cell;

/// Ends the isolate when it is dropped before the start is over: nobody has a handle of it yet.
pub(crate) struct Starting {
    cell: Arc<Cell>,
    is_over: bool,
}

impl Starting {
    pub fn new(cell: Arc<Cell>) -> Self {
        Self {
            cell,
            is_over: false,
        }
    }

    /// The start is over, one way or the other.
    pub fn done(mut self) {
        self.is_over = true;
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        // One that is supervised may have started meanwhile: it is not started anew.
        if let Some(lineage) = self.cell.lineage() {
            lineage.retire();
        }
        self.cell.current().stop(ExitReason::Killed);
    }
}
