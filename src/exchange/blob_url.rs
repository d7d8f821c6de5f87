//! What a `blob:` URL stands for.

use std::any::Any;
use std::sync::Arc;

use nano_proto::SharedBytes;

/// A part of shared memory.
#[derive(Clone, Debug)]
pub struct BlobPart {
    /// The memory.
    pub shared: SharedBytes,
    /// Where the part begins.
    pub offset: usize,
    /// How long it is.
    pub length: usize,
}

impl BlobPart {
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        let end = self.offset.saturating_add(self.length);
        self.shared
            .bytes()
            .get(self.offset..end)
            .unwrap_or_default()
    }
}

/// A Blob that has a URL. Whoever asks for it gets the same memory.
#[derive(Clone)]
pub struct BlobEntry {
    /// Its bytes.
    pub parts: Arc<[BlobPart]>,
    /// `type`.
    pub media_type: Arc<str>,
    /// What the isolate pays with for the entry itself, until the last clone of it is dropped.
    _charge: Arc<dyn Any + Send + Sync>,
}

impl BlobEntry {
    /// The Blob of these parts and this type, for which somebody pays with `charge`.
    pub fn new(parts: Vec<BlobPart>, media_type: &str, charge: impl Any + Send + Sync) -> Self {
        Self {
            parts: parts.into(),
            media_type: media_type.into(),
            _charge: Arc::new(charge),
        }
    }

    /// A copy of all bytes; none where there is no room.
    pub fn copy(&self) -> Option<Vec<u8>> {
        let length = self
            .parts
            .iter()
            .try_fold(0_usize, |sum, part| sum.checked_add(part.length))?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length).ok()?;
        for part in self.parts.iter() {
            bytes.extend_from_slice(part.bytes());
        }
        Some(bytes)
    }
}
