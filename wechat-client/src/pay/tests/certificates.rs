//! Platform certificates: first download, rotation, unknown serials, public-key-only merchants.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;

use super::x509::certificate_pem;
use super::{ORDER_NO, transaction_json};
use crate::testing::TestClock;
use crate::testing::{
    API_V3_KEY, PLATFORM_SERIAL, PUBLIC_KEY_ID, Party, ScriptedWeChat, Signed, bare_answer, certificate_credentials,
    parties, public_key_credentials, sealed_with,
};
use crate::transport::{InboundAnswer, TransportError};
use crate::{
    CertificateRefresh, NotifyRefused, PayClient, PayCredentials, SignatureHeaders, UnknownCause, VerifyFault,
};

pub(super) const NEXT_SERIAL: &str = "6257F09EFDC096DE15EBE81A47057A7232F1B8E2";
const NOT_EXISTS: &str = r#"{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书"}"#;

fn listed(party: &Party, serial: &str, key: &str, valid_for: TimeDelta, clock: &TestClock) -> String {
    let from = clock.now() - TimeDelta::days(1);
    let pem = certificate_pem(party, serial, from, clock.now() + valid_for);
    let sealed = sealed_with(key, "61f9c719728a", "certificate", pem.as_bytes());
    format!(
        r#"{{"serial_no":"{serial}","effective_time":"2018-06-08T10:34:56+08:00","expire_time":"2028-12-08T10:34:56+08:00","encrypt_certificate":{{"algorithm":"AEAD_AES_256_GCM","nonce":"61f9c719728a","associated_data":"certificate","ciphertext":"{sealed}"}}}}"#
    )
}

pub(super) fn platform_entry(clock: &TestClock) -> String {
    listed(&parties().platform, PLATFORM_SERIAL, API_V3_KEY, TimeDelta::days(1800), clock)
}

pub(super) fn next_entry(clock: &TestClock) -> String {
    listed(&parties().next_platform, NEXT_SERIAL, API_V3_KEY, TimeDelta::days(1800), clock)
}

