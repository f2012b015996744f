//! The fund flow bill: every movement of money on the basic account.

use chrono::{DateTime, Utc};

use super::sheet::Sheet;
use super::{Day, fee, moment, yuan};
use crate::Error;
use crate::core::context::beijing;
use crate::crypto::sha256_hex;

const COLUMNS: &str = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号";
const SUMMARY: &str = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额";

struct Movement<'a> {
    at: DateTime<Utc>,
    id: &'a str,
    name: &'static str,
    /// Negative for what goes out.
    fen: i64,
    document: &'a str,
}

/// `None` when nothing moved. The balance begins with zero on the first day of the books.
pub(super) fn write(day: &Day<'_>) -> Result<Option<Vec<u8>>, Error> {
    let mut movements = movements(day);
    movements.sort_by_key(|movement| movement.at);
    let mut sheet = Sheet::new(COLUMNS)?;
    let (mut balance, mut incoming, mut outgoing) = (0, (0_u32, 0), (0_u32, 0));
    for movement in &movements {
        balance += movement.fen;
        if !day.has(movement.at) {
            continue;
        }
        let side = if movement.fen < 0 { &mut outgoing } else { &mut incoming };
        *side = (side.0 + 1, side.1 + movement.fen.abs());
        let flow = sha256_hex(format!("{}{}", movement.id, movement.name).as_bytes());
        let submitter = if movement.name == "退款" { "系统" } else { "" };
        sheet.row(&[
            moment(movement.at),
            movement.id.to_owned(),
            format!("30{}{}", beijing(movement.at).format("%Y%m%d"), digits(&flow)),
            movement.name.to_owned(),
            movement.name.to_owned(),
            if movement.fen < 0 { "支出" } else { "收入" }.to_owned(),
            yuan(movement.fen.abs()),
            yuan(balance),
            submitter.to_owned(),
            String::new(),
            movement.document.to_owned(),
        ])?;
    }
    let count = incoming.0 + outgoing.0;
    if count == 0 {
        return Ok(None);
    }
    let texts = [count.to_string(), incoming.0.to_string(), yuan(incoming.1), outgoing.0.to_string(), yuan(outgoing.1)];
    sheet.end(SUMMARY, &texts).map(Some)
}

/// 18 digits that are always the same for one movement.
fn digits(hex: &str) -> String {
    format!("{:018}", u64::from_str_radix(&hex[..14], 16).unwrap_or_default() % 1_000_000_000_000_000_000)
}

/// Everything since the books began; a refund moves money when it succeeds, and WeChat gives its fee back.
fn movements<'a>(day: &Day<'a>) -> Vec<Movement<'a>> {
    let mut all = Vec::new();
    for payment in day.state.payments.rows() {
        let Some(paid) = &payment.paid else { continue };
        let movement =
            |name, fen| Movement { at: paid.at, id: &paid.transaction_id, name, fen, document: &payment.out_trade_no };
        all.push(movement("交易", payment.total_fen));
        if fee(payment.total_fen) > 0 {
            all.push(movement("扣除交易手续费", -fee(payment.total_fen)));
        }
    }
    for refund in day.state.refunds.rows() {
        let Some(at) = refund.success_time else { continue };
        let net = refund.amount_fen - fee(refund.amount_fen);
        all.push(Movement { at, id: &refund.id, name: "退款", fen: -net, document: &refund.out_refund_no });
    }
    all
}
