//! Algorithms of the Fetch standard that need no V8.

pub(crate) mod multipart;
