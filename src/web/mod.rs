//! What JavaScript sees: a folder per specification, a file per interface.

pub(crate) mod compression;
pub(crate) mod crypto;
pub(crate) mod fetch;
pub(crate) mod manifest;
pub(crate) mod url;
