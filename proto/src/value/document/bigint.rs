//! BigInts, which have no largest.

use crate::value::cursor::BigIntRef;

/// A BigInt of any size.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BigInt {
    negative: bool,
    digits: Vec<u8>,
}

impl BigInt {
    /// From a sign and a magnitude of little-endian bytes; V8 writes multiples of eight, without
    /// leading zeros. A zero has no sign.
    pub fn new(negative: bool, digits: Vec<u8>) -> Self {
        Self {
            negative: negative && !digits.is_empty(),
            digits,
        }
    }

    /// Whether it is below zero.
    pub const fn is_negative(&self) -> bool {
        self.negative
    }

    /// The magnitude, little-endian.
    pub fn digits(&self) -> &[u8] {
        &self.digits
    }

    /// The number, if it fits.
    pub fn to_i128(&self) -> Option<i128> {
        let magnitude = magnitude(&self.digits)?;
        if self.negative {
            0_i128.checked_sub_unsigned(magnitude)
        } else {
            i128::try_from(magnitude).ok()
        }
    }
}

/// The number that little-endian bytes make, if it fits.
pub(crate) fn magnitude(digits: &[u8]) -> Option<u128> {
    let (low, high) = digits.split_at(digits.len().min(16));
    if high.iter().any(|byte| *byte != 0) {
        return None;
    }
    let mut wide = [0; 16];
    wide.get_mut(..low.len())?.copy_from_slice(low);
    Some(u128::from_le_bytes(wide))
}

impl From<i128> for BigInt {
    fn from(value: i128) -> Self {
        let magnitude = value.unsigned_abs();
        let length = (128 - magnitude.leading_zeros() as usize).div_ceil(64) * 8;
        Self::new(value < 0, magnitude.to_le_bytes()[..length].to_vec())
    }
}

impl From<BigIntRef<'_>> for BigInt {
    fn from(value: BigIntRef<'_>) -> Self {
        Self::new(value.negative, value.digits.to_vec())
    }
}
