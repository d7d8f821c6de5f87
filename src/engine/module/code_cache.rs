//! V8's code caches of user modules, shared by all isolates of the process, keyed by content.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::loader::Source;

/// The bytes of source and cache that are kept at most.
const BUDGET: usize = 64 << 20;

struct Cached {
    seen: u32,
    code: Option<Arc<[u8]>>,
}

#[derive(Default)]
struct Caches {
    by_source: HashMap<Arc<str>, Cached>,
    bytes: usize,
}

fn caches() -> MutexGuard<'static, Caches> {
    static CACHES: OnceLock<Mutex<Caches>> = OnceLock::new();
    CACHES
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

/// The cache for `source`, if one was made.
pub(super) fn find(source: &Source) -> Option<Arc<[u8]>> {
    let text = source.shared_text()?;
    let mut caches = caches();
    if let Some(cached) = caches.by_source.get_mut(&*text) {
        cached.seen = cached.seen.saturating_add(1);
        return cached.code.clone();
    }
    let size = text.len();
    if caches.bytes + size > BUDGET {
        caches.by_source.clear();
        caches.bytes = 0;
    }
    if size <= BUDGET / 8 {
        caches.bytes += size;
        caches.by_source.insert(
            text,
            Cached {
                seen: 1,
                code: None,
            },
        );
    }
    None
}

/// Offers the code of a module that has been evaluated: it is kept from the second isolate on that
/// ran the same source, so that a module which runs once costs nothing.
pub(super) fn offer(source: &str, make: impl FnOnce() -> Option<Vec<u8>>) {
    let wanted = caches()
        .by_source
        .get(source)
        .is_some_and(|cached| cached.seen >= 2 && cached.code.is_none());
    if !wanted {
        return;
    }
    let Some(code) = make() else { return };
    let mut caches = caches();
    let Some(cached) = caches.by_source.get_mut(source) else {
        return;
    };
    let size = code.len();
    cached.code = Some(code.into());
    caches.bytes += size;
}
