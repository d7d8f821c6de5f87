//! What is said inside one process: a file per conversation, plain data without runtime types.

mod isolate;

pub use isolate::{Ask, Receipt, Stats};
