//! What threads share, one step at a time: flags, numbers, locks, and threads that can be woken.
//!
//! The protocols between threads are written over these, so that a model checker can run the very same code
//! with a substitute for each.

use std::ops::DerefMut;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::Thread;

/// A flag that threads share.
pub trait Flag {
    /// A flag that is down.
    fn lowered() -> Self;
    /// Reads it.
    fn is_raised(&self) -> bool;
    /// Sets it and returns what it was.
    fn set(&self, raised: bool) -> bool;
}

impl Flag for AtomicBool {
    fn lowered() -> Self {
        Self::new(false)
    }

    fn is_raised(&self) -> bool {
        self.load(Ordering::SeqCst)
    }

    fn set(&self, raised: bool) -> bool {
        self.swap(raised, Ordering::SeqCst)
    }
}

/// A number that threads share.
pub trait Number {
    /// The number 0.
    fn zero() -> Self;
    /// Reads it, in one order with every other read and write.
    fn read(&self) -> u64;
    /// Writes it, in one order with every other read and write.
    fn write(&self, number: u64);
    /// Reads it where an old value does no harm, or under the lock under which it is noted.
    fn glance(&self) -> u64;
    /// Writes it for those who glance. Who sees it sees all that came before it.
    fn note(&self, number: u64);
}

impl Number for AtomicU64 {
    fn zero() -> Self {
        Self::new(0)
    }

    fn read(&self) -> u64 {
        self.load(Ordering::SeqCst)
    }

    fn write(&self, number: u64) {
        self.store(number, Ordering::SeqCst);
    }

    fn glance(&self) -> u64 {
        self.load(Ordering::Relaxed)
    }

    fn note(&self, number: u64) {
        self.store(number, Ordering::Release);
    }
}

/// A value that one thread at a time may touch.
pub trait Lock<T> {
    /// The right to touch it.
    type Guard<'a>: DerefMut<Target = T>
    where
        Self: 'a;
    /// A lock on `value`.
    fn on(value: T) -> Self;
    /// Waits for the right.
    fn lock(&self) -> Self::Guard<'_>;
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
        Mutex::lock(self).unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread that can be woken.
pub trait Sleeper {
    /// The calling thread.
    fn current() -> Self;
    /// Wakes it, or has it not fall asleep the next time.
    fn wake(&self);
}

impl Sleeper for Thread {
    fn current() -> Self {
        std::thread::current()
    }

    fn wake(&self) {
        self.unpark();
    }
}

/// One kind of all of them.
pub trait Kind {
    /// Its flags.
    type Flag: Flag;
    /// Its numbers.
    type Number: Number;
    /// Its locks.
    type Lock<T>: Lock<T>;
    /// Its threads.
    type Thread: Sleeper;
}

/// The standard library's.
pub struct Std;

impl Kind for Std {
    type Flag = AtomicBool;
    type Number = AtomicU64;
    type Lock<T> = Mutex<T>;
    type Thread = Thread;
}
