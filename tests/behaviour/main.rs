//! What nano does, seen from outside: one binary, since linking V8 is what costs.

mod api;
mod callee;
mod child_limits;
mod cli;
mod clock;
mod codec;
mod containment;
mod cpu_limit;
mod deadlines;
mod errors;
mod figures;
mod hostile;
mod javascript;
mod limits;
mod modules;
mod neighbour;
mod one_thread;
mod printed;
mod promises;
mod readme;
mod shared_bytes;
mod spawn;
mod stopping;
mod stuck;
mod supervise;
mod timeouts;
