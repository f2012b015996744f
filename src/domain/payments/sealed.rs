//! What names the payer, kept byte for byte and sealed: the prepay request and WeChat's notifies.

use secrecy::zeroize::Zeroizing;

use super::store;
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;
use crate::base::ids::OrderId;
use crate::platform::sealing::{AadContext, DataKey, Sealer};

fn request_of(out_trade_no: &str) -> AadContext<'_> {
    AadContext { table: "payments", column: "request", row: out_trade_no }
}

/// Seals the prepay request of one payment.
pub(crate) fn seal_request(key: &DataKey, out_trade_no: &str, request: &[u8]) -> Result<Vec<u8>> {
    key.seal(&request_of(out_trade_no), request)
}

/// The prepay request as it is sent; nothing once its time is over.
pub(crate) fn open_request(
    conn: &mut DbConn,
    sealer: &Sealer,
    out_trade_no: &str,
    kept: &[u8],
) -> Result<Option<Zeroizing<Vec<u8>>>> {
    match kept {
        [] => Ok(None),
        // JSON: the first programs kept it as it was.
        [b'{', ..] => Ok(Some(Zeroizing::new(kept.to_vec()))),
        sealed => sealer.open_of_subject(conn, &request_of(out_trade_no), sealed),
    }
}

/// Seals the request of an order's payment under another key, if there is one that can be opened.
pub(crate) fn reseal_request(tx: &mut Tx, sealer: &Sealer, order: OrderId, key: &DataKey) -> Result<()> {
    let Some((payment, number, kept)) = store::request_of(tx, order)? else { return Ok(()) };
    match open_request(tx, sealer, &number, &kept)? {
        Some(request) => store::reseal(tx, payment, &seal_request(key, &number, &request)?),
        None => Ok(()),
    }
}

/// Seals a notify as it came.
pub(crate) fn seal_notify(key: &DataKey, notify_id: &str, body: &[u8]) -> Result<Vec<u8>> {
    key.seal(&AadContext { table: "wechat_notifies", column: "body", row: notify_id }, body)
}
