//! Whether the serializer has a form for an object, without a look at its properties.

use std::cell::Cell;

use super::super::error;
use super::{host_object, mark};

/// What structured clone makes of an object that has none of the slots V8 tells an embedder of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Form {
    /// A plain object.
    Plain,
    /// A host object with a wire form.
    Host,
    /// Refused.
    None,
}

/// V8's serializer asks about an object that it takes for plain before it touches a property, and
/// refuses one of another type without a question.
struct Probe<'r>(&'r Cell<bool>);

impl v8::ValueSerializerImpl for Probe<'_> {
    fn throw_data_clone_error<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        _: v8::Local<'s, v8::String>,
    ) {
        error::throw_type_error(scope, "no form");
    }

    fn has_custom_host_object(&self, _: &v8::Isolate) -> bool {
        true
    }

    fn is_host_object<'s>(
        &self,
        _: &mut v8::PinScope<'s, '_>,
        _: v8::Local<'s, v8::Object>,
    ) -> Option<bool> {
        self.0.set(true);
        Some(true)
    }

    fn write_host_object<'s>(
        &self,
        _: &mut v8::PinScope<'s, '_>,
        _: v8::Local<'s, v8::Object>,
        writer: &dyn v8::ValueSerializerHelper,
    ) -> Option<bool> {
        writer.write_uint32(0);
        Some(true)
    }
}

/// What the serializer makes of `object`. Runs no code of the program's.
pub(in super::super) fn form<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
) -> Form {
    v8::tc_scope!(let tc, scope);
    if mark::is_marked(tc, object) {
        return if has_host_form(tc, object) {
            Form::Host
        } else {
            Form::None
        };
    }
    let asked = Cell::new(false);
    let context = tc.get_current_context();
    let probe = v8::ValueSerializer::new(tc, Box::new(Probe(&asked)));
    probe.write_value(context, object.into());
    if asked.get() { Form::Plain } else { Form::None }
}

/// Whether a host object's class says what is sent for it. Runs no code of the program's.
pub(in super::super) fn has_host_form<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
) -> bool {
    v8::tc_scope!(let tc, scope);
    mark::is_marked(tc, object) && host_object::has_form(tc, object) == Some(true)
}
