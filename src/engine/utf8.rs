//! Characters from UTF-8 (encoding.spec.whatwg.org/#utf-8-decoder), piece by piece: what is well-formed by the vector
//! code that is part of V8's library, what is not byte by byte.

use v8::simdutf::{self, SimdUtfResult};

use super::text::NoString;

/// So many bytes are converted at once: they stay in the caches, for whoever has to go over them twice.
const PIECE: usize = 32 << 10;

/// After so many characters that are well-formed it pays to go on with vectors.
const CALM: u32 = 48;

/// What stands for what is malformed.
const REPLACEMENT: u16 = 0xFFFD;

/// Writes a byte for each character up to U+00FF and says how many these are. It fails where there is another character,
/// or what is malformed, and asks `go_on` every now and then.
pub(super) fn narrow(
    bytes: &[u8],
    output: &mut [u8],
    mut go_on: impl FnMut() -> Result<(), NoString>,
) -> Result<usize, NoString> {
    let mut output = Output::of(output);
    for piece in (Pieces { rest: bytes }) {
        go_on()?;
        // SAFETY: there is room for as many characters as bytes.
        let converted = output.put(piece.len(), |room| unsafe {
            simdutf::convert_utf8_to_latin1_with_errors(piece, room)
        })?;
        converted.map_err(|_| NoString::Malformed)?;
    }
    Ok(output.length)
}

/// Writes code units and says how many these are. What is malformed becomes U+FFFD, unless that is `fatal`. It asks
/// `go_on` every now and then.
pub(super) fn wide(
    bytes: &[u8],
    output: &mut [u16],
    fatal: bool,
    mut go_on: impl FnMut() -> Result<(), NoString>,
) -> Result<usize, NoString> {
    let mut output = Output::of(output);
    let mut is_first = true;
    for mut piece in (Pieces { rest: bytes }) {
        go_on()?;
        while !piece.is_empty() {
            let valid = if is_first {
                // SAFETY: there is room for as many code units as bytes.
                let converted = output.put(piece.len(), |room| unsafe {
                    simdutf::convert_utf8_to_utf16le_with_errors(piece, room)
                })?;
                match converted {
                    Ok(()) => break,
                    Err(_) if fatal => return Err(NoString::Malformed),
                    Err(at) => at,
                }
            } else {
                // Where one thing is malformed more is, and what stands before would be converted twice.
                let validated = simdutf::validate_utf8_with_errors(piece);
                match validated.is_ok() {
                    true => piece.len(),
                    false => validated.count,
                }
            };
            is_first = false;
            let (valid, rest) = piece.split_at_checked(valid).unwrap_or((piece, &[]));
            output.put_valid(valid)?;
            let read = replace(rest, &mut output)?;
            piece = rest.get(read..).unwrap_or_default();
        }
    }
    Ok(output.length)
}

/// Bytes in pieces that end where characters do, but for the last.
struct Pieces<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let length = match self.rest.get(..PIECE) {
            Some(piece) => PIECE - unfinished(piece),
            None => self.rest.len(),
        };
        let (piece, rest) = self.rest.split_at(length);
        self.rest = rest;
        (!piece.is_empty()).then_some(piece)
    }
}

/// Where characters go.
struct Output<'a, T> {
    units: &'a mut [T],
    length: usize,
    /// Room for a piece, where there may be too little of that.
    spare: Vec<T>,
}

impl<'a, T: Copy + Default> Output<'a, T> {
    fn of(units: &'a mut [T]) -> Self {
        Self {
            units,
            length: 0,
            spare: Vec::new(),
        }
    }

    /// Puts there what `convert` writes to room for `most`. Where it fails, it has written nothing, and says at which
    /// byte that was.
    fn put(
        &mut self,
        most: usize,
        convert: impl FnOnce(&mut [T]) -> SimdUtfResult,
    ) -> Result<Result<(), usize>, NoString> {
        let room = self.units.get_mut(self.length..).unwrap_or_default();
        let has_room = most <= room.len();
        let converted = if has_room {
            convert(room)
        } else {
            self.spare.resize(most, T::default());
            convert(&mut self.spare)
        };
        if !converted.is_ok() {
            return Ok(Err(converted.count));
        }
        if !has_room {
            let made = self.spare.get(..converted.count).unwrap_or_default();
            let room = room.get_mut(..made.len()).ok_or(NoString::TooLong)?;
            room.copy_from_slice(made);
        }
        self.length += converted.count;
        Ok(Ok(()))
    }
}

