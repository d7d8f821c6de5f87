//! Numbers on their way to whichever Rust type wants them.

use serde::de::{Error as _, Visitor};

use crate::error::DecodeError;
use crate::value::cursor::BigIntRef;
use crate::value::document::magnitude;

/// A number as JavaScript has it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number<'a> {
    Int32(i32),
    Double(f64),
    BigInt(BigIntRef<'a>),
}

/// Where doubles stop being integers of their own: 2^53.
const SAFE: f64 = 9_007_199_254_740_992.0;

/// What a Rust type wants of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// An integer, so that integral doubles beyond 2^53, too, are worth converting.
    Integer,
    Float,
    /// The type takes what comes: an integer where it is one, else a float.
    Any,
}

impl Number<'_> {
    /// Hands it over as what is wanted, as far as it is that.
    pub(super) fn visit<'de, V: Visitor<'de>>(
        self,
        wanted: Wanted,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self {
            Self::Int32(value) => visitor.visit_i32(value),
            Self::Double(value) => double(value, wanted, visitor),
            Self::BigInt(value) if wanted == Wanted::Float => visitor.visit_f64(nearest(value)),
            Self::BigInt(value) => bigint(value, visitor),
        }
    }
}

pub(super) fn double<'de, V: Visitor<'de>>(
    value: f64,
    wanted: Wanted,
    visitor: V,
) -> Result<V::Value, DecodeError> {
    let integral = value.trunc() == value && value.is_finite();
    let negative_zero = value == 0.0 && value.is_sign_negative();
    let is_integer = match wanted {
        Wanted::Integer => integral,
        Wanted::Float => false,
        Wanted::Any => integral && !negative_zero && value.abs() <= SAFE,
    };
    if !is_integer {
        return visitor.visit_f64(value);
    }
    // The casts are exact: the value is integral and the bounds are the types' own.
    if value >= 0.0 && value < u64::MAX as f64 {
        visitor.visit_u64(value as u64)
    } else if value >= i64::MIN as f64 && value < 0.0 {
        visitor.visit_i64(value as i64)
    } else if value >= 0.0 && value < u128::MAX as f64 {
        visitor.visit_u128(value as u128)
    } else if value >= i128::MIN as f64 && value < 0.0 {
        visitor.visit_i128(value as i128)
    } else {
        visitor.visit_f64(value)
    }
}

/// The double nearest to a BigInt, the even one of two, as `Number(value)` gives it in JavaScript.
fn nearest(value: BigIntRef<'_>) -> f64 {
    let significant = value.digits.iter().rposition(|byte| *byte != 0);
    let digits = value
        .digits
        .get(..significant.map_or(0, |last| last + 1))
        .unwrap_or_default();
    let (low, high) = digits.split_at(digits.len().saturating_sub(16));
    // Of what lies below the first sixteen bytes it matters only whether there is something: it breaks a tie.
    let below = u128::from(low.iter().any(|byte| *byte != 0));
    let leading = magnitude(high).unwrap_or(0) | below;
    // Past this it is infinite anyway.
    let exponent = i32::try_from(low.len() * 8).unwrap_or(i32::MAX).min(2_000);
    let size = leading as f64 * 2_f64.powi(exponent);
    if value.negative { -size } else { size }
}

fn bigint<'de, V: Visitor<'de>>(value: BigIntRef<'_>, visitor: V) -> Result<V::Value, DecodeError> {
    let Some(magnitude) = magnitude(value.digits) else {
        let bytes = value.digits.len();
        return Err(DecodeError::custom(format_args!(
            "BigInt of {bytes} bytes found, at most 16 fit a Rust integer"
        )));
    };
    if !value.negative {
        return match u64::try_from(magnitude) {
            Ok(small) => visitor.visit_u64(small),
            Err(_) => visitor.visit_u128(magnitude),
        };
    }
    match 0_i128.checked_sub_unsigned(magnitude) {
        Some(wide) => match i64::try_from(wide) {
            Ok(small) => visitor.visit_i64(small),
            Err(_) => visitor.visit_i128(wide),
        },
        None => Err(DecodeError::custom("BigInt below the least i128")),
    }
}
