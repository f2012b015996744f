//! The payment document for customs, which WeChat Pay pushes after our call (自助清关; pages "customs declaration" of
//! the v2 merchant documents and of WeChat Pay Global).
//!
//! | file | what it holds |
//! |---|---|
//! | `declaration` | what is declared and what comes back, the same for both ways |
//! | `v2`, `v2/answers`, `sign`, `xml` | [`CustomsClient`]: the way of a mainland direct merchant, XML |
//! | `v3` | [`GlobalCustoms`]: the way of WeChat Pay Global, JSON |
//!
//! Neither has a callback: after a declaration ask for its state. Neither promises that a declaration sent twice is
//! harmless: after an unknown outcome query first, then modify or push again. Never declare before the payment is
//! [`Success`](crate::TradeState::Success). Amounts are fen on both ways.
//!
//! What WeChat pushes is the whole payment less its partial refunds, so nothing may be refunded in part before release.

mod declaration;
mod sign;
mod v2;
mod v3;
mod xml;

#[cfg(test)]
pub(crate) mod tests;

pub use declaration::{
    CUSTOMS_GUANGZHOU_ZS, CUSTOMS_ZONGSHU, CustomsKey, CustomsQuery, CustomsState, Declaration, DeclarationList,
    DeclarationRecord, DeclareOrder, DeclarePart, IdentityCheck, PayerIdentity, Redeclare, VerifyDepartment,
};
pub use sign::SignMethod;
pub use v2::{CUSTOMS_BASE_URL, CustomsClient, CustomsCredentials};
pub use v3::{GLOBAL_CUSTOMS_PATH, GlobalCustoms, GlobalCustomsSettings, PAY_GLOBAL_BASE_URL};
