//! Forged, replayed and damaged notifies: none of them may pass.

use proptest::prelude::*;

use super::transaction_json;
use crate::testing::TestClock;
use crate::testing::{API_V3_KEY, PLATFORM_SERIAL, PUBLIC_KEY_ID, Signed, parties, pay_client, sealed_with};
use crate::{NotifyRefused, PayClient, SignatureHeaders, VerifyFault};

const NAMES: [&str; 4] = ["Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial"];

fn body() -> Vec<u8> {
    let sealed = sealed_with(API_V3_KEY, "fdasflkja484", "transaction", transaction_json("\"\"", "\"\"").as_bytes());
    format!(
        r#"{{"id":"EV-2018022511223320873","create_time":"2026-11-23T20:00:06+08:00","resource_type":"encrypt-resource","event_type":"TRANSACTION.SUCCESS","summary":"支付成功","resource":{{"original_type":"transaction","algorithm":"AEAD_AES_256_GCM","ciphertext":"{sealed}","associated_data":"transaction","nonce":"fdasflkja484"}}}}"#
    )
    .into_bytes()
}

fn headers(pairs: &[(String, String)]) -> SignatureHeaders {
    SignatureHeaders::read(|name| {
        pairs.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect()
    })
}

fn fault(client: &PayClient, pairs: &[(String, String)], body: &[u8]) -> VerifyFault {
    match client.verify_notify(&headers(pairs), body) {
        Err(NotifyRefused::Unverified(fault)) => fault,
        other => panic!("not refused as unproven: {other:?}"),
    }
}

fn client_and_clock() -> (PayClient, TestClock) {
    let clock = TestClock::new();
    let (client, _) = pay_client([], &clock);
    (client, clock)
}

#[test]
fn a_proper_notify_is_not_refused() {
    let (client, clock) = client_and_clock();
    let body = body();
    let notify = client.verify_notify(&headers(&Signed::proper(&body, &clock).headers()), &body).unwrap();
    assert_eq!((notify.id.as_str(), notify.event_type.as_str()), ("EV-2018022511223320873", "TRANSACTION.SUCCESS"));
    notify.decrypt().unwrap();
}

#[test]
fn a_notify_without_any_one_header_has_no_effect() {
    let (client, clock) = client_and_clock();
    let body = body();
    assert_eq!(fault(&client, &[], &body), VerifyFault::HeaderMissing("Wechatpay-Timestamp"));
    for name in NAMES {
        let mut pairs = Signed::proper(&body, &clock).headers();
        pairs.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        assert_eq!(fault(&client, &pairs, &body), VerifyFault::HeaderMissing(name));
        pairs.push((name.to_owned(), "  ".to_owned()));
        assert_eq!(fault(&client, &pairs, &body), VerifyFault::HeaderMissing(name));
    }
}

#[test]
fn a_repeated_header_is_refused_even_with_the_same_value() {
    let (client, clock) = client_and_clock();
    let body = body();
    for name in NAMES {
        let mut pairs = Signed::proper(&body, &clock).headers();
        let value = pairs.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).unwrap().1.clone();
        pairs.push((name.to_uppercase(), value));
        assert_eq!(fault(&client, &pairs, &body), VerifyFault::HeaderRepeated(name));
    }
}

#[test]
fn any_other_signature_is_refused_and_none_panics() {
    let (client, clock) = client_and_clock();
    let body = body();
    let forged = Signed::by(&parties().forger, PUBLIC_KEY_ID, &body, &clock, 0).signature;
    let proper = Signed::proper(&body, &clock).signature;
    let cut = proper[..proper.len() - 4].to_owned();
    let own = Signed::by(&parties().merchant, PUBLIC_KEY_ID, &body, &clock, 0).signature;
    for signature in [forged, cut, own, "AAAA".to_owned(), "!not-base64!".to_owned(), "=".to_owned()] {
        let spoilt = Signed { signature, ..Signed::proper(&body, &clock) };
        assert_eq!(fault(&client, &spoilt.headers(), &body), VerifyFault::BadSignature);
    }
    for probe in ["WECHATPAY/SIGNTEST/", "WECHATPAY/SIGNTEST/%%%", "WECHATPAY/SIGNTEST/QUJD"] {
        let spoilt = Signed { signature: probe.to_owned(), ..Signed::proper(&body, &clock) };
        assert_eq!(fault(&client, &spoilt.headers(), &body), VerifyFault::Probe);
    }
}

#[test]
fn a_right_signature_under_an_unknown_serial_is_refused() {
    let (client, clock) = client_and_clock();
    let body = body();
    let too_long = "A".repeat(2000);
    for serial in [PLATFORM_SERIAL, "PUB_KEY_ID_0000000000000000", "pub_key_id_0119000001092024", "0"] {
        let signed = Signed { serial: serial.to_owned(), ..Signed::proper(&body, &clock) };
        assert_eq!(fault(&client, &signed.headers(), &body), VerifyFault::UnknownSerial(serial.to_owned()));
    }
    let signed = Signed { serial: too_long, ..Signed::proper(&body, &clock) };
    assert_eq!(fault(&client, &signed.headers(), &body), VerifyFault::HeaderMalformed("Wechatpay-Serial"));
}

