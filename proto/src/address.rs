//! Who a message is for: isolates, their ports, and calls in progress.
//!
//! An address holds a *generation*, so that one kept after its isolate has gone never reaches the
//! isolate that later took the same slot.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name under which serde's newtype carries an [`IsolateId`]; the value codec writes it as the
/// host object *Actor*, other formats as a plain integer.
pub(crate) const ISOLATE_NEWTYPE: &str = "nano:IsolateId";

/// The address of an isolate: a slot of the runtime and the generation of what lives in it.
///
/// In a [`Value`](crate::Value) it is the host object *Actor* (see [`crate::value::host`]), which
/// JavaScript receives as a handle; in any other serde format it is an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IsolateId {
    // `index` stands first, so addresses sort by slot.
    index: u32,
    generation: u32,
}

impl IsolateId {
    /// The address of the `generation`-th isolate in slot `index`.
    pub const fn new(index: u32, generation: u32) -> Self {
        Self { index, generation }
    }

    /// The slot in the runtime's table of isolates.
    pub const fn index(self) -> u32 {
        self.index
    }

    /// How many isolates lived in the slot before.
    pub const fn generation(self) -> u32 {
        self.generation
    }

    /// One number: the generation in the upper half, the index in the lower, so that the first
    /// isolates of a runtime have short varints.
    pub const fn to_u64(self) -> u64 {
        (self.generation as u64) << 32 | self.index as u64
    }

    /// The inverse of [`to_u64`](Self::to_u64); every number is an address.
    pub const fn from_u64(raw: u64) -> Self {
        Self::new(raw as u32, (raw >> 32) as u32)
    }
}

impl fmt::Display for IsolateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "isolate-{}.{}", self.index, self.generation)
    }
}

impl Serialize for IsolateId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(ISOLATE_NEWTYPE, &self.to_u64())
    }
}

impl<'de> Deserialize<'de> for IsolateId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = IsolateId;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the address of an isolate")
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<IsolateId, D::Error> {
                u64::deserialize(deserializer).map(IsolateId::from_u64)
            }
            fn visit_u64<E>(self, raw: u64) -> Result<IsolateId, E> {
                Ok(IsolateId::from_u64(raw))
            }
            fn visit_i64<E: serde::de::Error>(self, raw: i64) -> Result<IsolateId, E> {
                let unexpected = serde::de::Unexpected::Signed(raw);
                let raw = u64::try_from(raw).map_err(|_| E::invalid_value(unexpected, &self))?;
                Ok(IsolateId::from_u64(raw))
            }
        }
        deserializer.deserialize_newtype_struct(ISOLATE_NEWTYPE, Visitor)
    }
}

/// The address of one end of a message channel: the isolate that owns it and the port's number
/// there, which is never given twice within one isolate's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PortId {
    isolate: IsolateId,
    number: u64,
}

impl PortId {
    /// Port `number` of `isolate`.
    pub const fn new(isolate: IsolateId, number: u64) -> Self {
        Self { isolate, number }
    }

    /// The isolate in which the port was made.
    pub const fn isolate(self) -> IsolateId {
        self.isolate
    }

    /// The port's number in that isolate.
    pub const fn number(self) -> u64 {
        self.number
    }
}

impl fmt::Display for PortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/port-{}", self.isolate, self.number)
    }
}

/// Ties a reply, a failure or a cancellation to the ask that it belongs to; unique per sender.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct CallId(pub u64);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call-{}", self.0)
    }
}

/// Where an envelope comes from or goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Address {
    /// An isolate's mailbox.
    Isolate(IsolateId),
    /// One end of a message channel.
    Port(PortId),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Isolate(id) => id.fmt(f),
            Self::Port(id) => id.fmt(f),
        }
    }
}

impl From<IsolateId> for Address {
    fn from(id: IsolateId) -> Self {
        Self::Isolate(id)
    }
}

impl From<PortId> for Address {
    fn from(id: PortId) -> Self {
        Self::Port(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn isolate_ids_print_sort_and_pack() {
        let id = IsolateId::new(12, 3);
        assert_eq!(id.to_string(), "isolate-12.3");
        assert_eq!(IsolateId::from_u64(id.to_u64()), id);
        assert!(IsolateId::new(1, 9) < IsolateId::new(2, 0));
        assert_eq!(PortId::new(id, 7).to_string(), "isolate-12.3/port-7");
        assert_eq!(Address::from(id).to_string(), "isolate-12.3");
        assert_eq!((id.index(), id.generation()), (12, 3));
        let port = Address::from(PortId::new(id, 7));
        assert_eq!(port.to_string(), "isolate-12.3/port-7");
        assert_eq!(CallId(4).to_string(), "call-4");
    }

    #[test]
    fn isolate_ids_are_integers_in_other_formats() {
        let id = IsolateId::new(5, 1);
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, "4294967301");
        assert_eq!(serde_json::from_str::<IsolateId>(&json).unwrap(), id);
        assert!(serde_json::from_str::<IsolateId>("-1").is_err());
        let read = |body: &[u8]| crate::from_bytes::<IsolateId>(&[b"\xFF\x10", body].concat());
        assert_eq!(read(b"I\x02").unwrap(), IsolateId::new(1, 0));
        for (wrong, found) in [(&b"I\x01"[..], "integer `-1`"), (b"T", "a boolean")] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains(found), "{error}");
            assert!(error.contains("the address of an isolate"), "{error}");
        }
    }
}
