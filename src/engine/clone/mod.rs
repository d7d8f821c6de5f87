//! Structured clone by V8's own serializer (HTML, "StructuredSerializeInternal" and its inverse), with
//! what V8 leaves to its host: transfer, host objects, and the wording of `DataCloneError`.

mod aggregate_error;
mod binary;
pub(super) mod blob;
mod deserialize;
mod form;
mod host_object;
mod immutable;
mod mark;
mod ordinary;
mod plain;
mod platform;
mod primitive;
mod reserved;
mod resizable;
mod serialize;
mod transfer;

pub(super) use binary::copy as copy_bytes;
pub(super) use deserialize::{deserialize, deserialize_with_ports};
pub(super) use form::{Form, form, has_host_form};
pub(super) use immutable::Immutable;
pub(super) use mark::{Marks, mark, mark_errors};
pub(super) use plain::{Kind as PlainKind, kind as plain_kind};
pub(super) use reserved::Reserved;
pub(super) use serialize::{message_limit, serialize, serialize_quietly, serialize_silently};

/// How deep values nest inside host objects, as the validator of foreign bytes allows too.
const HOST_DEPTH: u32 = 32;
