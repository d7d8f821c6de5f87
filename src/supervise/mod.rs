//! Names and, on top of them, supervision.

mod registry;

pub(crate) use registry::Registry;
