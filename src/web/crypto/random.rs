//! Random bytes from the operating system, fetched ahead for small requests.
//!
//! A process that was forked would have the same bytes ahead as its parent; nobody forks one that has threads, as this
//! one does.

use std::cell::RefCell;

/// What is fetched at once. A request of a quarter of it or more goes to the system itself.
const AHEAD: usize = 4096;

struct Pool {
    bytes: [u8; AHEAD],
    /// How many at the end were not given out. Zero at first, so that the whole is: a thread that needs none touches none.
    left: usize,
}

thread_local! {
    /// Of the thread, not of an isolate: isolates at rest keep none, and no byte is given out twice.
    static POOL: RefCell<Pool> = const {
        RefCell::new(Pool {
            bytes: [0; AHEAD],
            left: 0,
        })
    };
}

/// Fills `out`.
pub(crate) fn fill(out: &mut [u8]) -> Result<(), getrandom::Error> {
    if out.len() >= AHEAD / 4 {
        return getrandom::fill(out);
    }
    POOL.with_borrow_mut(|pool| {
        if pool.left < out.len() {
            getrandom::fill(&mut pool.bytes)?;
            pool.left = AHEAD;
        }
        let taken = &mut pool.bytes[AHEAD - pool.left..][..out.len()];
        out.copy_from_slice(taken);
        // What was given out is nowhere else.
        taken.fill(0);
        pool.left -= out.len();
        Ok(())
    })
}

/// Each byte as two digits.
static HEX: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hex = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        hex[byte] = [DIGITS[byte >> 4], DIGITS[byte & 0xF]];
        byte += 1;
    }
    hex
};

/// Where in a UUID's text its bytes are.
const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/// The text of a random UUID (RFC 9562, version 4).
pub(crate) fn uuid() -> Result<[u8; 36], getrandom::Error> {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    bytes[6] = bytes[6] & 0x0F | 0x40;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let mut text = [b'-'; 36];
    for (byte, at) in bytes.iter().zip(PLACES) {
        text[at..at + 2].copy_from_slice(&HEX[usize::from(*byte)]);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_given_out_once() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            let mut bytes = [0; 24];
            fill(&mut bytes).unwrap();
            assert!(seen.insert(bytes));
        }
    }

    #[test]
    fn large_requests_are_filled_to_the_end() {
        let mut bytes = vec![0; 100_000];
        fill(&mut bytes).unwrap();
        assert!(bytes.chunks(16).all(|chunk| chunk.iter().any(|&b| b != 0)));
    }

    #[test]
    fn a_uuid_has_version_and_variant() {
        for _ in 0..100 {
            let text = uuid().unwrap();
            for (i, &c) in text.iter().enumerate() {
                match i {
                    8 | 13 | 18 | 23 => assert_eq!(c, b'-'),
                    14 => assert_eq!(c, b'4'),
                    19 => assert!(b"89ab".contains(&c)),
                    _ => assert!(c.is_ascii_digit() || (b'a'..=b'f').contains(&c)),
                }
            }
        }
    }
}
