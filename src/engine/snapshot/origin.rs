//! What V8 is told of an internal file, in the snapshot and beside it.

/// The origin of the internal file `name`, which stack traces show as `nano:name`.
pub fn internal_origin<'s>(
    scope: &v8::PinScope<'s, '_>,
    name: &str,
) -> Option<v8::ScriptOrigin<'s>> {
    let resource = v8::String::new(scope, &format!("nano:{name}"))?;
    Some(v8::ScriptOrigin::new(
        scope,
        resource.into(),
        0,
        0,
        false,
        -1,
        None,
        false,
        false,
        false,
        None,
    ))
}
