//! The bytes that start things in V8's format, version 16.
//!
//! Source: `src/objects/value-serializer.cc` of V8 15.2. Numbers are varints (seven bits a byte,
//! least significant first), signed ones zigzagged; doubles and two-byte strings are little-endian
//! here (V8 writes its host's order; all hosts nano runs on are little-endian).
//!
//! | byte | body |
//! |---|---|
//! | `FF` | version, only as the first byte |
//! | `00` | padding, before any tag |
//! | `?` | a count to ignore, before a value |
//! | `-` | hole, only as an element of a dense array |
//! | `_` `0` `T` `F` | undefined, null, true, false |
//! | `I` | zigzag 32: every number that V8 holds as a small integer |
//! | `U` | 32 bits, read only |
//! | `N` | double |
//! | `Z` | BigInt: bitfield (sign, byte length), digits |
//! | `"` | byte length, Latin-1 |
//! | `c` | byte length, UTF-16; padded so that the characters lie at an even offset |
//! | `S` | byte length, UTF-8; read only |
//! | `^` | id of an object: the order in which they began |
//! | `o` … `{` | keys and values … their number |
//! | `A` … `$` | length, elements, keys and values … number of properties, length |
//! | `a` … `@` | length, keys and values … number of properties, length |
//! | `D` | Date: double |
//! | `y` `x` `n` `z` `s` | boxed true, false, number (double), BigInt, string (a whole string) |
//! | `R` | RegExp: a whole string, flags |
//! | `;` … `:` | keys and values … their number, doubled |
//! | `'` … `,` | values … their number |
//! | `B` `C` | ArrayBuffer, immutable ArrayBuffer: length, bytes |
//! | `~` | resizable ArrayBuffer: length, maximum, bytes |
//! | `t` | transferred ArrayBuffer: index in the transfer list |
//! | `V` | view of the buffer (or reference to one) just before: kind, offset, length, flags |
//! | `u` | SharedArrayBuffer: id; of a wasm memory also `f` length, or `r` and the memory |
//! | `p` | object of V8's shared heap: id |
//! | `w` | WebAssembly.Module: id |
//! | `m` | WebAssembly.Memory: zigzag maximum, is-64-bit byte, its `u` |
//! | `r` | Error: prototype, `m` message, `s` stack, `c` cause, each optional, then `.` |
//! | `\` | host object: see [`host`](super::host) |
//!
//! Every object gets the next id when it begins, a view after its buffer; objects of the shared
//! heap get none when read.

