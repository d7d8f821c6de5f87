//! What nano does, seen from outside: one binary, since linking V8 is what costs.

mod api;
mod cli;
mod codec;
mod errors;
mod hostile;
mod javascript;
mod limits;
mod modules;
mod neighbour;
mod promises;
mod readme;
mod shared_bytes;
mod spawn;
mod supervise;
