//! The protocols between threads, run under the model checker loom: every order of their atomic steps, on all
//! threads, within its bounds.
//!
//! They are the runtime's own files, included by their paths, over loom's types: an isolate's inbox, a shard's
//! queue with its parking, and a shard's turns. Where a test holds an `Arc`, it is the standard library's: loom's
//! own aborts the process where a model fails, instead of naming the test.
#![cfg(test)]

#[path = "../../../src/isolate/inbox.rs"]
#[allow(dead_code, missing_docs)]
mod inbox;
#[path = "../../../src/sync.rs"]
#[allow(dead_code, missing_docs)]
mod sync;

#[path = "../../../src/schedule"]
#[allow(dead_code, missing_docs)]
mod schedule {
    pub mod parking;
    pub mod run_queue;
    pub mod turns;
}

mod giving_up;
mod hand_over;
mod inbox_protocol;
mod loom_types;

/// Runs `run` in every order with at most so many switches of thread that no step forces.
fn explore(run: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(run);
}
