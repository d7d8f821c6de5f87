//! What nano does, through its public API: a file per subject.

mod api;
mod promises;
mod supervise;
