//! The buyer's own rights over the whole account (PIPL articles 44 to 48, E-Commerce Law article 24): a copy of
//! everything, and the end of the account. Neither needs a human.
//!
//! - **The copy** is one JSON file with everything that is kept of the person, opened: profile, identity, addresses,
//!   cart, consents, times of sessions, and the newest [`COPY_ORDERS_MAX`] orders with lines and timeline.
//! - **The end** comes at once, unless money is open: an order that is not over (unpaid, or paid and not completed),
//!   money of a cancelled order that has not gone back, or a refund that has not arrived. Then the account is closing:
//!   it places no orders, can still be read, paid and cancelled with, and can be kept after all (`POST /me/keep`). A job
//!   looks again every 15 minutes, and closes it when nothing is open or after
//!   [`CLOSING_MAX`](crate::domain::customers::CLOSING_MAX): no condition holds a person for ever.
//! - **Closed** means, in one transaction: sessions ended, identity, addresses, cart, phone, nickname and language
//!   deleted, consents withdrawn, a keyed tombstone in place of the openid, and the person's data key ended: what was
//!   sealed under it opens no more, wherever a copy lies, once the epoch key of that time is retired. The same person who
//!   comes back is a new buyer.
//! - **Orders stay for the books.** What is sealed on a paid order is the trade's, and is wiped three years later with the
//!   payer's openid, account or not; of an unpaid one, 30 days later. Until then late money and refunds go on as if nothing
//!   had happened: they know the payer by the payment, not by the account.
//! - **What a user takes back in WeChat's settings** (`user_authorization_revoke`) is deleted here too, and the consent
//!   to the privacy text counts as withdrawn.

pub(crate) mod api;
mod copy;
mod ended;
mod jobs;

use std::sync::Arc;

use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::{Error, Result};
use crate::base::ids::CustomerId;
use crate::domain::customers::{self, Document, addresses, consents, profile};
use crate::domain::sessions::{self, Sessions};
use crate::domain::{cart, orders, payments, refunds};
use crate::platform::app::App;
use crate::platform::sealing::{Sealer, Subject};

#[cfg(test)]
pub(crate) use copy::orders as copy_of_orders;
pub(crate) use ended::replay;
pub(crate) use jobs::EndAccounts;

/// What keeps an account from being closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OpenMoney {
    orders: i64,
    refunds: i64,
}

/// Where an account stands after its end was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ending {
    /// Closed; these sessions ended with it.
    Closed(Vec<String>),
    /// Waits for open money.
    Closing { since: Timestamp, open: OpenMoney },
}

/// Closes the account now, or begins to.
async fn close(app: &Arc<App>, sessions: &Sessions, customer: CustomerId) -> Result<Ending> {
    let now = app.clock.timestamp();
    let context = Arc::clone(app);
    let ending = app.db.write(move |tx| {
        let since = profile::begin_closing(tx, customer, now)?;
        end_if_ready(tx, &context.sealer, customer, since, now)
    });
    let ending = ending.await?;
    tell(sessions, customer, &ending);
    if let Ending::Closed(_) = ending
        && let Err(error) = ended::note(app).await
    {
        log::error!(error:%; "an ended account is not on the list yet; the next run of the job puts it there");
    }
    Ok(ending)
}

/// Closes an account that is closing, if it is time; also after the buyer took it back, when nothing happens.
async fn finish_closing(app: &Arc<App>, sessions: &Sessions, customer: CustomerId) -> Result<()> {
    let now = app.clock.timestamp();
    let context = Arc::clone(app);
    let ending = app.db.write_bulk(move |tx| match profile::lock_closing(tx, customer)? {
        Some(since) => end_if_ready(tx, &context.sealer, customer, since, now).map(Some),
        None => Ok(None),
    });
    if let Some(ending) = ending.await? {
        tell(sessions, customer, &ending);
    }
    Ok(())
}

/// After the commit: the sessions are refused on this node from now on.
fn tell(sessions: &Sessions, customer: CustomerId, ending: &Ending) {
    match ending {
        Ending::Closed(sids) => {
            sessions.ended(sids.clone());
            log::info!(account:% = customer; "an account is closed");
        }
        Ending::Closing { open, .. } => log::info!(account:% = customer, open:debug; "an account is closing"),
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
    let open = OpenMoney { orders: orders::account::open_orders(tx, customer)?, refunds: open_refunds(tx, customer)? };
    if (open.orders > 0 || open.refunds > 0) && now < profile::closes_at_latest(since) {
        return Ok(Ending::Closing { since, open });
    }
    keep_unpaid_for_trade(tx, sealer, customer, now)?;
    end_account(tx, sealer, customer, now).map(Ending::Closed)
}

/// Whatever is open. Gives the sessions that ended with it.
fn end_account(tx: &mut Tx, sealer: &Sealer, customer: CustomerId, now: Timestamp) -> Result<Vec<String>> {
    if !profile::close(tx, sealer, customer, now)? {
        return Err(Error::busy("an account was closed twice at once"));
    }
    addresses::forget_all(tx, customer)?;
    cart::clear(tx, customer)?;
    sessions::end_all(tx, customer, now)
}

/// Orders that can still be paid when an account is closed all the same: what is sealed on them becomes the trade's before the person's key
/// ends, or late money would find an order that nobody can send or declare. Without a trade it goes in 30 days.
fn keep_unpaid_for_trade(tx: &mut Tx, sealer: &Sealer, customer: CustomerId, now: Timestamp) -> Result<()> {
    // Whoever seals for this person right now comes first.
    sealer.hold(tx, Subject::Person(customer))?;
    for (id, order_no) in orders::account::unpaid(tx, customer)? {
        // Who settles or cancels it comes before or after this, never between.
        orders::lock(tx, id)?;
        let key = sealer.key_of(tx, Subject::Trade(now), now)?;
        let parts = match orders::sealed_parts(tx, id)?.under(tx, sealer, &key, &order_no) {
            Err(Error::Internal(why)) => {
                // A key that is lost holds no person for ever.
                log::error!(order_no:%, error:% = why; "what is sealed on an order is lost with its account");
                continue;
            }
            parts => parts?,
        };
        orders::reseal(tx, id, &parts)?;
        payments::reseal_request(tx, sealer, id, &key)?;
    }
    Ok(())
}

fn open_refunds(tx: &mut Tx, customer: CustomerId) -> Result<i64> {
    let orders = orders::account::with_refunds(tx, customer)?;
    refunds::open_of(tx, &orders)
}

/// Takes the end back.
async fn keep_account(app: &App, customer: CustomerId) -> Result<()> {
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
    consents::note_withdrawn(tx, customer, Document::Privacy, now)?;
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