pub(super) fn list_of(entries: &[String]) -> String {
    format!(r#"{{"data":[{}]}}"#, entries.join(","))
}

fn signed_by_platform(body: &str, clock: &TestClock) -> InboundAnswer {
    Signed::by(&parties().platform, PLATFORM_SERIAL, body.as_bytes(), clock, 0).answer(200, body.as_bytes())
}

fn client(credentials: &PayCredentials, wechat: &Arc<ScriptedWeChat>, clock: &TestClock) -> PayClient {
    PayClient::new(credentials, wechat.clone(), clock.clone()).unwrap()
}

/// A WeChat in certificate mode: lists what `entries` gives, signs everything with its first certificate.
fn certificate_wechat(entries: impl Fn() -> Vec<String> + Send + 'static, clock: &TestClock) -> Arc<ScriptedWeChat> {
    let clock = clock.clone();
    ScriptedWeChat::slow(Duration::from_millis(50), move |request| {
        let body = if request.url.path() == "/v3/certificates" {
            list_of(&entries())
        } else {
            transaction_json("\"\"", "\"\"")
        };
        Ok(signed_by_platform(&body, &clock))
    })
}

fn downloads(wechat: &ScriptedWeChat) -> usize {
    wechat.requests().iter().filter(|request| request.url.path() == "/v3/certificates").count()
}

pub(super) fn notify_headers(signed: &Signed) -> SignatureHeaders {
    let pairs = signed.headers();
    SignatureHeaders::read(|name| {
        pairs.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect()
    })
}

pub(super) const NOTIFY: &[u8] = br#"{"id":"EV-1","create_time":"t","event_type":"COMPLAINT.CREATE","resource":{"algorithm":"","ciphertext":"","nonce":""}}"#;

#[tokio::test]
async fn the_first_calls_of_a_merchant_without_public_key_share_one_download() {
    let clock = TestClock::new();
    let for_list = clock.clone();
    let wechat = certificate_wechat(move || vec![platform_entry(&for_list)], &clock);
    let client = client(&certificate_credentials(), &wechat, &clock);
    let results = join_all((0..20).map(|_| client.query_by_out_trade_no(ORDER_NO))).await;
    assert!(results.iter().all(Result::is_ok), "{:?}", results[0]);
    assert_eq!(downloads(&wechat), 1);
    assert_eq!(client.certificate_serials(), [PLATFORM_SERIAL]);
    let last = wechat.requests().pop().unwrap();
    assert_eq!(last.header("wechatpay-serial"), Some(PLATFORM_SERIAL));
}

#[tokio::test]
async fn a_first_caller_that_goes_away_does_not_leave_the_shop_without_keys() {
    let clock = TestClock::new();
    let for_list = clock.clone();
    let wechat = certificate_wechat(move || vec![platform_entry(&for_list)], &clock);
    let client = client(&certificate_credentials(), &wechat, &clock);
    let gone = tokio::time::timeout(Duration::from_millis(2), client.query_by_out_trade_no(ORDER_NO)).await;
    assert!(gone.is_err());
    clock.advance(Duration::from_secs(6));
    client.query_by_out_trade_no(ORDER_NO).await.unwrap();
}

#[tokio::test]
async fn callers_that_waited_for_a_failed_download_do_not_fail_one_after_the_other() {
    let clock = TestClock::new();
    let for_answers = clock.clone();
    let wechat = ScriptedWeChat::slow(Duration::from_millis(20), move |_| {
        // As long as a real timeout, by the clock that counts.
        for_answers.advance(Duration::from_secs(5));
        Err(TransportError::TimedOut)
    });
    let client = client(&certificate_credentials(), &wechat, &clock);
    join_all((0..20).map(|_| client.learn_serial("AA01"))).await;
    assert_eq!(downloads(&wechat), 1);
}

#[tokio::test]
async fn a_list_that_the_api_v3_key_does_not_open_is_not_trusted() {
    let clock = TestClock::new();
    let forged =
        listed(&parties().forger, NEXT_SERIAL, "ffffffffffffffffffffffffffffffff", TimeDelta::days(1800), &clock);
    let body = list_of(&[forged]);
    let answer = Signed::by(&parties().forger, NEXT_SERIAL, body.as_bytes(), &clock, 0).answer(200, body.as_bytes());
    let wechat = ScriptedWeChat::replies([Ok(answer)]);
    let client = client(&certificate_credentials(), &wechat, &clock);
    let fault = client.refresh_certificates().await.unwrap_err();
    assert!(fault.to_string().contains("APIv3 key"), "{fault}");
    assert!(client.certificate_serials().is_empty());
}

#[tokio::test]
async fn an_old_list_that_is_replayed_or_unsigned_is_not_trusted() {
    let clock = TestClock::new();
    let body = list_of(&[platform_entry(&clock)]);
    let old = Signed::by(&parties().platform, PLATFORM_SERIAL, body.as_bytes(), &clock, -900);
    let by_other = Signed::by(&parties().forger, PLATFORM_SERIAL, body.as_bytes(), &clock, 0);
    let wechat = ScriptedWeChat::replies([
        Ok(old.answer(200, body.as_bytes())),
        Ok(bare_answer(200, &body)),
        Ok(by_other.answer(200, body.as_bytes())),
        Ok(signed_by_platform(r#"{"data":[]}"#, &clock)),
    ]);
    let client = client(&certificate_credentials(), &wechat, &clock);
    for _ in 0..4 {
        client.refresh_certificates().await.unwrap_err();
        assert!(client.certificate_serials().is_empty());
    }
}

#[tokio::test]
async fn a_certificate_under_a_false_serial_is_left_out() {
    let clock = TestClock::new();
    let body = list_of(&[platform_entry(&clock), next_entry(&clock).replace(NEXT_SERIAL, "77")]);
    let wechat = ScriptedWeChat::replies([Ok(signed_by_platform(&body, &clock))]);
    let client = client(&certificate_credentials(), &wechat, &clock);
    let found = client.refresh_certificates().await.unwrap();
    assert_eq!(found, CertificateRefresh::Updated(vec![PLATFORM_SERIAL.to_owned()]));
}

#[tokio::test]
async fn a_notify_signed_by_the_next_certificate_is_not_lost() {
    let clock = TestClock::new();
    let for_list = clock.clone();
    let wechat = certificate_wechat(move || vec![platform_entry(&for_list), next_entry(&for_list)], &clock);
    let client = client(&certificate_credentials(), &wechat, &clock);
    let headers = notify_headers(&Signed::by(&parties().next_platform, NEXT_SERIAL, NOTIFY, &clock, 0));
    let fault = client.verify_notify(&headers, NOTIFY).unwrap_err();
    assert_eq!(fault, NotifyRefused::Unverified(VerifyFault::UnknownSerial(NEXT_SERIAL.to_owned())));
    let results = join_all((0..20).map(|_| client.receive_notify(&headers, NOTIFY))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(downloads(&wechat), 1);
}

#[tokio::test]
async fn forged_serials_can_not_make_us_call_wechat_at_will() {
    let clock = TestClock::new();
    let for_list = clock.clone();
    let wechat = certificate_wechat(move || vec![platform_entry(&for_list)], &clock);
    let client = client(&public_key_credentials(), &wechat, &clock);
    for serial in ["AA01", "AA02", "AA03", "PUB_KEY_ID_77", "../x", "AA04"] {
        let headers = notify_headers(&Signed::by(&parties().forger, serial, NOTIFY, &clock, 0));
        client.receive_notify(&headers, NOTIFY).await.unwrap_err();
    }
    assert_eq!(downloads(&wechat), 1);
    clock.advance(Duration::from_secs(61));
    for serial in ["PUB_KEY_ID_78", "AA05", "AA06"] {
        let headers = notify_headers(&Signed::by(&parties().forger, serial, NOTIFY, &clock, 0));
        client.receive_notify(&headers, NOTIFY).await.unwrap_err();
    }
    assert_eq!(downloads(&wechat), 2);
}

#[tokio::test]
async fn an_answer_signed_by_a_certificate_before_the_switch_is_understood() {
    let clock = TestClock::new();
    let for_list = clock.clone();
    let wechat = certificate_wechat(move || vec![platform_entry(&for_list)], &clock);
    let client = client(&public_key_credentials(), &wechat, &clock);
    client.query_by_out_trade_no(ORDER_NO).await.unwrap();
    let paths: Vec<_> = wechat.requests().iter().map(|request| request.url.path().to_owned()).collect();
    assert_eq!(paths.len(), 2, "the payment is asked for once, the certificates once: {paths:?}");
    // Both keys stand side by side now.
    let by_public_key = Signed::by(&parties().platform, PUBLIC_KEY_ID, NOTIFY, &clock, 0);
    let by_certificate = Signed::by(&parties().platform, PLATFORM_SERIAL, NOTIFY, &clock, 0);
    client.verify_notify(&notify_headers(&by_public_key), NOTIFY).unwrap();
    client.verify_notify(&notify_headers(&by_certificate), NOTIFY).unwrap();
}

#[tokio::test]
async fn no_certificate_of_a_public_key_merchant_is_not_an_outage() {
    let clock = TestClock::new();
    let wechat = ScriptedWeChat::new(|_| Ok(bare_answer(404, NOT_EXISTS)));
    let with_key = client(&public_key_credentials(), &wechat, &clock);
    assert_eq!(with_key.refresh_certificates().await.unwrap(), CertificateRefresh::PublicKeyOnly);
    let without_key = client(&certificate_credentials(), &wechat, &clock);
    without_key.refresh_certificates().await.unwrap_err();
}

#[tokio::test]
async fn certificates_are_not_older_than_twelve_hours() {
    let clock = TestClock::new();
    let for_list = clock.clone();
    let wechat = certificate_wechat(move || vec![platform_entry(&for_list)], &clock);
    let client = client(&certificate_credentials(), &wechat, &clock);
    client.query_by_out_trade_no(ORDER_NO).await.unwrap();
    clock.advance(Duration::from_hours(5));
    client.query_by_out_trade_no(ORDER_NO).await.unwrap();
    assert_eq!(downloads(&wechat), 1);
    clock.advance(Duration::from_hours(2));
    client.query_by_out_trade_no(ORDER_NO).await.unwrap();
    assert_eq!(downloads(&wechat), 2);
}

#[tokio::test]
async fn an_expired_certificate_proves_nothing() {
    let clock = TestClock::new();
    let body = list_of(&[listed(&parties().platform, PLATFORM_SERIAL, API_V3_KEY, TimeDelta::hours(1), &clock)]);
    let wechat = ScriptedWeChat::replies([Ok(signed_by_platform(&body, &clock))]);
    let client = client(&certificate_credentials(), &wechat, &clock);
    client.refresh_certificates().await.unwrap();
    clock.advance(Duration::from_hours(2));
    let headers = notify_headers(&Signed::by(&parties().platform, PLATFORM_SERIAL, NOTIFY, &clock, 0));
    let fault = client.verify_notify(&headers, NOTIFY).unwrap_err();
    assert!(matches!(fault, NotifyRefused::Unverified(VerifyFault::UnknownSerial(_))));
}

#[tokio::test]
async fn a_failed_refresh_does_not_take_the_keys_away() {
    let clock = TestClock::new();
    let first = list_of(&[platform_entry(&clock)]);
    let wechat = ScriptedWeChat::replies([Ok(signed_by_platform(&first, &clock)), Ok(bare_answer(500, ""))]);
    let client = client(&certificate_credentials(), &wechat, &clock);
    client.refresh_certificates().await.unwrap();
    let fault = client.refresh_certificates().await.unwrap_err();
    assert!(matches!(
        fault,
        crate::CallError::Unknown(crate::Unknown { cause: UnknownCause::ServerTrouble { .. }, .. })
    ));
    assert_eq!(client.certificate_serials(), [PLATFORM_SERIAL]);
}

#[tokio::test]
async fn a_certificate_that_wechat_no_longer_lists_is_no_longer_trusted() {
    let clock = TestClock::new();
    let both = list_of(&[platform_entry(&clock), next_entry(&clock)]);
    let only_next = list_of(&[next_entry(&clock)]);
    let by_next = Signed::by(&parties().next_platform, NEXT_SERIAL, only_next.as_bytes(), &clock, 0);
    let wechat =
        ScriptedWeChat::replies([Ok(signed_by_platform(&both, &clock)), Ok(by_next.answer(200, only_next.as_bytes()))]);
    let client = client(&certificate_credentials(), &wechat, &clock);
    client.refresh_certificates().await.unwrap();
    let headers = notify_headers(&Signed::by(&parties().platform, PLATFORM_SERIAL, NOTIFY, &clock, 0));
    client.verify_notify(&headers, NOTIFY).unwrap();
    client.refresh_certificates().await.unwrap();
    client.verify_notify(&headers, NOTIFY).unwrap_err();
}
