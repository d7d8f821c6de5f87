//! A text for when no files are given, made the same way every time.
//!
//! Words are drawn from the licence text in this repository, each with its punctuation, by a small
//! generator of pseudo-random numbers with a fixed seed: common words stay common, since the text's own
//! words are drawn as often as they stand in it.

const SOURCE: &str = include_str!("../../LICENSE");

/// The text's size in bytes, but for its last line.
pub const SIZE: usize = 4 << 20;

/// Makes the text.
pub fn generate() -> Vec<u8> {
    let words: Vec<&str> = SOURCE.split_whitespace().collect();
    let mut text = Vec::with_capacity(SIZE + 128);
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut column = 0;
    while text.len() < SIZE || column > 0 {
        // Marsaglia's xorshift.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let word = words[(random % words.len() as u64) as usize];
        text.extend_from_slice(word.as_bytes());
        column += word.len() + 1;
        if column > 80 {
            column = 0;
            text.push(b'\n');
        } else {
            text.push(b' ');
        }
    }
    text
}