impl Output<'_, u16> {
    /// Puts there the code units of what is well-formed.
    fn put_valid(&mut self, valid: &[u8]) -> Result<(), NoString> {
        let converted = self.put(valid.len(), |room| SimdUtfResult {
            error: simdutf::ErrorCode::Success,
            // SAFETY: it is well-formed, and there is room for as many code units as bytes.
            count: unsafe { simdutf::convert_valid_utf8_to_utf16le(valid, room) },
        })?;
        converted.map_err(|_| NoString::Malformed)
    }

    fn push(&mut self, unit: u16) -> Result<(), NoString> {
        *self.units.get_mut(self.length).ok_or(NoString::TooLong)? = unit;
        self.length += 1;
        Ok(())
    }
}

/// What a byte says where a character begins.
#[derive(Clone, Copy)]
struct Lead {
    /// The code unit, if it is all of the character, or none of any. Otherwise its bits of the character.
    unit: u16,
    /// So many bytes belong to it.
    follow: u8,
    /// The range of the first of them.
    low: u8,
    high: u8,
}

const LEADS: [Lead; 256] = {
    let alone = Lead {
        unit: REPLACEMENT,
        follow: 0,
        low: 0x80,
        high: 0xBF,
    };
    let mut leads = [alone; 256];
    let mut i = 0;
    while i < leads.len() {
        let byte = i as u8;
        let (unit, follow) = match byte {
            0..=0x7F => (byte as u16, 0),
            0xC2..=0xDF => (byte as u16 & 0x1F, 1),
            0xE0..=0xEF => (byte as u16 & 0xF, 2),
            0xF0..=0xF4 => (byte as u16 & 0x7, 3),
            _ => (REPLACEMENT, 0),
        };
        let (low, high) = match byte {
            0xE0 => (0xA0, 0xBF),
            0xED => (0x80, 0x9F),
            0xF0 => (0x90, 0xBF),
            0xF4 => (0x80, 0x8F),
            _ => (0x80, 0xBF),
        };
        leads[i] = Lead {
            unit,
            follow,
            low,
            high,
        };
        i += 1;
    }
    leads
};

/// Decodes bytes one by one until they have been well-formed for a while: how many these are.
fn replace(bytes: &[u8], output: &mut Output<'_, u16>) -> Result<usize, NoString> {
    let (mut at, mut calm) = (0, 0);
    while calm < CALM
        && let Some(&byte) = bytes.get(at)
    {
        let lead = LEADS[usize::from(byte)];
        at += 1;
        if lead.follow == 0 {
            output.push(lead.unit)?;
            calm = if lead.unit == REPLACEMENT {
                0
            } else {
                calm + 1
            };
            continue;
        }
        let mut character = u32::from(lead.unit);
        let (mut low, mut high) = (lead.low, lead.high);
        let mut left = lead.follow;
        while left > 0
            && let Some(&next) = bytes.get(at)
            && (low..=high).contains(&next)
        {
            character = character << 6 | u32::from(next & 0x3F);
            (low, high) = (0x80, 0xBF);
            at += 1;
            left -= 1;
        }
        if left > 0 {
            output.push(REPLACEMENT)?;
            calm = 0;
            continue;
        }
        calm += 1;
        match character {
            0x1_0000.. => {
                output.push((0xD7C0 + (character >> 10)) as u16)?;
                output.push((0xDC00 | character & 0x3FF) as u16)?;
            }
            _ => output.push(character as u16)?,
        }
    }
    Ok(at)
}

