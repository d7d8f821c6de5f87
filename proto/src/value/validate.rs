//! The gate before V8: what passes, V8's deserializer survives, without being asked for memory
//! out of proportion.
//!
//! V8 checks lengths, but a few bytes can make it reserve gigabytes (a resizable buffer's maximum,
//! a sparse array's length), and a BigInt beyond its largest aborts the process. Everything that
//! V8 would refuse cleanly is refused here too, as far as bytes alone tell: the syntax of a RegExp
//! and keys that occur twice are left to V8, which throws.

use super::cursor::Str;
use super::event::{BufferKind, Event, KeyRef};
use super::host::{BlobRef, FileRef, FormValueRef, HostRef};
use super::tags::{MAX_DENSE_LENGTH, MAX_STRING_UNITS};
use super::walk::Walker;
use crate::error::{DecodeError, DecodeErrorKind};

/// What [`validate`] lets through. Every field has a default and a `with_…`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Validation {
    /// Longest input, in bytes. 64 MiB.
    pub input_bytes: u64,
    /// Deepest nesting of containers; what AggregateErrors have behind the root begins anew. 10,000;
    /// V8 itself gives up, cleanly, when its stack ends,
    /// which is earlier in most settings.
    pub depth: u32,
    /// How deep values may nest inside instances of classes with clone hooks, each of which is a
    /// serialization of its own. 32.
    pub host_depth: u32,
    /// Largest maximum of all resizable buffers together, in bytes. 128 MiB.
    pub resizable_bytes: u64,
    /// Longest sparse array, in elements, holes included. 32 Mi, up to which V8 allocates every
    /// element of it.
    pub sparse_length: u32,
    /// What V8 allocates for the value, heap and buffers together, in bytes: an estimate, which
    /// objects that V8 holds as dictionaries exceed up to three times. 256 MiB.
    pub memory_bytes: u64,
    /// Longest pattern of a RegExp, in bytes: V8 parses it while reading. 64 KiB.
    pub regexp_bytes: u64,
    /// Entries of the message's transfer list, which transferred buffers index. 0.
    pub transfers: u32,
    /// Whether SharedArrayBuffers, wasm modules and memories may appear, as they do between
    /// isolates of one process. `false`. Objects of V8's shared heap never may.
    pub local: bool,
}

impl Default for Validation {
    fn default() -> Self {
        Self {
            input_bytes: 64 << 20,
            depth: 10_000,
            host_depth: 32,
            resizable_bytes: 128 << 20,
            sparse_length: 32 << 20,
            memory_bytes: 256 << 20,
            regexp_bytes: 64 << 10,
            transfers: 0,
            local: false,
        }
    }
}

macro_rules! with {
    ($($with:ident: $field:ident: $type:ty;)*) => {
        impl Validation {
            $(
                #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
                #[must_use]
                pub const fn $with(mut self, $field: $type) -> Self {
                    self.$field = $field;
                    self
                }
            )*
        }
    };
}

with! {
    with_input_bytes: input_bytes: u64;
    with_depth: depth: u32;
    with_host_depth: host_depth: u32;
    with_resizable_bytes: resizable_bytes: u64;
    with_sparse_length: sparse_length: u32;
    with_memory_bytes: memory_bytes: u64;
    with_regexp_bytes: regexp_bytes: u64;
    with_transfers: transfers: u32;
    with_local: local: bool;
}

/// Checks a whole value: header, every tag, every count, nothing behind it, nested values too.
///
/// # Errors
///
/// With the byte at which it is malformed or asks for more than `options` allows.
///
/// ```
/// use nano_proto::{Validation, to_value, validate};
///
/// let value = to_value(&["a", "b"])?;
/// validate(value.bytes(), &Validation::default())?;
/// assert_eq!(validate(b"\xFF\x10\"\x05ab", &Validation::default()).unwrap_err().offset(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn validate(bytes: &[u8], options: &Validation) -> Result<(), DecodeError> {
    if bytes.len() as u64 > options.input_bytes {
        let found = bytes.len() as u64;
        return Err(DecodeError::limit(
            0,
            "bytes of input",
            found,
            options.input_bytes,
        ));
    }
    let mut check = Check {
        options,
        memory: 0,
        resizable: 0,
        nested: Vec::new(),
    };
    check.value(bytes, 0, 0)?;
    // Values inside host objects wait here instead of on the stack.
    while let Some((inner, at, depth)) = check.nested.pop() {
        check
            .value(inner, at, depth)
            .map_err(|error| error.shifted(at))?;
    }
    Ok(())
}

