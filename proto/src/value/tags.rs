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

pub(crate) const VERSION: u8 = 0xFF;
pub(crate) const PADDING: u8 = 0x00;
pub(crate) const OBJECT_COUNT: u8 = b'?';
pub(crate) const HOLE: u8 = b'-';
pub(crate) const UNDEFINED: u8 = b'_';
pub(crate) const NULL: u8 = b'0';
pub(crate) const TRUE: u8 = b'T';
pub(crate) const FALSE: u8 = b'F';
pub(crate) const INT32: u8 = b'I';
pub(crate) const UINT32: u8 = b'U';
pub(crate) const DOUBLE: u8 = b'N';
pub(crate) const BIGINT: u8 = b'Z';
pub(crate) const UTF8_STRING: u8 = b'S';
pub(crate) const ONE_BYTE_STRING: u8 = b'"';
pub(crate) const TWO_BYTE_STRING: u8 = b'c';
pub(crate) const REFERENCE: u8 = b'^';
pub(crate) const BEGIN_OBJECT: u8 = b'o';
pub(crate) const END_OBJECT: u8 = b'{';
pub(crate) const BEGIN_SPARSE: u8 = b'a';
pub(crate) const END_SPARSE: u8 = b'@';
pub(crate) const BEGIN_DENSE: u8 = b'A';
pub(crate) const END_DENSE: u8 = b'$';
pub(crate) const DATE: u8 = b'D';
pub(crate) const TRUE_OBJECT: u8 = b'y';
pub(crate) const FALSE_OBJECT: u8 = b'x';
pub(crate) const NUMBER_OBJECT: u8 = b'n';
pub(crate) const BIGINT_OBJECT: u8 = b'z';
pub(crate) const STRING_OBJECT: u8 = b's';
pub(crate) const REGEXP: u8 = b'R';
pub(crate) const BEGIN_MAP: u8 = b';';
pub(crate) const END_MAP: u8 = b':';
pub(crate) const BEGIN_SET: u8 = b'\'';
pub(crate) const END_SET: u8 = b',';
pub(crate) const ARRAY_BUFFER: u8 = b'B';
pub(crate) const IMMUTABLE_ARRAY_BUFFER: u8 = b'C';
pub(crate) const RESIZABLE_ARRAY_BUFFER: u8 = b'~';
pub(crate) const TRANSFERRED_ARRAY_BUFFER: u8 = b't';
pub(crate) const VIEW: u8 = b'V';
pub(crate) const SHARED_ARRAY_BUFFER: u8 = b'u';
pub(crate) const SHARED_OBJECT: u8 = b'p';
pub(crate) const WASM_MODULE: u8 = b'w';
pub(crate) const WASM_MEMORY: u8 = b'm';
pub(crate) const ERROR: u8 = b'r';
pub(crate) const HOST_OBJECT: u8 = b'\\';

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
