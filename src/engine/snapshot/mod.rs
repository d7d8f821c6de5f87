//! The startup snapshot that the build script made, as the running process uses it.

pub(super) mod layout;
pub(super) mod origin;

use std::borrow::Cow;
use std::ffi::c_void;
use std::sync::OnceLock;

use v8::MapFnTo;

use super::{files, ops};

static BLOB: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/snapshot.bin"));

/// The external references, in the order in which `make.rs` listed its placeholders.
struct References(Vec<v8::ExternalReference>);

// SAFETY: the references are addresses of functions, which are the same on every thread.
unsafe impl Send for References {}
// SAFETY: as above, and nobody changes them.
unsafe impl Sync for References {}

fn references() -> &'static [v8::ExternalReference] {
    static REFERENCES: OnceLock<References> = OnceLock::new();
    let list = REFERENCES.get_or_init(|| {
        let getter: v8::AccessorNameGetterCallback = files::lazy_global.map_fn_to();
        let mut list = vec![v8::ExternalReference {
            pointer: getter as *mut c_void,
        }];
        list.extend(
            ops::OPS
                .iter()
                .map(|&(_, function)| v8::ExternalReference { function }),
        );
        list.push(v8::ExternalReference {
            pointer: std::ptr::null_mut(),
        });
        References(list)
    });
    &list.0
}

/// Parameters for an isolate that starts from the snapshot.
pub(super) fn create_params() -> v8::CreateParams {
    v8::CreateParams::default()
        .snapshot_blob(v8::StartupData::from(BLOB))
        .external_references(Cow::Borrowed(references()))
}

#[cfg(test)]
mod tests {
    use super::super::op_table::OP_NAMES;
    use super::super::ops::OPS;

    #[test]
    fn the_linked_ops_are_those_of_the_snapshot() {
        let linked: Vec<&str> = OPS.iter().map(|(name, _)| *name).collect();
        assert_eq!(linked, OP_NAMES);
    }
}