/// What V8 allocates beside the bytes themselves, roughly: for an object with its header, for one
/// with tables or buffers of its own, for a value with its place in whatever holds it, for a
/// string's header and for a slot of an array.
const OBJECT_BYTES: u64 = 64;
const TABLE_BYTES: u64 = 256;
const VALUE_BYTES: u64 = 24;
const STRING_BYTES: u64 = 16;
const SLOT_BYTES: u64 = 8;

struct Check<'a, 'o> {
    options: &'o Validation,
    memory: u64,
    resizable: u64,
    nested: Vec<(&'a [u8], usize, u32)>,
}

impl<'a> Check<'a, '_> {
    fn value(&mut self, bytes: &'a [u8], base: usize, host_depth: u32) -> Result<(), DecodeError> {
        let options = self.options;
        let mut walker = Walker::whole(bytes, options.depth as usize)?;
        while let Some(event) = walker.next()? {
            self.event(&event, walker.at, base, host_depth)?;
        }
        Ok(())
    }

    fn event(
        &mut self,
        event: &Event<'a>,
        at: usize,
        base: usize,
        host_depth: u32,
    ) -> Result<(), DecodeError> {
        let options = self.options;
        if !matches!(event, Event::End { .. } | Event::Part { .. }) {
            self.charge(at, VALUE_BYTES)?;
        }
        match event {
            Event::Undefined | Event::Null | Event::Bool(_) | Event::Int32(_) => {}
            Event::Hole | Event::Reference { view: None, .. } => {}
            Event::Number(_) => self.charge(at, STRING_BYTES)?,
            Event::Reference { view: Some(_), .. } => self.charge(at, TABLE_BYTES)?,
            Event::Date(_) | Event::BoxedBool(_) | Event::BoxedNumber(_) => {
                self.charge(at, 2 * OBJECT_BYTES)?;
            }
            Event::BoxedBigInt(value) | Event::BigInt(value) => {
                self.charge(at, OBJECT_BYTES + value.digits.len() as u64)?;
            }
            Event::BoxedString(string) => {
                self.charge(at, OBJECT_BYTES)?;
                self.string(at, string.byte_len() as u64)?;
            }
            Event::String(string) => self.string(at, string.byte_len() as u64)?,
            Event::Key(KeyRef::String(string)) => self.string(at, string.byte_len() as u64)?,
            Event::Key(KeyRef::Int32(_) | KeyRef::Number(_)) => {}
            Event::RegExp { pattern, .. } => {
                let length = pattern.byte_len() as u64;
                if length > options.regexp_bytes {
                    let allowed = options.regexp_bytes;
                    return Err(DecodeError::limit(at, "bytes of a RegExp", length, allowed));
                }
                self.charge(at, TABLE_BYTES + 64 * length)?;
            }
            Event::ArrayBuffer { bytes, kind, .. } => {
                let length = bytes.len() as u64;
                self.charge(at, 2 * TABLE_BYTES + length)?;
                if let BufferKind::Resizable { max } = kind {
                    self.resizable = self.resizable.saturating_add(*max);
                    if self.resizable > options.resizable_bytes {
                        let (found, allowed) = (self.resizable, options.resizable_bytes);
                        let what = "bytes of resizable buffers";
                        return Err(DecodeError::limit(at, what, found, allowed));
                    }
                    self.charge(at, max - length)?;
                }
            }
            Event::Transferred { id, .. } => {
                self.beside(at, "transferred buffer", *id)?;
                self.charge(at, 2 * TABLE_BYTES)?;
            }
            Event::SharedBuffer { .. } | Event::BeginResizableShared(_) => {
                self.local(at, "a SharedArrayBuffer", options.local)?;
            }
            Event::WasmModule(_) => self.local(at, "a WebAssembly.Module", options.local)?,
            Event::BeginWasmMemory { .. } => {
                self.local(at, "a WebAssembly.Memory", options.local)?;
            }
            // V8 takes the id without a check.
            Event::SharedObject(_) => self.local(at, "an object of the shared heap", false)?,
            Event::Host(host) => self.host(*host, at, base, host_depth)?,
            Event::BeginObject => self.charge(at, OBJECT_BYTES)?,
            Event::BeginMap | Event::BeginSet => self.charge(at, TABLE_BYTES)?,
            Event::BeginDense(length) => {
                self.charge(at, OBJECT_BYTES + SLOT_BYTES * u64::from(*length))?;
            }
            Event::BeginSparse(length) => {
                if *length > options.sparse_length {
                    let (found, allowed) = (u64::from(*length), u64::from(options.sparse_length));
                    let what = "elements of a sparse array";
                    return Err(DecodeError::limit(at, what, found, allowed));
                }
                // Above V8's limit for fast elements only what is there takes room.
                let slots = if *length > 32 << 20 {
                    0
                } else {
                    u64::from(*length)
                };
                self.charge(at, OBJECT_BYTES + SLOT_BYTES * slots)?;
            }
            Event::BeginError { message, stack, .. } => {
                let texts = [message, stack].into_iter().flatten();
                let length: usize = texts.map(|text| text.byte_len()).sum();
                self.charge(at, 2 * TABLE_BYTES + length as u64)?;
            }
            Event::End { stack: None } | Event::Part { .. } => {}
            Event::End { stack: Some(_) } => {
                return Err(DecodeError::malformed(
                    at,
                    "an error's stack behind its cause",
                ));
            }
        }
        Ok(())
    }