macro_rules! tags {
    ($(#[$list_doc:meta])* $list:ident { $($(#[$doc:meta])* $name:ident = $byte:literal;)* }) => {
        $($(#[$doc])* pub(crate) const $name: u8 = $byte;)*

        $(#[$list_doc])*
        #[cfg(test)]
        pub(crate) const $list: &[(&str, u8)] = &[$((stringify!($name), $name)),*];
    };
}

tags! {
    /// V8's `SerializationTag`s, but those that are reserved for what Chromium once wrote.
    ALL {
        VERSION = 0xFF;
        PADDING = 0x00;
        OBJECT_COUNT = b'?';
        HOLE = b'-';
        UNDEFINED = b'_';
        NULL = b'0';
        TRUE = b'T';
        FALSE = b'F';
        INT32 = b'I';
        UINT32 = b'U';
        DOUBLE = b'N';
        BIGINT = b'Z';
        UTF8_STRING = b'S';
        ONE_BYTE_STRING = b'"';
        TWO_BYTE_STRING = b'c';
        REFERENCE = b'^';
        BEGIN_OBJECT = b'o';
        END_OBJECT = b'{';
        BEGIN_SPARSE = b'a';
        END_SPARSE = b'@';
        BEGIN_DENSE = b'A';
        END_DENSE = b'$';
        DATE = b'D';
        TRUE_OBJECT = b'y';
        FALSE_OBJECT = b'x';
        NUMBER_OBJECT = b'n';
        BIGINT_OBJECT = b'z';
        STRING_OBJECT = b's';
        REGEXP = b'R';
        BEGIN_MAP = b';';
        END_MAP = b':';
        BEGIN_SET = b'\'';
        END_SET = b',';
        ARRAY_BUFFER = b'B';
        IMMUTABLE_ARRAY_BUFFER = b'C';
        RESIZABLE_ARRAY_BUFFER = b'~';
        TRANSFERRED_ARRAY_BUFFER = b't';
        VIEW = b'V';
        SHARED_ARRAY_BUFFER = b'u';
        SHARED_OBJECT = b'p';
        WASM_MODULE = b'w';
        WASM_MEMORY = b'm';
        ERROR = b'r';
        HOST_OBJECT = b'\\';
    }
}

/// After `u`, when the buffer belongs to a wasm memory.
pub(crate) const WASM_FIXED: u8 = b'f';
/// The same, when it was made with `toResizableBuffer`.
pub(crate) const WASM_RESIZABLE: u8 = b'r';

/// Within an error.
pub(crate) const ERROR_MESSAGE: u8 = b'm';
pub(crate) const ERROR_STACK: u8 = b's';
pub(crate) const ERROR_CAUSE: u8 = b'c';
pub(crate) const ERROR_END: u8 = b'.';

/// Flags of a view.
pub(crate) const VIEW_LENGTH_TRACKING: u32 = 1;
pub(crate) const VIEW_BACKED_BY_RESIZABLE: u32 = 2;

/// The version written, and the oldest one read.
pub(crate) const LATEST_VERSION: u32 = 16;
pub(crate) const OLDEST_VERSION: u32 = 15;

/// V8's largest BigInt: 2^30 bits. A longer one aborts the process in `Factory::NewBigInt`.
pub(crate) const MAX_BIGINT_BYTES: u64 = 1 << 27;
/// V8's longest string: 2^29 - 24 units.
pub(crate) const MAX_STRING_UNITS: u64 = (1 << 29) - 24;
/// V8's largest ArrayBuffer: 2^53 - 1 bytes.
pub(crate) const MAX_BUFFER_BYTES: u64 = (1 << 53) - 1;
/// V8's longest dense array (`FixedArray::kMaxLength`).
pub(crate) const MAX_DENSE_LENGTH: u32 = (1 << 27) - 8;

/// What a value that begins with `tag` is called.
pub(crate) fn name(tag: u8) -> Option<&'static str> {
    Some(match tag {
        UNDEFINED => "undefined",
        NULL => "null",
        HOLE => "a hole",
        TRUE | FALSE => "a boolean",
        INT32 | UINT32 | DOUBLE => "a number",
        BIGINT => "a BigInt",
        ONE_BYTE_STRING | TWO_BYTE_STRING | UTF8_STRING => "a string",
        BEGIN_OBJECT => "an object",
        BEGIN_DENSE | BEGIN_SPARSE => "an array",
        DATE => "a Date",
        TRUE_OBJECT | FALSE_OBJECT => "a Boolean object",
        NUMBER_OBJECT => "a Number object",
        BIGINT_OBJECT => "a BigInt object",
        STRING_OBJECT => "a String object",
        REGEXP => "a RegExp",
        BEGIN_MAP => "a Map",
        BEGIN_SET => "a Set",
        ARRAY_BUFFER | IMMUTABLE_ARRAY_BUFFER | RESIZABLE_ARRAY_BUFFER => "an ArrayBuffer",
        TRANSFERRED_ARRAY_BUFFER => "a transferred ArrayBuffer",
        SHARED_ARRAY_BUFFER => "a SharedArrayBuffer",
        SHARED_OBJECT => "a shared object",
        WASM_MODULE => "a WebAssembly.Module",
        WASM_MEMORY => "a WebAssembly.Memory",
        ERROR => "an error",
        HOST_OBJECT => "a host object",
        _ => return None,
    })
}
