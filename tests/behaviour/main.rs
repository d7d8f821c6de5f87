//! What nano does, seen from outside: one binary, since linking V8 is what costs.

mod cli;
mod errors;
mod modules;
