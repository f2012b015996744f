//! Reading payments and refunds.

use chrono::{TimeZone, Utc};

use super::{OPENID, ORDER_NO, REFUND_NO, TRANSACTION_ID, refund_json, refund_order, transaction_json};
use crate::testing::TestClock;
use crate::testing::{APPID, MCHID, pay_client, signed_answer};
use crate::{Outcome, RefundStatus, TradeState, Transaction};

async fn queried(json: &str) -> Outcome<Transaction> {
    let clock = TestClock::new();
    let (client, _) = pay_client([Ok(signed_answer(200, json, &clock))], &clock);
    client.query_by_out_trade_no(ORDER_NO).await
}

#[tokio::test]
async fn nothing_of_a_paid_transaction_is_lost() {
    let paid = queried(&transaction_json("\"\"", "\"\"")).await.unwrap();
    assert_eq!((paid.appid.as_str(), paid.mchid.as_str()), (APPID, MCHID));
    assert_eq!(paid.transaction_id.as_deref(), Some(TRANSACTION_ID));
    assert_eq!(paid.trade_state, TradeState::Success);
    assert!(paid.trade_state.is_paid());
    assert_eq!(paid.trade_type.as_deref(), Some("JSAPI"));
    assert_eq!(paid.payer_openid.as_deref(), Some(OPENID));
    assert_eq!(paid.success_time, Some(Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 5).unwrap()));
    let amount = paid.amount.unwrap();
    assert_eq!(
        (amount.total_fen, amount.payer_total_fen, amount.currency.as_deref()),
        (12_345, Some(12_000), Some("CNY"))
    );
}

#[tokio::test]
async fn every_trade_state_is_told_apart_and_a_new_one_is_not_guessed() {
    let cases = [
        ("NOTPAY", TradeState::NotPay, false),
        ("SUCCESS", TradeState::Success, true),
        ("REFUND", TradeState::Refund, true),
        ("CLOSED", TradeState::Closed, false),
        ("REVOKED", TradeState::Revoked, false),
        ("USERPAYING", TradeState::UserPaying, false),
        ("PAYERROR", TradeState::PayError, false),
        ("ACCEPT", TradeState::Unknown("ACCEPT".to_owned()), false),
        ("success", TradeState::Unknown("success".to_owned()), false),
    ];
    for (wire, state, is_paid) in cases {
        let found = queried(&transaction_json("\"SUCCESS\"", &format!("\"{wire}\""))).await.unwrap();
        assert_eq!(found.trade_state, state);
        assert_eq!(found.trade_state.is_paid(), is_paid);
    }
}

#[tokio::test]
async fn an_unpaid_order_is_readable_without_what_comes_with_payment() {
    let json = format!(
        r#"{{"appid":"{APPID}","mchid":"{MCHID}","out_trade_no":"{ORDER_NO}","trade_state":"NOTPAY","trade_state_desc":"订单未支付","new_field":{{"deep":[1,2.5]}}}}"#
    );
    let found = queried(&json).await.unwrap();
    assert_eq!((found.trade_state, found.transaction_id, found.amount), (TradeState::NotPay, None, None));
}

#[tokio::test]
async fn an_answer_about_another_payment_is_not_taken() {
    let other = transaction_json(ORDER_NO, "GP20261123OTHER");
    assert!(queried(&other).await.unwrap_err().to_string().contains("another payment"));
    let clock = TestClock::new();
    let (client, _) = pay_client([Ok(signed_answer(200, &transaction_json(TRANSACTION_ID, "42000"), &clock))], &clock);
    assert!(client.query_by_transaction_id(TRANSACTION_ID).await.is_err());
    let (client, _) = pay_client([Ok(signed_answer(200, &refund_json(REFUND_NO, "RF-OTHER"), &clock))], &clock);
    assert!(client.query_refund(REFUND_NO).await.is_err());
}

#[tokio::test]
async fn money_that_is_not_a_whole_number_of_fen_is_not_read() {
    for amount in ["-1", "\"12345\"", "12345.0", "1e4", "null", "true", "99999999999999999999", "[12345]"] {
        let json = transaction_json("\"total\":12345", &format!("\"total\":{amount}"));
        assert!(queried(&json).await.is_err(), "{amount}");
    }
    for (old, new) in [
        ("\"payer_total\":12000", "\"payer_total\":-1"),
        ("\"total\":12345,", ""),
        ("\"total\":12345", "\"total\":12345,\"total\":1"),
        (r#","amount":{"total":12345,"payer_total":12000,"currency":"CNY","payer_currency":"CNY"}"#, ""),
    ] {
        assert!(queried(&transaction_json(old, new)).await.is_err(), "{new}");
    }
}

#[tokio::test]
async fn a_paid_transaction_without_its_number_is_not_read() {
    let number = format!("\"transaction_id\":\"{TRANSACTION_ID}\"");
    for new in ["\"x\":1", "\"transaction_id\":\"\"", "\"transaction_id\":null"] {
        assert!(queried(&transaction_json(&number, new)).await.is_err(), "{new}");
    }
}

#[tokio::test]
async fn an_odd_time_does_not_hide_a_payment() {
    let paid = queried(&transaction_json("2026-11-23T20:00:05+08:00", "20261123200005")).await.unwrap();
    assert_eq!((paid.trade_state, paid.success_time), (TradeState::Success, None));
}

#[tokio::test]
async fn an_accepted_refund_is_not_taken_for_done() {
    let clock = TestClock::new();
    let (client, _) =
        pay_client([Ok(signed_answer(200, &refund_json("\"ORIGINAL\"", "\"ORIGINAL\""), &clock))], &clock);
    let refund = client.refund(&client.refund_body(&refund_order()).unwrap()).await.unwrap();
    assert_eq!(refund.status, RefundStatus::Processing);
    assert_eq!((refund.amount.refund_fen, refund.amount.total_fen), (345, 12_345));
    assert_eq!(refund.success_time, None);
    assert!(refund.create_time.is_some());
}

#[tokio::test]
async fn every_refund_status_is_told_apart() {
    let clock = TestClock::new();
    for (wire, status) in [
        ("SUCCESS", RefundStatus::Success),
        ("CLOSED", RefundStatus::Closed),
        ("PROCESSING", RefundStatus::Processing),
        ("ABNORMAL", RefundStatus::Abnormal),
        ("FROZEN", RefundStatus::Unknown("FROZEN".to_owned())),
    ] {
        let json = refund_json("\"PROCESSING\"", &format!("\"{wire}\""));
        let (client, _) = pay_client([Ok(signed_answer(200, &json, &clock))], &clock);
        assert_eq!(client.query_refund(REFUND_NO).await.unwrap().status, status);
    }
    for (old, new) in [
        ("\"refund\":345", "\"refund\":-345"),
        ("\"status\":", "\"refund_status\":"),
        ("\"refund\":345", "\"refund\":\"345\""),
    ] {
        let (client, _) = pay_client([Ok(signed_answer(200, &refund_json(old, new), &clock))], &clock);
        assert!(client.query_refund(REFUND_NO).await.is_err(), "{new}");
    }
}
