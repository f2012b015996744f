//! Identifiers. Serial keys stay inside; what goes out on the wire is a string, and what a stranger could
//! guess with profit (orders, addresses, sessions) is random.

use aws_lc_rs::rand;
use chrono::{DateTime, Utc};
use diesel::sql_types::BigInt;
use serde::Serialize;

use crate::base::clock::shanghai;
use crate::base::error::Error;
use crate::base::sql_types::sql_newtype;

macro_rules! serial_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
        )]
        #[diesel(sql_type = BigInt)]
        pub struct $name(pub i64);

        sql_newtype!($name, BigInt, i64);

        impl Serialize for $name {
            /// A string: 64-bit numbers lose digits in JavaScript.
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().ok().filter(|id| *id > 0).map(Self)
                    .ok_or_else(|| serde::de::Error::custom("not an id"))
            }
        }
    )+};
}

serial_id!(
    /// A buyer.
    CustomerId,
    /// A firm of Gunpo.
    VendorId,
    /// A category of the catalogue.
    CategoryId,
    /// A product; what is sold is its SKUs.
    ProductId,
    /// A stock keeping unit. Stock is always touched in the order of these.
    SkuId,
    /// An address of a buyer.
    AddressId,
    /// An order; buyers see its `order_no`.
    OrderId,
    /// A payment; WeChat sees its `out_trade_no`, which is the order's number.
    PaymentId,
    /// A refund; WeChat sees its `out_refund_no`.
    RefundId,
    /// A person who runs the shop.
    OperatorId,
    /// A row of the job table.
    JobId,
    /// Of `cases`.
    CaseId,
);

/// Crockford's base 32 (no i, l, o, u: nothing to misread): 5 bits a letter.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// `letters` random letters, 5 bits each, from the system's generator.
pub fn random_letters(letters: usize) -> Result<String, Error> {
    let mut bytes = vec![0_u8; letters];
    rand::fill(&mut bytes).map_err(|_| Error::internal("the random generator failed"))?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

/// A random number, for jitter.
pub(crate) fn random_u16() -> Result<u16, Error> {
    let mut bytes = [0_u8; 2];
    rand::fill(&mut bytes).map_err(|_| Error::internal("the random generator failed"))?;
    Ok(u16::from_le_bytes(bytes))
}

/// 22 characters: the Shanghai day (8 digits) and 14 letters, that is 70 random bits: it can't be counted up,
/// and a day's orders can't be guessed. Also the `out_trade_no`: digits, letters and `_`, 6 to 32 (WeChat Pay, JSAPI 下单).
pub fn new_order_no(now: DateTime<Utc>) -> Result<String, Error> {
    Ok(format!("{}{}", now.with_timezone(&shanghai()).format("%Y%m%d"), random_letters(14)?))
}

/// One refund's number at WeChat, for ever: `R` and the order's number and a random tail (s(64), 申请退款).
pub fn new_out_refund_no(order_no: &str) -> Result<String, Error> {
    Ok(format!("R{order_no}{}", random_letters(6)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_order_number_is_dated_in_shanghai_and_fits_wechat() {
        let new_year_in_shanghai = "2026-12-31T16:00:00Z".parse().unwrap();
        let number = new_order_no(new_year_in_shanghai).unwrap();
        assert!(number.starts_with("20270101"), "{number}");
        assert_eq!(number.len(), 22);
        assert!(number.bytes().all(|b| b.is_ascii_alphanumeric()));
    }

    #[test]
    fn an_id_on_the_wire_is_a_string_and_positive() {
        assert_eq!(serde_json::to_string(&SkuId(7)).unwrap(), "\"7\"");
        assert_eq!(serde_json::from_str::<SkuId>("\"7\"").unwrap(), SkuId(7));
        for bad in ["7", "\"-7\"", "\"0\"", "\"7x\"", "null", "\"99999999999999999999\""] {
            assert!(serde_json::from_str::<SkuId>(bad).is_err(), "{bad}");
        }
    }
}
