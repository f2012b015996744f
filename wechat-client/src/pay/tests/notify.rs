//! Notifies that are properly signed: what they say, and what of them is refused.

use super::{ORDER_NO, REFUND_NO, TRANSACTION_ID, transaction_json};
use crate::testing::TestClock;
use crate::testing::{API_V3_KEY, MCHID, Signed, pay_client, sealed_with};
use crate::{NotifyEvent, NotifyRefused, OpenFault, RefundStatus, SignatureHeaders, VerifiedNotify};

const NONCE: &str = "fdasflkja484";

/// Signs whatever body is given, so that only what is inside can be at fault.
fn verified(body: &str) -> Result<VerifiedNotify, NotifyRefused> {
    let clock = TestClock::new();
    let (client, _) = pay_client([], &clock);
    let pairs = Signed::proper(body.as_bytes(), &clock).headers();
    let headers = SignatureHeaders::read(|name| {
        pairs.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect()
    });
    client.verify_notify(&headers, body.as_bytes())
}

fn envelope(event_type: &str, resource: &str) -> String {
    format!(
        r#"{{"id":"EV-1","create_time":"2026-11-23T20:00:06+08:00","event_type":"{event_type}","resource_type":"encrypt-resource","resource":{resource}}}"#
    )
}

fn resource(algorithm: &str, nonce: &str, associated_data: &str, ciphertext: &str) -> String {
    format!(
        r#"{{"algorithm":"{algorithm}","nonce":"{nonce}","associated_data":"{associated_data}","ciphertext":"{ciphertext}"}}"#
    )
}

fn opened(event_type: &str, plaintext: &str) -> Result<NotifyEvent, NotifyRefused> {
    let sealed = sealed_with(API_V3_KEY, NONCE, "x", plaintext.as_bytes());
    verified(&envelope(event_type, &resource("AEAD_AES_256_GCM", NONCE, "x", &sealed))).unwrap().decrypt()
}

fn refund_notice(old: &str, new: &str) -> String {
    let json = format!(
        r#"{{"mchid":"{MCHID}","transaction_id":"{TRANSACTION_ID}","out_trade_no":"{ORDER_NO}","refund_id":"50200207182018070300011301001","out_refund_no":"{REFUND_NO}","refund_status":"SUCCESS","success_time":"2026-11-25T10:34:56+08:00","user_received_account":"支付用户零钱","amount":{{"total":12345,"refund":345,"payer_total":12345,"payer_refund":345}}}}"#
    );
    assert!(json.contains(old), "nothing to replace: {old}");
    json.replace(old, new)
}

#[test]
fn a_payment_notify_gives_the_transaction_and_the_plaintext_to_keep() {
    let plaintext = transaction_json("\"\"", "\"\"");
    let sealed = sealed_with(API_V3_KEY, NONCE, "transaction", plaintext.as_bytes());
    let body = envelope("TRANSACTION.SUCCESS", &resource("AEAD_AES_256_GCM", NONCE, "transaction", &sealed));
    let notify = verified(&body).unwrap();
    assert_eq!(notify.plaintext().unwrap(), plaintext.as_bytes());
    let NotifyEvent::Payment(transaction) = notify.decrypt().unwrap() else { panic!("not a payment") };
    assert_eq!(transaction.out_trade_no, ORDER_NO);
    assert_eq!(transaction.amount.unwrap().total_fen, 12_345);
    let printed = format!("{notify:?}");
    assert!(!printed.contains(&sealed) && !printed.contains(API_V3_KEY));
}

#[test]
fn a_refund_notify_is_read_by_its_own_field_names() {
    for (event_type, wire, status) in [
        ("REFUND.SUCCESS", "SUCCESS", RefundStatus::Success),
        ("REFUND.ABNORMAL", "ABNORMAL", RefundStatus::Abnormal),
        ("REFUND.CLOSED", "CLOSED", RefundStatus::Closed),
    ] {
        let event = opened(event_type, &refund_notice("\"SUCCESS\"", &format!("\"{wire}\""))).unwrap();
        let NotifyEvent::Refund(notice) = event else { panic!("not a refund") };
        assert_eq!((notice.mchid.as_str(), &notice.refund.status), (MCHID, &status));
        assert_eq!(notice.refund.out_refund_no, REFUND_NO);
        assert_eq!(notice.refund.amount.refund_fen, 345);
    }
}

