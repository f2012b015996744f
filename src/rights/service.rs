//! The copy, the end, and what WeChat says was taken back.

use std::sync::Arc;

use serde_json::{Value, json};

use super::COPY_ORDERS_MAX;
use crate::addresses::service as addresses;
use crate::app::App;
use crate::auth::service as sessions;
use crate::cart::service as cart;
use crate::clock::Timestamp;
use crate::customers::Document;
use crate::customers::service::{self as customers, consents, profile};
use crate::db::{DbConn, Tx};
use crate::error::{Error, Result};
use crate::ids::CustomerId;
use crate::orders::service::rights as orders;
use crate::privacy::Sealer;
use crate::refunds::service as refunds;
use crate::web::Lang;

/// Everything that is kept of a buyer, opened, as JSON. Of nobody else: every part is asked for by the buyer's id.
pub(super) fn copy(
    conn: &mut DbConn,
    sealer: &Sealer,
    customer: CustomerId,
    lang: Lang,
    now: Timestamp,
) -> Result<Vec<u8>> {
    let profile = profile::find(conn, sealer, customer)?;
    let identity = customers::find_identity(conn, sealer, customer)?;
    let addresses: Vec<Value> = addresses::copy(conn, sealer, customer)?
        .into_iter()
        .map(|to| {
            json!({ "name": to.name, "phone": to.phone, "province": to.province, "city": to.city,
                "district": to.district, "detail": to.detail, "region_code": to.region_code })
        })
        .collect();
    let cart: Vec<Value> = cart::copy(conn, customer)?
        .into_iter()
        .map(|(sku_code, quantity, added_at)| json!({ "sku_code": sku_code, "quantity": quantity, "added_at": added_at }))
        .collect();
    let (orders, more) = orders::copy(conn, sealer, customer, COPY_ORDERS_MAX, lang)?;
    let copy = json!({
        "made_at": now,
        "profile": {
            "id": profile.id,
            "wechat_openid": profile.openid,
            "wechat_unionid": profile.unionid,
            "nickname": profile.nickname,
            "phone": profile.phone,
            "language": profile.language,
            "created_at": profile.created_at,
            "last_login_at": profile.last_login_at,
            "closing_at": profile.closing_at,
        },
        "identity": identity.map(|found| json!({
            "name": found.identity.name,
            "id_number": found.identity.id_number,
            "consent_version": found.consent_version,
            "consented_at": found.consented_at,
        })),
        "addresses": addresses,
        "cart": cart,
        "consents": consents::all(conn, customer)?,
        "sessions": sessions::times(conn, customer)?,
        "orders": orders,
        "orders_max": COPY_ORDERS_MAX,
        "orders_cut": more,
    });
    serde_json::to_vec_pretty(&copy).map_err(|_| Error::internal("a copy can't be written"))
}

/// What keeps an account from being closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) orders: i64,
    pub(super) refunds: i64,
}

/// Where an account stands after its end was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Closed; these sessions ended with it.
    Closed(Vec<String>),
    /// Waits for open money.
    Closing { since: Timestamp, open: Open },
}

/// Closes the account now, or begins to.
pub(super) async fn close_account(app: &Arc<App>, customer: CustomerId) -> Result<Ending> {
    let now = app.clock.timestamp();
    let context = Arc::clone(app);
    let ending = app.db.write(move |tx| {
        let since = profile::begin_closing(tx, customer, now)?;
        end_if_ready(tx, &context.sealer, customer, since, now)
    });
    let ending = ending.await?;
    tell(app, customer, &ending);
    Ok(ending)
}

/// Closes an account that is closing, if it is time; also after the buyer took it back, when nothing happens.
pub(super) async fn finish_closing(app: &Arc<App>, customer: CustomerId) -> Result<()> {
    let now = app.clock.timestamp();
    let context = Arc::clone(app);
    let ending = app.db.write_bulk(move |tx| match profile::lock_closing(tx, customer)? {
        Some(since) => end_if_ready(tx, &context.sealer, customer, since, now).map(Some),
        None => Ok(None),
    });
    if let Some(ending) = ending.await? {
        tell(app, customer, &ending);
    }
    Ok(())
}