/// How many bytes at the end of `bytes` begin a character that is not complete.
pub(super) fn unfinished(bytes: &[u8]) -> usize {
    for (index, &byte) in bytes.iter().rev().take(3).enumerate() {
        let lead = LEADS[usize::from(byte)];
        if lead.follow == 0 && (0x80..=0xBF).contains(&byte) {
            continue;
        }
        let have = index + 1;
        let follows = bytes.get(bytes.len() - have + 1);
        let is_begun = have <= usize::from(lead.follow)
            && follows.is_none_or(|next| (lead.low..=lead.high).contains(next));
        return if is_begun { have } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_begins_a_character_is_kept_and_nothing_else() {
        for (bytes, kept) in [
            (&b""[..], 0),
            (b"a", 0),
            (b"\xC3", 1),
            (b"\xC1", 0),
            (b"\xC3\xA4", 0),
            (b"a\xE2\x82", 2),
            (b"\xE2\x82\xAC", 0),
            (b"\xE0\x80", 0),
            (b"\xED\xA0", 0),
            (b"\xF0\x9F\x92", 3),
            (b"\xF0\x80", 0),
            (b"\xF4\x90", 0),
            (b"\xF5", 0),
            (b"\x80\x80\x80\x80", 0),
            (b"\xF0\x9F\x92\xA9", 0),
            (b"\xC3\x80\x80", 0),
        ] {
            assert_eq!(unfinished(bytes), kept, "{bytes:x?}");
        }
    }

    fn decoded(bytes: &[u8]) -> Vec<u16> {
        let mut output = vec![0; bytes.len()];
        let length = wide(bytes, &mut output, false, || Ok(())).expect("there is room");
        output.truncate(length);
        output
    }

    fn expected(bytes: &[u8]) -> Vec<u16> {
        String::from_utf8_lossy(bytes).encode_utf16().collect()
    }

    /// Bytes that are often well-formed for a while, and often nearly so.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            any::<String>().prop_map(String::into_bytes),
            proptest::collection::vec(any::<u8>(), 0..8),
            proptest::collection::vec(
                prop_oneof![
                    Just(0x41),
                    0x7F_u8..=0x90,
                    0x9F_u8..=0xA0,
                    0xBF_u8..=0xC3,
                    0xDF_u8..=0xF5
                ],
                0..8
            ),
            (0_usize..200).prop_map(|length| vec![b'a'; length]),
            (0_usize..100).prop_map(|length| "\u{4E16}\u{FC}".repeat(length).into_bytes()),
        ];
        proptest::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn what_is_malformed_becomes_what_it_becomes_elsewhere(bytes in bytes()) {
            prop_assert_eq!(decoded(&bytes), expected(&bytes));
        }

        #[test]
        fn pieces_end_where_characters_do(
            bytes in bytes(),
            before in 0_usize..64,
            filler in prop_oneof![Just("a"), Just("\u{E4}"), Just("\u{4E16}"), Just("\u{1F4A9}")],
        ) {
            let count = (PIECE - before) / filler.len();
            let whole = [filler.repeat(count).as_bytes(), &bytes].concat();
            prop_assert_eq!(decoded(&whole), expected(&whole));
        }

        #[test]
        fn there_is_room_where_there_is_just_enough(text in any::<String>(), times in 1_usize..2000) {
            let text = text.repeat(times);
            let expected: Vec<u16> = text.encode_utf16().collect();
            let mut output = vec![0; expected.len()];
            let length = wide(text.as_bytes(), &mut output, true, || Ok(()));
            prop_assert_eq!(length, Ok(expected.len()));
            prop_assert_eq!(&output, &expected);
            if let Some((_, less)) = output.split_last_mut() {
                let length = wide(text.as_bytes(), less, true, || Ok(()));
                prop_assert_eq!(length, Err(NoString::TooLong));
            }
        }
    }

    #[test]
    fn narrow_characters_have_one_byte() {
        for times in [1, 3, PIECE] {
            let text = "a\u{E4}\u{FF}".repeat(times);
            let expected: Vec<u8> = text.chars().map(|c| c as u8).collect();
            let mut output = vec![0; expected.len()];
            let length = narrow(text.as_bytes(), &mut output, || Ok(()));
            assert_eq!(length, Ok(expected.len()));
            assert_eq!(output, expected);
            let wider = text.clone() + "\u{100}";
            let mut output = vec![0; wider.len()];
            let length = narrow(wider.as_bytes(), &mut output, || Ok(()));
            assert_eq!(length, Err(NoString::Malformed));
        }
    }

    #[test]
    fn what_is_malformed_is_fatal_wherever_it_is() {
        for at in [0, 1, 100, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE] {
            let mut bytes = vec![b'a'; 2 * PIECE + 1];
            bytes[at] = 0xC3;
            let mut output = vec![0; bytes.len()];
            let length = wide(&bytes, &mut output, true, || Ok(()));
            assert_eq!(length, Err(NoString::Malformed), "at {at}");
        }
    }

    #[test]
    fn somebody_is_asked_whether_to_go_on() {
        for bytes in [vec![b'a'; 4 * PIECE], vec![0xFF; 4 * PIECE]] {
            let mut asked = 0;
            let mut output = vec![0; bytes.len()];
            let length = wide(&bytes, &mut output, false, || {
                asked += 1;
                if asked < 3 {
                    Ok(())
                } else {
                    Err(NoString::Stopped)
                }
            });
            assert_eq!((length, asked), (Err(NoString::Stopped), 3));
        }
    }
}
