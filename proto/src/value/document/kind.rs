//! Which view of a buffer, and which error: one byte each.

macro_rules! tagged {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $tag:literal $(, $size:literal)?;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub(crate) const fn tag(self) -> u8 {
                match self { $(Self::$variant => $tag,)* }
            }
        }
    };
}

tagged! {
    /// What a view of an ArrayBuffer sees in it.
    ViewKind {
        /// `Int8Array`.
        Int8 = b'b';
        /// `Uint8Array`.
        Uint8 = b'B';
        /// `Uint8ClampedArray`.
        Uint8Clamped = b'C';
        /// `Int16Array`.
        Int16 = b'w';
        /// `Uint16Array`.
        Uint16 = b'W';
        /// `Int32Array`.
        Int32 = b'd';
        /// `Uint32Array`.
        Uint32 = b'D';
        /// `Float16Array`.
        Float16 = b'h';
        /// `Float32Array`.
        Float32 = b'f';
        /// `Float64Array`.
        Float64 = b'F';
        /// `BigInt64Array`.
        BigInt64 = b'q';
        /// `BigUint64Array`.
        BigUint64 = b'Q';
        /// `DataView`.
        DataView = b'?';
    }
}

impl ViewKind {
    /// Bytes of one element; 1 for a `DataView`.
    pub const fn element_size(self) -> u64 {
        match self {
            Self::Int8 | Self::Uint8 | Self::Uint8Clamped | Self::DataView => 1,
            Self::Int16 | Self::Uint16 | Self::Float16 => 2,
            Self::Int32 | Self::Uint32 | Self::Float32 => 4,
            Self::Float64 | Self::BigInt64 | Self::BigUint64 => 8,
        }
    }

    pub(crate) fn from_tag(tag: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.tag() == tag)
    }
}

tagged! {
    /// The prototype of an error: V8 keeps these six, by `name`, and makes every other one an
    /// `Error`.
    ErrorKind {
        /// `Error`; has no tag, so its number never stands in the bytes.
        Error = 0;
        /// `EvalError`.
        EvalError = b'E';
        /// `RangeError`.
        RangeError = b'R';
        /// `ReferenceError`.
        ReferenceError = b'F';
        /// `SyntaxError`.
        SyntaxError = b'S';
        /// `TypeError`.
        TypeError = b'T';
        /// `URIError`.
        UriError = b'U';
    }
}

impl ErrorKind {
    /// The error's `name`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "Error",
            Self::EvalError => "EvalError",
            Self::RangeError => "RangeError",
            Self::ReferenceError => "ReferenceError",
            Self::SyntaxError => "SyntaxError",
            Self::TypeError => "TypeError",
            Self::UriError => "URIError",
        }
    }

    /// Of a tag that may be no prototype's: then it is a plain `Error`.
    pub(crate) fn from_tag(tag: u8) -> Self {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.tag() == tag && tag != 0)
            .unwrap_or(Self::Error)
    }
}
