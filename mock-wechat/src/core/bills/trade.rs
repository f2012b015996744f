//! The trade bill: receipts and refunds of a day.

use super::sheet::Sheet;
use super::{Day, fee, fee_text, moment, yuan};
use crate::Error;
use crate::core::records::{Bill, PaidOrder, Payment, Refund, RefundStatus};

const FRONT: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额";
const REFUND: &str = "微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态";
const BACK: &str = "商品名称,商户数据包,手续费,费率";
const ALL: &str = "订单金额,申请退款金额,费率备注";
const SUMMARY: &str = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";

const RATE: &str = "0.60%";

#[derive(Default)]
struct Sums {
    rows: u32,
    paid: i64,
    refunded: i64,
    fees: i64,
}

/// `None` when there is no row. Rows stand in order of time.
pub(super) fn write(day: &Day<'_>, bill: Bill) -> Result<Option<Vec<u8>>, Error> {
    let mut sums = Sums::default();
    let mut rows = Vec::new();
    if bill != Bill::Refund {
        for payment in day.state.payments.rows() {
            if let Some(paid) = payment.paid.as_ref().filter(|paid| day.has(paid.at)) {
                sums.rows += 1;
                sums.paid += payment.total_fen;
                sums.fees += fee(payment.total_fen);
                rows.push((paid.at, payment_row(day, bill, payment, paid)));
            }
        }
    }
    if bill != Bill::Success {
        for refund in day.state.refunds.rows().filter(|refund| day.has(refund.created_at)) {
            if let Some(payment) = day.state.payments.get(&refund.out_trade_no) {
                sums.rows += 1;
                sums.refunded += refund.amount_fen;
                sums.fees -= fee(refund.amount_fen);
                rows.push((refund.created_at, refund_row(day, bill, payment, refund)));
            }
        }
    }
    if rows.is_empty() {
        return Ok(None);
    }
    rows.sort_by_key(|(at, _)| *at);
    let mut sheet = Sheet::new(&columns(bill))?;
    for (_, row) in rows {
        sheet.row(&row)?;
    }
    let Sums { rows, paid, refunded, fees } = sums;
    let zero = || "0.00".to_owned();
    let summary = [rows.to_string(), yuan(paid), yuan(refunded), zero(), fee_text(fees), yuan(paid), yuan(refunded)];
    sheet.end(SUMMARY, &summary).map(Some)
}

/// `SUCCESS` bills lack the columns of refunds; `REFUND` bills tell two more times.
fn columns(bill: Bill) -> String {
    match bill {
        Bill::Success => [FRONT, BACK, "订单金额,费率备注"].join(","),
        Bill::Refund => [FRONT, "退款申请时间,退款成功时间", REFUND, BACK, ALL].join(","),
        _ => [FRONT, REFUND, BACK, ALL].join(","),
    }
}

fn front(day: &Day<'_>, payment: &Payment, at: String, transaction: &str, state: &str, settled: i64) -> Vec<String> {
    let account = day.account;
    let device = payment.device_id.as_deref().unwrap_or_default();
    let texts = [
        at.as_str(),
        &account.appid,
        &account.mchid,
        "0",
        device,
        transaction,
        &payment.out_trade_no,
        &payment.openid,
        "JSAPI",
        state,
        "OTHERS",
        "CNY",
        &yuan(settled),
        "0.00",
    ];
    texts.map(str::to_owned).to_vec()
}

fn back(payment: &Payment, fees: i64) -> [String; 4] {
    let attach = payment.attach.clone().unwrap_or_default();
    [payment.description.clone(), attach, fee_text(fees), RATE.to_owned()]
}

fn payment_row(day: &Day<'_>, bill: Bill, payment: &Payment, paid: &PaidOrder) -> Vec<String> {
    let mut row = front(day, payment, moment(paid.at), &paid.transaction_id, "SUCCESS", payment.total_fen);
    if bill == Bill::All {
        row.extend(["0", "0", "0.00", "0.00", "", ""].map(str::to_owned));
    }
    row.extend(back(payment, fee(payment.total_fen)));
    row.push(yuan(payment.total_fen));
    if bill == Bill::All {
        row.push("0.00".to_owned());
    }
    row.push(String::new());
    row
}

fn refund_row(day: &Day<'_>, bill: Bill, payment: &Payment, refund: &Refund) -> Vec<String> {
    let at = moment(refund.created_at);
    let mut row = front(day, payment, at.clone(), &refund.transaction_id, "REFUND", 0);
    let ended = refund.success_time.filter(|at| day.knows(*at));
    if bill == Bill::Refund {
        row.extend([at, ended.map(moment).unwrap_or_default()]);
    }
    // Not the states of the API, and never updated later.
    let state = match refund.status {
        RefundStatus::Success if ended.is_some() => "SUCCESS",
        RefundStatus::Success | RefundStatus::Processing => "PROCESSING",
        RefundStatus::Abnormal => "CHANGE",
        RefundStatus::Closed => "FAIL",
    };
    let amount = yuan(refund.amount_fen);
    row.extend([&refund.id, &refund.out_refund_no, &amount, "0.00", "ORIGINAL", state].map(str::to_owned));
    row.extend(back(payment, -fee(refund.amount_fen)));
    row.extend(["0.00".to_owned(), amount, String::new()]);
    row
}
