//! Money in fen (1/100 yuan). There is no float anywhere near it, and arithmetic never wraps.

use std::fmt;

use diesel::sql_types::BigInt;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::base::error::Error;
use crate::base::sql_types::sql_newtype;

/// An amount in fen. May be negative only as a difference; columns that hold sums have CHECKs.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = BigInt)]
#[serde(transparent)]
#[schema(value_type = i64, minimum = 0, example = 19900)]
pub struct Fen(i64);

sql_newtype!(Fen, BigInt, i64);

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of `fen`.
    pub const fn new(fen: i64) -> Self {
        Self(fen)
    }

    /// The number of fen.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Sum; an overflow is an error, never a wrapped or clamped amount.
    pub fn plus(self, other: Self) -> Result<Self, Error> {
        self.0.checked_add(other.0).map(Self).ok_or_else(overflow)
    }

    /// Price of `quantity` pieces.
    pub fn times(self, quantity: i64) -> Result<Self, Error> {
        self.0.checked_mul(quantity).map(Self).ok_or_else(overflow)
    }

    /// Sum of many.
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, Error> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }
}

impl fmt::Display for Fen {
    /// Yuan with two decimals, for people: `199.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

fn overflow() -> Error {
    Error::internal("money overflow")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Fen;

    #[test]
    fn a_price_that_overflows_is_an_error_not_a_small_number() {
        assert!(Fen::new(i64::MAX).plus(Fen::new(1)).is_err());
        assert!(Fen::new(9_300_000_000_000_000).times(1_000_000).is_err());
    }

    #[test]
    fn yuan_for_people_keeps_both_decimals() {
        assert_eq!(Fen::new(1990).to_string(), "19.90");
        assert_eq!(Fen::new(-5).to_string(), "-0.05");
    }
}
