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

impl Number<'_> {
    /// Hands it over as an integer where it is one, else as a float. `exact` says that the Rust
    /// type is an integer, so that integral doubles beyond 2^53, too, are worth converting.
    pub(super) fn visit<'de, V: Visitor<'de>>(
        self,
        exact: bool,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self {
            Self::Int32(value) => visitor.visit_i32(value),
            Self::Double(value) => double(value, exact, visitor),
            Self::BigInt(value) => bigint(value, visitor),
        }
    }
}

pub(super) fn double<'de, V: Visitor<'de>>(
    value: f64,
    exact: bool,
    visitor: V,
) -> Result<V::Value, DecodeError> {
    let integral = value.trunc() == value && value.is_finite();
    let negative_zero = value == 0.0 && value.is_sign_negative();
    if !integral || (!exact && (negative_zero || value.abs() > SAFE)) {
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