    /// Whether the transfer list has an entry `id`.
    fn beside(&self, at: usize, what: &'static str, id: u32) -> Result<(), DecodeError> {
        let known = self.options.transfers;
        match id < known {
            true => Ok(()),
            false => {
                let what = what.into();
                let kind = DecodeErrorKind::Beside { what, id, known };
                Err(DecodeError::new(at, kind))
            }
        }
    }

    fn charge(&mut self, at: usize, bytes: u64) -> Result<(), DecodeError> {
        self.memory = self.memory.saturating_add(bytes);
        if self.memory > self.options.memory_bytes {
            let (found, allowed) = (self.memory, self.options.memory_bytes);
            return Err(DecodeError::limit(at, "bytes of memory", found, allowed));
        }
        Ok(())
    }

    fn string(&mut self, at: usize, bytes: u64) -> Result<(), DecodeError> {
        // Two-byte ones have half as many units: near the limit V8 decides.
        if bytes > 2 * MAX_STRING_UNITS {
            return Err(DecodeError::limit(
                at,
                "bytes of a string",
                bytes,
                2 * MAX_STRING_UNITS,
            ));
        }
        self.charge(at, STRING_BYTES + bytes)
    }

    fn local(&self, at: usize, what: &'static str, allowed: bool) -> Result<(), DecodeError> {
        match allowed {
            true => Ok(()),
            false => Err(DecodeError::new(
                at,
                DecodeErrorKind::Local { what: what.into() },
            )),
        }
    }

    /// Whether there is a buffer that may hold a Blob; its text.
    fn blob(&mut self, at: usize, blob: BlobRef<'a>) -> Result<Option<Str<'a>>, DecodeError> {
        self.beside(at, "Blob's buffer", blob.index)?;
        self.charge(at, 2 * TABLE_BYTES)?;
        Ok(Some(blob.media_type))
    }

    /// The same for a File.
    fn file(&mut self, at: usize, file: FileRef<'a>) -> Result<[Option<Str<'a>>; 3], DecodeError> {
        Ok([self.blob(at, file.blob)?, Some(file.name), None])
    }

    fn host(
        &mut self,
        host: HostRef<'a>,
        at: usize,
        base: usize,
        host_depth: u32,
    ) -> Result<(), DecodeError> {
        self.charge(at, 2 * TABLE_BYTES)?;
        let texts = match host {
            HostRef::DomException {
                name,
                message,
                stack,
            } => [Some(name), Some(message), Some(stack)],
            HostRef::AggregateError(error) => [error.message, error.stack, None],
            HostRef::Blob(blob) => [self.blob(at, blob)?, None, None],
            HostRef::File(file) => self.file(at, file)?,
            HostRef::FormData(form) => {
                for (name, value) in form.entries() {
                    self.charge(at, TABLE_BYTES)?;
                    self.string(at, name.byte_len() as u64)?;
                    let texts = match value {
                        FormValueRef::Text(text) => [Some(text), None, None],
                        FormValueRef::File(file) => self.file(at, file)?,
                    };
                    for text in texts.into_iter().flatten() {
                        self.string(at, text.byte_len() as u64)?;
                    }
                }
                [None; 3]
            }
            _ => [None; 3],
        };
        for port in host.ports() {
            self.beside(at, "transferred port", port)?;
        }
        for text in texts.into_iter().flatten() {
            self.string(at, text.byte_len() as u64)?;
        }
        if let Some(inner) = host.nested() {
            if host_depth >= self.options.host_depth {
                let (found, allowed) = (
                    u64::from(host_depth) + 1,
                    u64::from(self.options.host_depth),
                );
                let what = "levels of host objects";
                return Err(DecodeError::limit(at, what, found, allowed));
            }
            self.nested
                .push((inner.bytes, base + inner.at, host_depth + 1));
        }
        Ok(())
    }
}

// The walker's limit on dense arrays is what keeps `SLOT_BYTES * length` from overflowing.
const _: () = assert!(SLOT_BYTES.checked_mul(MAX_DENSE_LENGTH as u64).is_some());

#[cfg(test)]
mod tests;
