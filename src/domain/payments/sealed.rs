//! What names the payer, kept byte for byte and sealed: the prepay request and WeChat's notifies.

use secrecy::zeroize::Zeroizing;

use crate::base::db::DbConn;
use crate::base::error::Result;
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

/// Seals a notify as it came.
pub(crate) fn seal_notify(key: &DataKey, notify_id: &str, body: &[u8]) -> Result<Vec<u8>> {
    key.seal(&AadContext { table: "wechat_notifies", column: "body", row: notify_id }, body)
}
