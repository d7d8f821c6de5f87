//! What nano does, seen from outside: one binary, since linking V8 is what costs.

mod codec;
mod hostile;
mod javascript;
mod neighbour;
mod api;
mod promises;
mod supervise;
mod cli;
mod errors;
mod modules;
