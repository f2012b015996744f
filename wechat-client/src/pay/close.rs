//! Closing an unpaid order (page "close the order").

use serde::Serialize;

use crate::outcome::{CallError, Outcome, RefusalCode, UnknownCause};
use crate::pay::PayClient;
use crate::pay::exchange::PayCall;
use crate::pay::fields::is_out_trade_no;
use crate::pay::query::not_a_number;

#[derive(Serialize)]
struct CloseBody<'m> {
    mchid: &'m str,
}

impl PayClient {
    /// Closes an order, so that nobody can pay it any more. Done also when it was closed before.
    /// [`OrderPaid`](RefusalCode::OrderPaid): query it and go on as paid. Unknown: it may still be paid, so what is
    /// reserved for it stays reserved; close again.
    pub async fn close(&self, out_trade_no: &str) -> Outcome<()> {
        if !is_out_trade_no(out_trade_no) {
            return Err(not_a_number("out_trade_no"));
        }
        let path = format!("/v3/pay/transactions/out-trade-no/{out_trade_no}/close");
        let body = CloseBody { mchid: &self.merchant.mchid };
        let body =
            serde_json::to_vec(&body).map_err(|fault| CallError::unknown(UnknownCause::NotSent(fault.to_string())))?;
        match self.exchange(PayCall::post(&path, &body).repeatable()).await {
            Ok(answer) => answer.expect_empty(),
            Err(fault) if fault.refusal_code() == Some(&RefusalCode::OrderClosed) => Ok(()),
            Err(fault) => Err(fault),
        }
    }
}