#[test]
fn absent_optional_parts_do_not_refuse_a_payment() {
    let plaintext = transaction_json("\"\"", "\"\"");
    let sealed = sealed_with(API_V3_KEY, NONCE, "", plaintext.as_bytes());
    for associated_data in ["", r#""associated_data":"","#, r#""associated_data":null,"#] {
        let resource = format!(
            r#"{{{associated_data}"algorithm":"AEAD_AES_256_GCM","nonce":"{NONCE}","ciphertext":"{sealed}","new":[1]}}"#
        );
        let notify = verified(&envelope("TRANSACTION.SUCCESS", &resource)).unwrap();
        assert_eq!((&notify.summary, &notify.original_type), (&None, &None));
        notify.decrypt().unwrap();
    }
}

#[test]
fn an_unknown_kind_is_accepted_and_stays_closed() {
    let body = envelope("COMPLAINT.CREATE", &resource("SOMETHING", "n", "", "not even base64"));
    let event = verified(&body).unwrap().decrypt().unwrap();
    assert_eq!(event, NotifyEvent::Other { event_type: "COMPLAINT.CREATE".to_owned() });
}

#[test]
fn a_resource_that_was_tampered_with_does_not_open_and_nothing_panics() {
    let plaintext = transaction_json("\"\"", "\"\"");
    let sealed = sealed_with(API_V3_KEY, NONCE, "transaction", plaintext.as_bytes());
    let other_key = sealed_with("ffffffffffffffffffffffffffffffff", NONCE, "transaction", plaintext.as_bytes());
    let mut flipped = sealed.clone().into_bytes();
    flipped[10] = if flipped[10] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).unwrap();
    let without_tag = sealed[..sealed.len() - 24].to_owned();
    let aes = "AEAD_AES_256_GCM";
    let cases = [
        (aes, NONCE, "transaction", flipped.as_str(), OpenFault::Sealed),
        (aes, NONCE, "transaction", other_key.as_str(), OpenFault::Sealed),
        (aes, NONCE, "refund", sealed.as_str(), OpenFault::Sealed),
        (aes, NONCE, "", sealed.as_str(), OpenFault::Sealed),
        (aes, "fdasflkja485", "transaction", sealed.as_str(), OpenFault::Sealed),
        (aes, "short", "transaction", sealed.as_str(), OpenFault::Nonce),
        (aes, "", "transaction", sealed.as_str(), OpenFault::Nonce),
        (aes, "fdasflkja484x", "transaction", sealed.as_str(), OpenFault::Nonce),
        (aes, "军浦军浦", "transaction", sealed.as_str(), OpenFault::Sealed),
        (aes, NONCE, "transaction", without_tag.as_str(), OpenFault::Sealed),
        (aes, NONCE, "transaction", "AAAA", OpenFault::Sealed),
        (aes, NONCE, "transaction", "", OpenFault::Sealed),
        (aes, NONCE, "transaction", "%%%", OpenFault::Base64),
        ("AEAD_AES_128_GCM", NONCE, "transaction", sealed.as_str(), OpenFault::Algorithm),
        ("", NONCE, "transaction", sealed.as_str(), OpenFault::Algorithm),
    ];
    for (algorithm, nonce, associated_data, ciphertext, fault) in cases {
        let body = envelope("TRANSACTION.SUCCESS", &resource(algorithm, nonce, associated_data, ciphertext));
        let notify = verified(&body).unwrap();
        assert_eq!(notify.decrypt().unwrap_err(), NotifyRefused::Sealed(fault));
    }
}

