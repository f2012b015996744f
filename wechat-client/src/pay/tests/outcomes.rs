//! What an answer may make us believe, and what it may not.

use std::time::Duration;

use super::{ORDER_NO, prepay_order, refund_order, transaction_json};
use crate::testing::TestClock;
use crate::testing::{PUBLIC_KEY_ID, Signed, bare_answer, parties, pay_client, signed_answer};
use crate::transport::{InboundAnswer, TransportError};
use crate::{CallError, RefusalCode, Unknown, UnknownCause, VerifyFault, outcome_word};

async fn query_answered(clock: &TestClock, answer: InboundAnswer) -> CallError {
    let (client, _) = pay_client([Ok(answer)], clock);
    client.query_by_out_trade_no(ORDER_NO).await.unwrap_err()
}

fn cause(fault: CallError) -> UnknownCause {
    match fault {
        CallError::Unknown(Unknown { cause, .. }) => cause,
        other => panic!("not unknown: {other}"),
    }
}

fn verify_fault(fault: CallError) -> VerifyFault {
    match cause(fault) {
        UnknownCause::Unverified { fault, .. } => fault,
        other => panic!("not unverified: {other}"),
    }
}

const NOT_EXIST: &str = r#"{"code":"ORDER_NOT_EXIST","message":"订单不存在"}"#;

#[tokio::test]
async fn a_forged_order_not_exist_does_not_cancel_an_order() {
    let clock = TestClock::new();
    assert_eq!(
        verify_fault(query_answered(&clock, bare_answer(404, NOT_EXIST)).await),
        VerifyFault::HeaderMissing("Wechatpay-Timestamp")
    );
    let body = NOT_EXIST.as_bytes();
    let forged = Signed::by(&parties().forger, PUBLIC_KEY_ID, body, &clock, 0);
    assert_eq!(verify_fault(query_answered(&clock, forged.answer(404, body)).await), VerifyFault::BadSignature);
}

