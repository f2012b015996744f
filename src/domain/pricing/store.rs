//! Rows that freight rests on.

use diesel::prelude::*;

use crate::base::db::rows::{put_row, put_whole};
use crate::base::db::schema::freight_rules;
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;
use crate::base::money::Fen;

put_row! {
    /// Freight to a province (two digits). Grams and fen; both weights are above zero.
    FreightRow in freight_rules by province: String {
        served: bool, first_weight_g: i64, first_fee_fen: Fen, step_weight_g: i64, step_fee_fen: Fen,
        free_from_fen: Option<Fen>,
    }
}

put_whole! {
    FreightRow in freight_rules by province,
}

/// How freight to a province is computed.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub(crate) struct FreightRule {
    pub(crate) first_weight_g: i64,
    pub(crate) first_fee_fen: Fen,
    pub(crate) step_weight_g: i64,
    pub(crate) step_fee_fen: Fen,
    pub(crate) free_from_fen: Option<Fen>,
}

/// Whether any province is served.
pub(crate) fn has_freight(conn: &mut DbConn) -> Result<bool> {
    let served = freight_rules::table.filter(freight_rules::served.eq(true)).select(freight_rules::province);
    Ok(served.first::<String>(conn).optional()?.is_some())
}

/// `None` if nothing is delivered there. `province` is two digits.
pub(crate) fn freight_rule(conn: &mut DbConn, province: &str) -> Result<Option<FreightRule>> {
    conn.row(
        freight_rules::table
            .filter(freight_rules::province.eq(province))
            .filter(freight_rules::served.eq(true))
            .select((
                freight_rules::first_weight_g,
                freight_rules::first_fee_fen,
                freight_rules::step_weight_g,
                freight_rules::step_fee_fen,
                freight_rules::free_from_fen,
            )),
    )
}
