//! AggregateErrors as maps. Their values lie behind the root, where the reader goes and comes back.

use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess};

use super::reader::{Deserializer, seeded};
use super::thrown::Text;
use crate::error::DecodeError;
use crate::value::cursor::Str;
use crate::value::host::{AggregateRef, Part};

/// What an entry's value is.
#[derive(Clone, Copy)]
enum Entry<'de> {
    Text(Str<'de>),
    /// A part, and where it begins.
    Part(Part, usize),
}

/// The properties that an AggregateError has.
pub(super) struct AggregateEntries<'a, 'de> {
    de: &'a mut Deserializer<'de>,
    /// Those to come, last first.
    entries: Vec<(&'static str, Entry<'de>)>,
    value: Option<Entry<'de>>,
}

impl<'a, 'de> AggregateEntries<'a, 'de> {
    /// Of `error`, whose parts lie at these offsets.
    pub(super) fn new(
        de: &'a mut Deserializer<'de>,
        error: AggregateRef<'de>,
        parts: Vec<(Part, usize)>,
    ) -> Self {
        let texts = [("message", error.message), ("stack", error.stack)];
        let texts = texts
            .into_iter()
            .filter_map(|(name, text)| Some((name, Entry::Text(text?))));
        let parts = parts
            .into_iter()
            .map(|(part, offset)| (part.name(), Entry::Part(part, offset)));
        let mut entries: Vec<_> = texts.chain(parts).collect();
        entries.reverse();
        Self {
            de,
            entries,
            value: None,
        }
    }
}

impl<'de> MapAccess<'de> for AggregateEntries<'_, 'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DecodeError> {
        let Some((name, value)) = self.entries.pop() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DecodeError> {
        match self.value.take() {
            Some(Entry::Text(text)) => seed.deserialize(Text(text)),
            Some(Entry::Part(part, offset)) => self.de.elsewhere(offset, |de| {
                seeded(de, seed, || format!(".{}", part.name()))
            }),
            None => {
                let at = self.de.cursor.pos;
                Err(DecodeError::malformed(at, "a value without a key"))
            }
        }
    }
}
