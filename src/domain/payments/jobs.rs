//! What is queued about the payment of an order, and forgotten when its end is known. What the jobs do stands in `flows`.

use crate::platform::jobs::{MONEY_ATTEMPTS_MAX, payloads};

payloads! {
    /// Asks WeChat how an open payment stands.
    QueryPayment = "payment_query" { order_no }, MONEY_ATTEMPTS_MAX attempts;
    /// Ends an order whose time to pay is over.
    ExpireOrder = "order_expiry" { order_no }, MONEY_ATTEMPTS_MAX attempts;
    /// Ends the closing of an order whose end at WeChat is not known yet.
    FinishClosing = "payment_close" { order_no }, MONEY_ATTEMPTS_MAX attempts;
}