/// After the commit: the sessions are refused on this node from now on.
fn tell(app: &App, customer: CustomerId, ending: &Ending) {
    match ending {
        Ending::Closed(sids) => {
            app.auth.ended(sids.clone());
            log::info!("account {customer} is closed");
        }
        Ending::Closing { open, .. } => log::info!("account {customer} is closing: {open:?}"),
    }
}

/// The account's row is locked: no order is placed between the look and the end.
fn end_if_ready(
    tx: &mut Tx,
    sealer: &Sealer,
    customer: CustomerId,
    since: Timestamp,
    now: Timestamp,
) -> Result<Ending> {
    let open = Open { orders: orders::open_orders(tx, customer)?, refunds: refunds::open_refunds(tx, customer)? };
    if (open.orders > 0 || open.refunds > 0) && now < profile::closes_at_latest(since) {
        return Ok(Ending::Closing { since, open });
    }
    if !profile::close(tx, sealer, customer, now)? {
        return Err(Error::busy("an account was closed twice at once"));
    }
    addresses::forget_all(tx, customer)?;
    cart::clear(tx, customer)?;
    orders::forget_in_time(tx, customer, now)?;
    Ok(Ending::Closed(sessions::end_all(tx, customer, now)?))
}

/// Takes the end back.
pub(super) async fn keep_account(app: &App, customer: CustomerId) -> Result<()> {
    app.db.write(move |tx| profile::keep(tx, customer)).await
}

/// What became of a withdrawal that WeChat reported; the word that is kept with the message.
pub fn authorization_revoked(tx: &mut Tx, openid: &str, revoke_info: &str, now: Timestamp) -> Result<&'static str> {
    let Some(customer) = profile::by_openid(tx, openid)? else { return Ok("unknown_user") };
    customers::lock(tx, customer)?;
    let withdrawn = Withdrawn::of(revoke_info);
    if withdrawn.phone {
        profile::forget_phone(tx, customer)?;
    }
    if withdrawn.nickname {
        profile::forget_nickname(tx, customer)?;
    }
    if withdrawn.addresses {
        addresses::forget_all(tx, customer)?;
    }
    consents::withdraw(tx, customer, Document::Privacy, now)?;
    Ok("deleted")
}

/// Which of the data that we keep a user took back.
#[derive(Debug, PartialEq, Eq)]
struct Withdrawn {
    phone: bool,
    nickname: bool,
    addresses: bool,
}

impl Withdrawn {
    /// `RevokeInfo` is a code, or several; without any that can be read, everything was taken back.
    fn of(revoke_info: &str) -> Self {
        let codes: Vec<u32> =
            revoke_info.split(|c: char| !c.is_ascii_digit()).filter_map(|code| code.parse().ok()).collect();
        let any = |wanted: &[u32]| codes.is_empty() || codes.iter().any(|code| wanted.contains(code));
        Self { phone: any(&[8]), nickname: any(&[6, 19]), addresses: any(&[2, 18]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_withdrawn_is_what_is_deleted() {
        let of = |info: &str| {
            let Withdrawn { phone, nickname, addresses } = Withdrawn::of(info);
            (phone, nickname, addresses)
        };
        assert_eq!(of("8"), (true, false, false));
        assert_eq!(of("6"), (false, true, false));
        assert_eq!(of("19"), (false, true, false));
        assert_eq!(of("2"), (false, false, true));
        assert_eq!(of("2,8"), (true, false, true));
        assert_eq!(of("5"), (false, false, false), "the microphone: nothing of it is kept");
        assert_eq!(of(""), (true, true, true));
        assert_eq!(of("99999999999999999999"), (true, true, true));
    }
}