#[test]
fn a_stale_or_future_timestamp_is_refused_at_300_seconds_and_not_before() {
    let (client, clock) = client_and_clock();
    let body = body();
    for skew_s in [-301, -300, 300, 301] {
        // Exact to the second, so it is looked at again if a second ended meanwhile.
        let found = loop {
            let second = clock.now().timestamp();
            let signed = Signed::by(&parties().platform, PUBLIC_KEY_ID, &body, &clock, skew_s);
            let found = client.verify_notify(&headers(&signed.headers()), &body);
            if clock.now().timestamp() == second {
                break found.unwrap_err();
            }
        };
        assert_eq!(found, NotifyRefused::Unverified(VerifyFault::Clock { skew_s }));
    }
    for skew_s in [-298, 299] {
        let signed = Signed::by(&parties().platform, PUBLIC_KEY_ID, &body, &clock, skew_s);
        assert!(client.verify_notify(&headers(&signed.headers()), &body).is_ok(), "{skew_s}");
    }
    // The clock is the injected one.
    let signed = Signed::proper(&body, &clock);
    clock.advance(std::time::Duration::from_secs(301));
    assert!(matches!(fault(&client, &signed.headers(), &body), VerifyFault::Clock { .. }));
}

#[test]
fn a_timestamp_that_is_no_number_of_seconds_is_refused_and_not_called_a_clock() {
    let (client, clock) = client_and_clock();
    let body = body();
    let millis = clock.now().timestamp_millis().to_string();
    for timestamp in [millis.as_str(), "text", "-1", "+1795435200", "1.5", "99999999999999999999", "１７", "0x10"] {
        let spoilt = Signed { timestamp: timestamp.to_owned(), ..Signed::proper(&body, &clock) };
        assert_eq!(
            fault(&client, &spoilt.headers(), &body),
            VerifyFault::HeaderMalformed("Wechatpay-Timestamp"),
            "{timestamp}"
        );
    }
}

#[test]
fn another_signature_algorithm_is_refused() {
    let (client, clock) = client_and_clock();
    let body = body();
    let name = "Wechatpay-Signature-Type".to_owned();
    let mut pairs = Signed::proper(&body, &clock).headers();
    pairs.push((name.clone(), "WECHATPAY2-SHA256-RSA2048".to_owned()));
    assert!(client.verify_notify(&headers(&pairs), &body).is_ok());
    pairs.pop();
    pairs.push((name.clone(), "WECHATPAY2-SM2-WITH-SM3".to_owned()));
    assert_eq!(fault(&client, &pairs, &body), VerifyFault::Algorithm);
}

#[test]
fn a_byte_changed_anywhere_in_the_body_is_noticed() {
    let (client, clock) = client_and_clock();
    let body = body();
    let pairs = Signed::proper(&body, &clock).headers();
    for at in (0..body.len()).step_by(37) {
        let mut changed = body.clone();
        changed[at] ^= 0x01;
        assert_eq!(fault(&client, &pairs, &changed), VerifyFault::BadSignature);
    }
    let mut longer = body.clone();
    longer.push(b' ');
    assert_eq!(fault(&client, &pairs, &longer), VerifyFault::BadSignature);
    assert_eq!(fault(&client, &pairs, b""), VerifyFault::BadSignature);
}

#[test]
fn a_line_feed_can_not_move_bytes_between_signed_lines() {
    let (client, clock) = client_and_clock();
    let body = body();
    let signed = Signed::proper(&body, &clock);
    let text = String::from_utf8(body).unwrap();
    // "nonce" + LF + first line of the body as the nonce, the rest as the body: the same signed bytes.
    let moved = Signed { nonce: format!("{}\n{}", signed.nonce, &text[..10]), ..signed };
    let rest = &text.as_bytes()[10..];
    assert_eq!(fault(&client, &moved.headers(), rest), VerifyFault::HeaderMalformed("Wechatpay-Nonce"));
}

#[test]
fn a_body_of_ten_megabytes_is_not_even_hashed() {
    let (client, clock) = client_and_clock();
    let body = vec![b'x'; 10 << 20];
    let signed = Signed { signature: "AAAA".to_owned(), ..Signed::proper(b"", &clock) };
    let result = client.verify_notify(&headers(&signed.headers()), &body);
    assert_eq!(result.unwrap_err(), NotifyRefused::TooLong);
}

#[test]
fn time_is_judged_before_the_key_and_the_key_before_the_signature() {
    let (client, clock) = client_and_clock();
    let body = body();
    let all_wrong = Signed {
        timestamp: "1".to_owned(),
        serial: "00".to_owned(),
        signature: "WECHATPAY/SIGNTEST/x".to_owned(),
        ..Signed::proper(&body, &clock)
    };
    assert!(matches!(fault(&client, &all_wrong.headers(), &body), VerifyFault::Clock { .. }));
    let in_time = Signed { timestamp: clock.now().timestamp().to_string(), ..all_wrong };
    assert!(matches!(fault(&client, &in_time.headers(), &body), VerifyFault::UnknownSerial(_)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_header_and_no_body_panics_or_passes(
        values in prop::collection::vec("\\PC{0,40}", 4),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let clock = TestClock::new();
        let (client, _) = pay_client([], &clock);
        let mut pairs: Vec<(String, String)> =
            NAMES.iter().zip(&values).map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        prop_assert!(client.verify_notify(&headers(&pairs), &body).is_err());
        pairs[0].1 = clock.now().timestamp().to_string();
        pairs[3].1 = PUBLIC_KEY_ID.to_owned();
        prop_assert!(client.verify_notify(&headers(&pairs), &body).is_err());
    }

    #[test]
    fn no_signed_body_panics(body in "\\PC{0,300}") {
        let clock = TestClock::new();
        let (client, _) = pay_client([], &clock);
        let signed = Signed::proper(body.as_bytes(), &clock);
        let result = client.verify_notify(&headers(&signed.headers()), body.as_bytes());
        prop_assert!(!matches!(result, Err(NotifyRefused::Unverified(_))));
    }
}
