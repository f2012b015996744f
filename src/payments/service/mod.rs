//! Use cases of payments.

mod close;
mod notify;
mod pay;
mod settle;

use crate::clock::Timestamp;
use crate::db::{DbConn, Tx};
use crate::error::{Error, Result};
use crate::ids::OrderId;
use crate::payments::{Payment, store};
use crate::wechat::CallError;

pub use close::{Closed, close};
pub use notify::{NotifyAnswer, receive};
pub use pay::pay;
pub use settle::{Settled, ask, settle};

/// The payment of an order, if WeChat was ever called for it.
pub fn by_no(conn: &mut DbConn, out_trade_no: &str) -> Result<Option<Payment>> {
    store::by_no(conn, out_trade_no)
}

/// Forgets who paid these orders: their time is over, and so are their refunds.
pub fn forget_payers(tx: &mut Tx, orders: &[OrderId]) -> Result<()> {
    store::forget_payers(tx, orders)
}

/// When an open payment is asked for next: 5 s, 30 s and 1 min after the pay call, then every minute.
pub(super) fn next_query(opened_at: Timestamp, now: Timestamp) -> Timestamp {
    use std::time::Duration;
    const AFTER_S: [u64; 3] = [5, 30, 60];
    let age = (now.utc() - opened_at.utc()).to_std().unwrap_or_default();
    let after = AFTER_S.into_iter().map(Duration::from_secs).find(|after| *after > age);
    after.map_or_else(|| now.plus(Duration::from_mins(1)), |after| opened_at.plus(after))
}

/// What a caller of ours is told when WeChat gives no usable answer. Never "failed".
pub(super) fn unanswered(error: &CallError) -> Error {
    use crate::error::Code;
    match error {
        CallError::Refused(_) => Code::WechatRefused.into(),
        CallError::Throttled(_) | CallError::Unknown(_) => Code::WechatUnavailable.into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use chrono::DateTime;

    #[test]
    fn a_payment_is_never_left_unasked_for_longer_than_a_minute() {
        let opened: Timestamp = DateTime::from_timestamp(1_800_000_000, 0).unwrap().into();
        let mut now = opened;
        let mut asked = Vec::new();
        while asked.len() < 6 {
            now = next_query(opened, now);
            asked.push((now.utc() - opened.utc()).num_seconds());
        }
        assert_eq!(asked, [5, 30, 60, 120, 180, 240]);
    }
}
