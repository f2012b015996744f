//! What a shop loses money by, each as a test named for the failure it excludes.

mod abnormal;
mod bills;
mod certificates;
mod complaints;
mod credentials;
mod faults;
mod hosts;
mod notify;
mod outcomes;
mod pictures;
mod proof;
mod queries;
mod requests;
mod rotation;
mod x509;

use chrono::{TimeZone, Utc};

use crate::{PrepayOrder, RefundOrder, RefundTarget};

const ORDER_NO: &str = "GP20261123ABCDEF0123456";
const REFUND_NO: &str = "RF20261123ABCDEF0123456";
const TRANSACTION_ID: &str = "4200001234202611230123456789";
const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";

fn prepay_order() -> PrepayOrder {
    PrepayOrder {
        description: "军浦馆 面膜 2 盒".to_owned(),
        out_trade_no: ORDER_NO.to_owned(),
        time_expire: Utc.timestamp_millis_opt(1_795_435_200_987).unwrap(),
        attach: None,
        notify_url: "https://shop.example.com/api/v1/wechat/pay/notify".to_owned(),
        total_fen: 12_345,
        payer_openid: OPENID.to_owned(),
    }
}

fn refund_order() -> RefundOrder {
    RefundOrder {
        target: RefundTarget::OutTradeNo(ORDER_NO.to_owned()),
        out_refund_no: REFUND_NO.to_owned(),
        reason: Some("退货".to_owned()),
        notify_url: None,
        refund_fen: 345,
        total_fen: 12_345,
    }
}

/// A paid transaction as WeChat writes it, with one part replaced.
fn transaction_json(old: &str, new: &str) -> String {
    let json = format!(
        r#"{{"appid":"wx0123456789abcdef","mchid":"1900000109","out_trade_no":"{ORDER_NO}","transaction_id":"{TRANSACTION_ID}","trade_type":"JSAPI","trade_state":"SUCCESS","trade_state_desc":"支付成功","bank_type":"OTHERS","attach":"","success_time":"2026-11-23T20:00:05+08:00","payer":{{"openid":"{OPENID}"}},"amount":{{"total":12345,"payer_total":12000,"currency":"CNY","payer_currency":"CNY"}}}}"#
    );
    assert!(json.contains(old), "nothing to replace: {old}");
    json.replace(old, new)
}

/// A refund as WeChat answers it, with one part replaced.
fn refund_json(old: &str, new: &str) -> String {
    let json = format!(
        r#"{{"refund_id":"50000000382019052709732678859","out_refund_no":"{REFUND_NO}","transaction_id":"{TRANSACTION_ID}","out_trade_no":"{ORDER_NO}","channel":"ORIGINAL","user_received_account":"招商银行信用卡0403","create_time":"2026-11-24T10:00:00+08:00","status":"PROCESSING","funds_account":"AVAILABLE","amount":{{"total":12345,"refund":345,"payer_total":12000,"payer_refund":335,"settlement_refund":345,"settlement_total":12345,"discount_refund":10,"currency":"CNY","from":[]}},"promotion_detail":[]}}"#
    );
    assert!(json.contains(old), "nothing to replace: {old}");
    json.replace(old, new)
}