#[tokio::test]
async fn a_proven_order_not_exist_is_a_refusal_in_both_spellings() {
    let clock = TestClock::new();
    for code in ["ORDER_NOT_EXIST", "ORDERNOTEXIST"] {
        let fault = query_answered(&clock, signed_answer(404, &format!(r#"{{"code":"{code}"}}"#), &clock)).await;
        let CallError::Refused(refusal) = fault else { panic!("{fault}") };
        assert_eq!((refusal.code, refusal.signed, refusal.status), (RefusalCode::OrderNotExist, true, Some(404)));
    }
}

#[tokio::test]
async fn a_signtest_answer_is_unknown_whatever_it_says() {
    let clock = TestClock::new();
    let body = transaction_json("SUCCESS", "NOTPAY");
    for value in ["WECHATPAY/SIGNTEST/abc", "WECHATPAY/SIGNTEST/aGVsbG8=", "WECHATPAY/SIGNTEST/"] {
        let mut signed = Signed::proper(body.as_bytes(), &clock);
        signed.signature = value.to_owned();
        let fault = query_answered(&clock, signed.answer(200, body.as_bytes())).await;
        assert_eq!(verify_fault(fault), VerifyFault::Probe);
    }
}

#[tokio::test]
async fn an_unproven_success_is_not_a_success() {
    let clock = TestClock::new();
    let paid = transaction_json("SUCCESS", "SUCCESS");
    let body = paid.as_bytes();
    verify_fault(query_answered(&clock, bare_answer(200, &paid)).await);
    let old = Signed::by(&parties().platform, PUBLIC_KEY_ID, body, &clock, -301);
    assert!(matches!(verify_fault(query_answered(&clock, old.answer(200, body)).await), VerifyFault::Clock { .. }));
    let other = Signed::by(&parties().platform, "PUB_KEY_ID_9", body, &clock, 0);
    assert_eq!(
        verify_fault(query_answered(&clock, other.answer(200, body)).await),
        VerifyFault::UnknownSerial("PUB_KEY_ID_9".to_owned())
    );
    // A proper signature of other bytes: an intermediary changed the amount.
    let signed = Signed::proper(body, &clock);
    let changed = transaction_json("\"total\":12345", "\"total\":1");
    assert_eq!(
        verify_fault(query_answered(&clock, signed.answer(200, changed.as_bytes())).await),
        VerifyFault::BadSignature
    );
}

#[tokio::test]
async fn an_unproven_204_does_not_close_an_order() {
    let clock = TestClock::new();
    let (client, _) = pay_client(
        [
            Ok(bare_answer(204, "")),
            Ok(signed_answer(200, r#"{"code":"SYSTEM_ERROR"}"#, &clock)),
            Ok(signed_answer(204, "", &clock)),
            Ok(signed_answer(400, r#"{"code":"ORDER_CLOSED"}"#, &clock)),
            Ok(bare_answer(400, r#"{"code":"ORDER_CLOSED"}"#)),
            Ok(signed_answer(400, r#"{"code":"ORDERPAID"}"#, &clock)),
            Ok(signed_answer(202, r#"{"code":"USERPAYING"}"#, &clock)),
        ],
        &clock,
    );
    verify_fault(client.close(ORDER_NO).await.unwrap_err());
    assert!(matches!(cause(client.close(ORDER_NO).await.unwrap_err()), UnknownCause::Unreadable(_)));
    client.close(ORDER_NO).await.unwrap();
    client.close(ORDER_NO).await.unwrap();
    verify_fault(client.close(ORDER_NO).await.unwrap_err());
    assert_eq!(client.close(ORDER_NO).await.unwrap_err().refusal_code(), Some(&RefusalCode::OrderPaid));
    assert!(matches!(cause(client.close(ORDER_NO).await.unwrap_err()), UnknownCause::InProgress { .. }));
}

#[tokio::test]
async fn a_signed_success_with_an_error_envelope_is_unknown() {
    let clock = TestClock::new();
    let envelope = r#"{"code":"SYSTEM_ERROR","message":"系统繁忙"}"#;
    let bodies = [envelope, "", "null", "[]", "<xml/>", "{", r#"{"prepay_id":null}"#, r#"{"prepay_id":"wx\n1"}"#];
    for body in bodies {
        let (client, _) = pay_client([Ok(signed_answer(200, body, &clock))], &clock);
        let order = client.prepay_body(&prepay_order()).unwrap();
        assert!(matches!(cause(client.prepay(&order).await.unwrap_err()), UnknownCause::Unreadable(_)), "{body}");
        let fault = query_answered(&clock, signed_answer(200, body, &clock)).await;
        assert!(matches!(cause(fault), UnknownCause::Unreadable(_)), "{body}");
        let (client, _) = pay_client([Ok(signed_answer(200, body, &clock))], &clock);
        let refund = client.refund_body(&refund_order()).unwrap();
        assert!(matches!(cause(client.refund(&refund).await.unwrap_err()), UnknownCause::Unreadable(_)), "{body}");
    }
}

#[tokio::test]
async fn trouble_at_wechat_is_unknown_signed_or_not() {
    let clock = TestClock::new();
    let cases = [
        (500, r#"{"code":"SYSTEM_ERROR"}"#),
        (500, r#"{"code":"SYSTEMERROR"}"#),
        (500, r#"{"code":"BANK_ERROR"}"#),
        (500, r#"{"code":"BIZ_ERR_NEED_RETRY"}"#),
        (400, r#"{"code":"SYSTEM_ERROR"}"#),
        (502, "<html>bad gateway</html>"),
        (503, ""),
        (504, "null"),
        (500, r#"{"code":"SOMETHING_NEW"}"#),
    ];
    for (status, body) in cases {
        for answer in [signed_answer(status, body, &clock), bare_answer(status, body)] {
            let fault = query_answered(&clock, answer).await;
            assert!(matches!(cause(fault), UnknownCause::ServerTrouble { .. }), "{status} {body}");
        }
    }
}

#[tokio::test]
async fn permanent_refusals_with_http_500_are_not_repeated_for_ever() {
    let clock = TestClock::new();
    for (code, expected) in
        [("OPENID_MISMATCH", RefusalCode::OpenidMismatch), ("INVALID_TRANSACTIONID", RefusalCode::InvalidTransactionId)]
    {
        let body = format!(r#"{{"code":"{code}"}}"#);
        let fault = query_answered(&clock, signed_answer(500, &body, &clock)).await;
        assert_eq!(fault.refusal_code(), Some(&expected));
        // Not proven, so it is no more than trouble.
        verify_fault(query_answered(&clock, bare_answer(500, &body)).await);
    }
}

#[tokio::test]
async fn throttling_is_neither_a_refusal_nor_a_success() {
    let clock = TestClock::new();
    let cases = [
        (429, r#"{"code":"FREQUENCY_LIMITED"}"#),
        (429, r#"{"code":"RATELIMIT_EXCEEDED"}"#),
        (403, r#"{"code":"FREQUENCY_LIMIT_EXCEED"}"#),
        (429, "slow down"),
    ];
    for (status, body) in cases {
        let fault = query_answered(&clock, bare_answer(status, body)).await;
        let CallError::Throttled(throttle) = &fault else { panic!("{fault}") };
        assert!(throttle.retry_after >= Duration::from_secs(1));
        assert!(!fault.nothing_was_sent());
    }
    let mut answer = bare_answer(429, "");
    answer.headers.push(("retry-after".to_owned(), "99999999999".to_owned()));
    let CallError::Throttled(throttle) = query_answered(&clock, answer).await else { panic!("not throttled") };
    assert_eq!(throttle.retry_after, Duration::from_hours(1));
}

#[tokio::test]
async fn our_own_bad_signature_is_told_to_the_operator_and_proves_nothing() {
    let clock = TestClock::new();
    let sign_error = r#"{"code":"SIGN_ERROR","message":"签名错误"}"#;
    let fault = query_answered(&clock, bare_answer(401, sign_error)).await;
    let CallError::Refused(refusal) = fault else { panic!("{fault}") };
    assert_eq!((refusal.code, refusal.signed), (RefusalCode::SignError, false));
    let fault = query_answered(&clock, bare_answer(403, r#"{"code":"NOAUTH"}"#)).await;
    assert_eq!(fault.refusal_code(), Some(&RefusalCode::NoAuth));
    // The exception is for these two pairs only.
    for (status, code) in [(404, "SIGN_ERROR"), (403, "RULE_LIMIT"), (400, "ORDERPAID"), (400, "ORDER_CLOSED")] {
        verify_fault(query_answered(&clock, bare_answer(status, &format!(r#"{{"code":"{code}"}}"#))).await);
    }
}

#[tokio::test]
async fn a_wrong_clock_is_reported_as_the_clock_not_as_an_attack() {
    for skew_s in [600, -600] {
        let clock = TestClock::new();
        let body = br#"{"code":"SIGN_ERROR","message":"timestamp expired"}"#;
        let answer = Signed::by(&parties().platform, PUBLIC_KEY_ID, body, &clock, skew_s).answer(401, body);
        let (client, _) = pay_client([Ok(answer)], &clock);
        assert_eq!(client.observed_clock_skew_s(), None);
        let fault = client.query_by_out_trade_no(ORDER_NO).await.unwrap_err();
        let told = fault.clock_skew_s().unwrap();
        assert!((told - skew_s).abs() <= 1);
        assert!(fault.to_string().contains("clock"));
        assert_eq!(client.observed_clock_skew_s(), Some(told));
    }
}

#[tokio::test]
async fn no_answer_is_unknown_and_only_a_missing_connection_was_surely_not_sent() {
    let clock = TestClock::new();
    let cases = [
        (TransportError::NotConnected("refused".to_owned()), true),
        (TransportError::BreakerOpen, true),
        (TransportError::TimedOut, false),
        (TransportError::Broken("reset".to_owned()), false),
        (TransportError::TooLarge, false),
    ];
    for (error, surely_unsent) in cases {
        let (client, _) = pay_client([Err(error.clone())], &clock);
        let order = client.prepay_body(&prepay_order()).unwrap();
        let fault = client.prepay(&order).await.unwrap_err();
        assert_eq!(fault.nothing_was_sent(), surely_unsent, "{error}");
        cause(fault);
    }
}

#[tokio::test]
async fn redirects_and_odd_statuses_are_unknown() {
    let clock = TestClock::new();
    for status in [201, 301, 302, 304] {
        let fault = query_answered(&clock, signed_answer(status, "{}", &clock)).await;
        assert!(matches!(cause(fault), UnknownCause::Unreadable(_)), "{status}");
    }
}

#[tokio::test]
async fn text_from_outside_can_not_forge_a_log_line() {
    let clock = TestClock::new();
    let body = format!(r#"{{"code":"PARAM\nERROR","message":"a\nb{}"}}"#, "x".repeat(9000));
    let mut answer = signed_answer(400, &body, &clock);
    answer.headers.push(("request-id".to_owned(), "08F7-268435461".to_owned()));
    let fault = query_answered(&clock, answer).await;
    assert_eq!(fault.refusal_code(), Some(&RefusalCode::ParamError));
    let printed = fault.to_string();
    assert!(!printed.contains('\n') && printed.len() < 400, "{printed}");
    assert!(printed.contains("08F7-268435461"));
}

#[tokio::test]
async fn the_four_outcomes_are_counted_apart() {
    let clock = TestClock::new();
    let replies = [
        Ok(signed_answer(204, "", &clock)),
        Ok(signed_answer(400, r#"{"code":"ORDERPAID"}"#, &clock)),
        Ok(bare_answer(429, "")),
        Ok(bare_answer(204, "")),
    ];
    let (client, _) = pay_client(replies, &clock);
    for word in ["done", "refused", "throttled", "unknown"] {
        assert_eq!(outcome_word(&client.close(ORDER_NO).await), word);
    }
}
