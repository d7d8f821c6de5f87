//! The inbox protocol and the hand-over between shards, run under the model checker loom: every order of
//! their atomic steps, on all threads, within its bounds.
//!
//! The inbox is `src/isolate/inbox.rs` itself, included by its path, over loom's types. The shard's hand-over
//! is modelled step by step, since its queue lives among threads and V8.
#![cfg(test)]

#[path = "../../../src/isolate/inbox.rs"]
#[allow(dead_code, missing_docs)]
mod inbox;

mod hand_over;
mod inbox_protocol;
mod loom_types;
