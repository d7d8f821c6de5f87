//! Runtimes with one isolate thread, on which isolates wait for one another.

use nano::Runtime;

/// One as the builder makes it.
pub fn runtime() -> Runtime {
    Runtime::builder()
        .isolate_threads(1)
        .build()
        .expect("a runtime")
}

/// One that keeps so many isolates ready.
pub fn with_spares(spares: usize) -> Runtime {
    Runtime::builder()
        .isolate_threads(1)
        .warm_spares(spares)
        .build()
        .expect("a runtime")
}
