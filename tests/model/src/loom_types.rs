//! Loom's types in the place of the standard library's and flume's.

use std::collections::VecDeque;

use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use loom::sync::{Condvar, Mutex, MutexGuard};
use std::sync::Arc;

use crate::inbox::Queue;
use crate::sync::{Flag, Kind, Lock, Number, Sleeper};

/// Loom takes a sequentially consistent load for an acquiring one, which may see an old value. A step that
/// reads and writes sees the latest, as the real thing does among its like: so every load here is one.
pub struct LoomFlag(AtomicBool);

impl Flag for LoomFlag {
    fn lowered() -> Self {
        Self(AtomicBool::new(false))
    }

    fn is_raised(&self) -> bool {
        self.0.fetch_or(false, Ordering::SeqCst)
    }

    fn set(&self, raised: bool) -> bool {
        self.0.swap(raised, Ordering::SeqCst)
    }
}

/// The same for a number, but for its glances, which may see any old value here too.
pub struct LoomNumber(AtomicU64);

impl Number for LoomNumber {
    fn zero() -> Self {
        Self(AtomicU64::new(0))
    }

    fn read(&self) -> u64 {
        self.0.fetch_add(0, Ordering::SeqCst)
    }

    fn write(&self, number: u64) {
        self.0.swap(number, Ordering::SeqCst);
    }

    fn glance(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn note(&self, number: u64) {
        self.0.store(number, Ordering::Release);
    }
}

impl<T> Lock<T> for Mutex<T> {
    type Guard<'a>
        = MutexGuard<'a, T>
    where
        T: 'a;

    fn on(value: T) -> Self {
        Self::new(value)
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        Mutex::lock(self).unwrap()
    }
}

/// A thread that can be woken. Loom's own would also be woken where it waits for a lock or for another's end.
#[derive(Clone)]
pub struct LoomThread(Arc<Token>);

struct Token {
    given: Mutex<bool>,
    changed: Condvar,
}

loom::thread_local! {
    static HERE: LoomThread = LoomThread(Arc::new(Token {
        given: Mutex::new(false),
        changed: Condvar::new(),
    }));
}

impl LoomThread {
    /// Waits for a token and takes it.
    pub fn park() {
        let Self(token) = Self::current();
        let mut given = Lock::lock(&token.given);
        while !*given {
            given = token.changed.wait(given).unwrap();
        }
        *given = false;
    }
}

impl Sleeper for LoomThread {
    fn current() -> Self {
        HERE.with(Self::clone)
    }

    fn wake(&self) {
        *Lock::lock(&self.0.given) = true;
        self.0.changed.notify_one();
    }
}

/// Loom's kind.
pub struct Loom;

impl Kind for Loom {
    type Flag = LoomFlag;
    type Number = LoomNumber;
    type Lock<T> = Mutex<T>;
    type Thread = LoomThread;
}

/// A queue whose every operation is one step, as flume's is under its lock.
pub struct LoomQueue(Mutex<VecDeque<u32>>);

impl LoomQueue {
    pub fn new() -> Self {
        Self(Mutex::new(VecDeque::new()))
    }
}

impl Queue<u32> for LoomQueue {
    fn push(&self, item: u32) {
        Lock::lock(&self.0).push_back(item);
    }

    fn pop(&self) -> Option<u32> {
        Lock::lock(&self.0).pop_front()
    }

    fn len(&self) -> usize {
        Lock::lock(&self.0).len()
    }
}
