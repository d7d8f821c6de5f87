//! AggregateErrors in structured clone. Their `cause` and `errors` lie behind the root, so that they share
//! objects with the rest of the value, the errors themselves included.

use std::cell::RefCell;
use std::collections::VecDeque;

use nano_proto::EncodeError;
use nano_proto::value::host::{self, AggregateError};

use super::super::files;
use super::host_object::{self, Parts};

const FILE: &str = "clone/aggregate_error";

/// What of an AggregateError lies behind the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Cause,
    Errors,
}

impl Part {
    /// Gives `error` the property that this is. `None` with an exception pending.
    pub(super) fn attach(
        self,
        scope: &mut v8::PinScope<'_, '_>,
        error: v8::Global<v8::Object>,
        value: v8::Local<'_, v8::Value>,
    ) -> Option<()> {
        let error = v8::Local::new(scope, error);
        let key = match self {
            Self::Cause => "cause",
            Self::Errors => "errors",
        };
        let key = v8::String::new(scope, key)?;
        let hidden = v8::PropertyAttribute::DONT_ENUM;
        error.define_own_property(scope, key.into(), value, hidden)?;
        Some(())
    }
}

/// The body of `error`; what is announced in it is put at the end of `behind`. `None` with an exception
/// pending.
pub(super) fn write<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Object>,
    behind: &RefCell<VecDeque<v8::Global<v8::Value>>>,
) -> Option<Result<Vec<u8>, EncodeError>> {
    let fields = host_object::describe_ours(scope, FILE, "toWire", error.into())??;
    let message = match v8::Local::<v8::Array>::try_from(fields.get_index(scope, 0)?) {
        // May run code of the program's, which whoever clones may have forbidden.
        Ok(message) => Some(message.get_index(scope, 0)?.to_string(scope)?),
        Err(_) => None,
    };
    let stack = fields.get_index(scope, 1)?;
    let mut has = [false; 2];
    for (i, has) in (2..).zip(&mut has) {
        // An array of one: the property's value may be anything, `undefined` included.
        let part = fields.get_index(scope, i)?;
        if let Ok(part) = v8::Local::<v8::Array>::try_from(part) {
            let value = part.get_index(scope, 0)?;
            behind.borrow_mut().push_back(v8::Global::new(scope, value));
            *has = true;
        }
    }
    let [cause, errors] = has;
    let body = AggregateError {
        message: message.and_then(|message| host_object::text(scope, message.into())),
        stack: host_object::text(scope, stack),
        cause,
        errors,
    };
    Some(body.to_bytes())
}

/// An error of the body at hand, without what lies behind the root, which is waited for from now on. `None`
/// with or without an exception pending.
pub(super) fn read<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    parts: &Parts<'_>,
) -> Option<v8::Local<'s, v8::Object>> {
    let known = host::HAS_MESSAGE | host::HAS_STACK | host::HAS_CAUSE | host::HAS_ERRORS;
    let flags = parts.u32().filter(|flags| flags & !known == 0)?;
    let mut texts = [v8::undefined(scope).into(); 2];
    for (flag, text) in [host::HAS_MESSAGE, host::HAS_STACK].iter().zip(&mut texts) {
        if flags & flag != 0 {
            *text = parts.string(scope)?;
        }
    }
    let from_wire = files::function(scope, FILE, "fromWire")?;
    let undefined = v8::undefined(scope).into();
    let error = from_wire.call(scope, undefined, &texts)?;
    let error = v8::Local::<v8::Object>::try_from(error).ok()?;
    let mut behind = parts.document.behind.borrow_mut();
    for (flag, part) in [
        (host::HAS_CAUSE, Part::Cause),
        (host::HAS_ERRORS, Part::Errors),
    ] {
        if flags & flag != 0 {
            behind.push_back((v8::Global::new(scope, error), part));
        }
    }
    Some(error)
}
