//! Platform objects in a transfer list: ports, and what is made of ports, such as streams (HTML, "transferable objects").
//! Which objects those are and what becomes of them is JavaScript's to say, in `clone/transferable.js`.

use nano_proto::Transfer;
use nano_proto::value::host::{self, HostObject};
use rustc_hash::FxHashMap;

use super::super::files;
use super::super::state::state;
use super::host_object::ask_ours;

const FILE: &str = "clone/transferable";

/// One object of a transfer list.
struct Moving<'r> {
    object: v8::Local<'r, v8::Object>,
    tag: u32,
    /// The first of its ports in the message's list.
    first: u32,
}

/// The platform objects of a transfer list.
#[derive(Default)]
pub(super) struct Platform<'r> {
    objects: Vec<Moving<'r>>,
    /// Places in `objects` by identity hash.
    by_hash: FxHashMap<i32, Vec<usize>>,
    /// How many ports they are made of.
    ports: u32,
}

/// How many ports an object of this kind is made of.
fn ports_of(tag: u32) -> u32 {
    match tag {
        host::TAG_TRANSFORM_STREAM => 2,
        _ => 1,
    }
}

/// What kind of transferable `object` is, if it is one. `None` with an exception pending.
pub(super) fn tag_of<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
) -> Option<u32> {
    if !files::is_loaded(scope, FILE) {
        return Some(0);
    }
    ask_ours(scope, FILE, "tagOf", object)?.uint32_value(scope)
}

impl<'r> Platform<'r> {
    pub(super) fn ports(&self) -> u32 {
        self.ports
    }

    fn find(&self, object: v8::Local<'_, v8::Object>) -> Option<&Moving<'r>> {
        if self.objects.is_empty() {
            return None;
        }
        let places = self.by_hash.get(&object.get_identity_hash().get())?;
        let objects = places.iter().map(|place| &self.objects[*place]);
        objects.into_iter().find(|moving| moving.object == object)
    }

    /// Adds an object; false where it is there already.
    pub(super) fn add(&mut self, object: v8::Local<'r, v8::Object>, tag: u32) -> bool {
        if self.find(object).is_some() {
            return false;
        }
        let hash = object.get_identity_hash().get();
        self.by_hash
            .entry(hash)
            .or_default()
            .push(self.objects.len());
        let first = self.ports;
        self.ports += ports_of(tag);
        self.objects.push(Moving { object, tag, first });
        true
    }

    /// What is written for `object`, if it is moved; behind so many buffers come the ports.
    pub(super) fn wire_form(
        &self,
        object: v8::Local<'_, v8::Object>,
        buffers: usize,
    ) -> Option<HostObject> {
        let moving = self.find(object)?;
        let first = buffers as u32 + moving.first;
        Some(match moving.tag {
            host::TAG_READABLE_STREAM => HostObject::ReadableStream(first),
            host::TAG_WRITABLE_STREAM => HostObject::WritableStream(first),
            host::TAG_TRANSFORM_STREAM => HostObject::TransformStream {
                readable: first,
                writable: first + 1,
            },
            _ => HostObject::MessagePort(first),
        })
    }

    /// Throws where one of them cannot be transferred any more. `None` with an exception pending.
    pub(super) fn check(&self, scope: &mut v8::PinScope<'_, '_>) -> Option<()> {
        for moving in &self.objects {
            v8::scope!(let scope, scope);
            let object = v8::Local::new(scope, moving.object);
            ask_ours(scope, FILE, "checkTransfer", object)?;
        }
        Some(())
    }

    /// Takes the ports out of all of them, in order. `None` with an exception pending.
    pub(super) fn take(
        &self,
        scope: &mut v8::PinScope<'_, '_>,
        to: &mut Vec<Transfer>,
    ) -> Option<()> {
        for moving in &self.objects {
            v8::scope!(let scope, scope);
            let object = v8::Local::new(scope, moving.object);
            let handles = ask_ours(scope, FILE, "transfer", object)?;
            let handles = v8::Local::<v8::Array>::try_from(handles).ok()?;
            for i in 0..ports_of(moving.tag) {
                let handle = handles.get_index(scope, i)?.number_value(scope)? as u64;
                let end = state(scope).control.ports.take_end(handle)?;
                to.push(end.into_transfer(moving.tag == host::TAG_MESSAGE_PORT));
            }
        }
        Some(())
    }
}