#[test]
fn a_signed_body_of_another_shape_is_malformed_not_a_panic() {
    let deep = "[".repeat(50_000);
    let xml = "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><xml><a>&e;</a></xml>";
    let bodies = ["", "null", "[]", "{}", "\"x\"", "1", "{\"id\":1}", xml, &deep, "\u{feff}{}"];
    for body in bodies {
        assert!(matches!(verified(body), Err(NotifyRefused::Malformed(_))), "{body:.40}");
    }
}

#[test]
fn a_payment_whose_money_is_not_clear_is_malformed() {
    let whole = r#","amount":{"total":12345,"payer_total":12000,"currency":"CNY","payer_currency":"CNY"}"#;
    for (old, new) in [
        ("\"total\":12345", "\"total\":-12345"),
        ("\"total\":12345", "\"total\":\"12345\""),
        ("\"total\":12345", "\"total\":12345.0"),
        ("\"total\":12345,", ""),
        (whole, ""),
        (whole, ",\"amount\":null"),
        ("\"mchid\":\"1900000109\",", ""),
        ("\"trade_state\":\"SUCCESS\",", ""),
    ] {
        let result = opened("TRANSACTION.SUCCESS", &transaction_json(old, new));
        assert!(matches!(result, Err(NotifyRefused::Malformed(_))), "{new}");
    }
    for plaintext in ["", "null", "[]", "{}", "\u{0}"] {
        assert!(matches!(opened("TRANSACTION.SUCCESS", plaintext), Err(NotifyRefused::Malformed(_))));
        assert!(matches!(opened("REFUND.SUCCESS", plaintext), Err(NotifyRefused::Malformed(_))));
    }
    // A notify speaks of money in every state, an unpaid one too.
    let unpaid = transaction_json("\"SUCCESS\"", "\"NOTPAY\"").replace(whole, "");
    assert!(matches!(opened("TRANSACTION.SUCCESS", &unpaid), Err(NotifyRefused::Malformed(_))));
}

#[test]
fn a_refund_notify_whose_money_or_status_is_not_clear_is_malformed() {
    for (old, new) in [
        ("\"refund\":345", "\"refund\":-1"),
        ("\"refund\":345,", ""),
        ("\"total\":12345", "\"total\":\"1\""),
        ("\"refund_status\"", "\"status\""),
        ("\"mchid\":\"1900000109\",", ""),
    ] {
        let result = opened("REFUND.SUCCESS", &refund_notice(old, new));
        assert!(matches!(result, Err(NotifyRefused::Malformed(_))), "{new}");
    }
}

#[test]
fn what_a_notify_says_of_others_is_handed_over_for_comparison() {
    let foreign = transaction_json("1900000109", "1900009999").replace("\"CNY\"", "\"KRW\"").replace("JSAPI", "NATIVE");
    let NotifyEvent::Payment(transaction) = opened("TRANSACTION.SUCCESS", &foreign).unwrap() else {
        panic!("not a payment")
    };
    assert_eq!(transaction.mchid, "1900009999");
    assert_eq!(transaction.amount.unwrap().currency.as_deref(), Some("KRW"));
    assert_eq!(transaction.trade_type.as_deref(), Some("NATIVE"));
}

#[test]
fn a_malformed_notify_does_not_quote_what_it_held() {
    let result = opened("TRANSACTION.SUCCESS", &transaction_json("\"total\":12345", "\"total\":\"canary-7788\""));
    assert!(!result.unwrap_err().to_string().contains("canary"));
    let whole = r#","amount":{"total":12345,"payer_total":12000,"currency":"CNY","payer_currency":"CNY"}"#;
    let foreign = transaction_json("\"SUCCESS\"", "\"canary-7788\"").replace(whole, "");
    let text = opened("TRANSACTION.SUCCESS", &foreign).unwrap_err().to_string();
    assert!(text.contains("amount is missing in an unknown state") && !text.contains("canary"), "{text}");
}
