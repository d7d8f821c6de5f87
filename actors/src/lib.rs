//! The actors that serve every isolate of a process: they own what takes time, and no V8.
//!
//! An isolate asks with a call that never waits, and is answered with a push into its inbox. What
//! it sees is this crate's types; that a [kameo](https://docs.rs/kameo) actor stands behind them
//! stays inside. Start at [`clock`].

#![forbid(unsafe_code)]

pub mod clock;

pub use clock::{Clock, ClockHandle, Wake};
