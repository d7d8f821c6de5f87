//! What nano does, through its public API: a file per subject.

mod promises;
mod supervise;
