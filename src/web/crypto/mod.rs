//! Web Cryptography: what needs no V8.

pub(crate) mod random;
