//! Buyers and their identities.
//!
//! A buyer is an openid. Bonded goods are declared in the name of a real person, so a buyer may leave a name and a
//! Chinese resident identity number (居民身份证; the customs message knows no other document). The rules:
//!
//! - The number is checked by GB 11643-1999: 18 characters, a real date of birth from 1900 on and not in the future,
//!   the check character (upper-case `X`). That is a check of form; whether the person exists is checked by WeChat Pay
//!   when the payment is declared.
//! - Nobody under [`ADULT_YEARS`] can leave a number: the shop's own policy, stricter than the law's consent of a
//!   guardian for those under 14 (PIPL article 31).
//! - Both are stored sealed, with the version of the separate consent (PIPL articles 28 to 30), and shown masked only.
//!   Deleting them is withdrawing the consent: nothing is used from then on.
//!
//! What a buyer may do with the account itself:
//!
//! - **Profile**: nickname and language; WeChat is asked whether the nickname may be shown. The phone comes from WeChat only, by a code of this very buyer.
//! - **Consents** are kept as proof: version, language, hash of the text, time and request. Withdrawing one leaves the
//!   proof. Those to the terms and the privacy text are recorded, and nothing is refused for want of them; without the one
//!   to the newest `identity` text no ID number is taken, and with it the number goes.
//! - **The end**: an account is open, closing or closed. Closing, it places no orders. Closed, nothing of the person is
//!   left in it, and a keyed tombstone stands in the openid's place. When that happens is told in `flows/close_account`.

pub mod addresses;
pub(crate) mod api;
pub mod consents;
pub(crate) mod first_form;
mod identity;
pub mod profile;
mod store;
#[cfg(test)]
pub(crate) mod testing;

use std::time::Duration;

use crate::base::clock::Timestamp;
use crate::base::db::{DbConn, Tx};
use crate::base::error::{Error, FieldRule, Result, Wrong};
use crate::base::ids::CustomerId;

pub use crate::domain::content::{Document, Language};
pub use identity::{ADULT_YEARS, ConsentedIdentity, Identity, find_identity, identity_snapshot};
pub(crate) use store::{has_identity, insert_past, lock};

/// An account that is closing is closed after this at the latest, whatever is open: 15 days, where practice allows 15
/// working days (GB/T 35273). Orders, refunds and late money go on without it.
pub const CLOSING_MAX: Duration = Duration::from_hours(15 * 24);
/// Longest code of WeChat that is looked at, in characters. Real ones have 32 (login) and 64 (phone).
pub(crate) const CODE_MAX: usize = 128;

const NO_CODE: FieldRule = FieldRule::new(
    "invalid",
    [
        "不是微信的 code：1 到 128 个字母、数字、- 或 _。",
        "위챗의 code가 아닙니다. 영문자, 숫자, -, _ 1~128자.",
        "No code of WeChat: 1 to 128 letters, digits, - or _.",
    ],
);
const _: () = assert!(CODE_MAX == 128, "the texts above say 128");

/// A code of `wx.login` or of a phone button. Letters that no code of WeChat has are refused here, before anything is sent.
pub(crate) fn check_code(code: &str) -> Result<(), Wrong> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_code = (1..=CODE_MAX).contains(&code.len()) && code.bytes().all(known);
    is_code.then_some(()).ok_or(NO_CODE.into())
}

/// Who WeChat says is logging in.
pub struct WechatUser {
    /// The buyer within the mini program.
    pub openid: String,
    /// The buyer across apps of one owner, if WeChat tells it.
    pub unionid: Option<String>,
}

/// Result of a login.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn {
    pub customer_id: CustomerId,
    /// Never seen before.
    pub is_new: bool,
}

/// Finds the buyer by openid, or makes one; `scene` is kept of the first login only.
pub fn sign_in(tx: &mut Tx, user: &WechatUser, scene: Option<&str>, now: Timestamp) -> Result<SignedIn> {
    if let Some(customer_id) = store::touch(tx, user, now)? {
        return Ok(SignedIn { customer_id, is_new: false });
    }
    if let Some(customer_id) = store::insert(tx, user, scene, now)? {
        return Ok(SignedIn { customer_id, is_new: true });
    }
    let customer_id = store::touch(tx, user, now)?.ok_or_else(|| Error::busy("a new buyer vanished"))?;
    Ok(SignedIn { customer_id, is_new: false })
}

/// Who has to pay, as WeChat knows the buyer.
pub fn openid(conn: &mut DbConn, customer: CustomerId) -> Result<String> {
    store::openid(conn, customer)?.ok_or_else(|| Error::internal("a session without its buyer"))
}
