//! The client of WeChat Pay and customs against the stand-in, over real connections, with no shop between them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use gunpo_mall::base::clock::Clock;
use mock_wechat::{Fault, FaultKind, MockWechat, Request, Route, Settings};
use secrecy::SecretString;
use serde_json::{Value, json};
use wechat_client::{
    CUSTOMS_GUANGZHOU_ZS, CallError, ComplaintReply, CustomsClient, CustomsCredentials, CustomsKey, CustomsQuery,
    CustomsState, DeclareOrder, GlobalCustoms, GlobalCustomsSettings, PayClient, PayCredentials, PrepayOrder,
    RefusalCode, ReqwestTransport, SignMethod, TransportSettings, Unknown, UnknownCause,
};

use crate::support::shop::{account, stand_in};

const ORDER_NO: &str = "GP20261126A0001";

/// The stand-in behind a port, and the merchant's clients.
struct Wechat {
    mock: MockWechat,
    address: String,
    transport: Arc<ReqwestTransport>,
    pay: Arc<PayClient>,
    server: ServerHandle,
}

impl Wechat {
    /// `patience` is what the clients give a whole answer.
    fn start(patience: Duration) -> Self {
        let (mock, address, server) = stand_in();
        let settings =
            TransportSettings { load_tls_roots: false, total_timeout: patience, ..TransportSettings::default() };
        let transport = Arc::new(ReqwestTransport::new(&settings).unwrap());
        let account = account();
        let credentials = PayCredentials {
            appid: account.appid.clone(),
            mchid: account.mchid.clone(),
            merchant_serial: account.merchant_serial.clone(),
            merchant_private_key_pem: SecretString::from(account.merchant_private_key_pem.clone()),
            api_v3_key: SecretString::from(account.api_v3_key.clone()),
            public_key: Some((account.public_key_id.clone(), account.public_key_pem.clone())),
            base_url: address.clone(),
        };
        let clock = Clock::following(mock.clock().offset_ms());
        let pay = Arc::new(PayClient::new(&credentials, transport.clone(), clock).unwrap());
        Self { mock, address, transport, pay, server }
    }

    fn customs(&self, sign_method: SignMethod, api_v2_key: &str) -> CustomsClient {
        let credentials = CustomsCredentials {
            appid: account().appid.clone(),
            mchid: account().mchid.clone(),
            api_v2_key: SecretString::from(api_v2_key),
            sign_method,
            base_url: self.address.clone(),
        };
        CustomsClient::new(&credentials, self.transport.clone()).unwrap()
    }

    async fn staged(&self, path: &str, body: Value) -> Value {
        let request = Request::new("POST", &format!("/_mock/{path}")).body(body.to_string());
        let answer = self.mock.handle(request).await.answer().unwrap();
        serde_json::from_slice(&answer.body).unwrap()
    }

    fn prepay_body(&self, out_trade_no: &str) -> Vec<u8> {
        let order = PrepayOrder {
            description: "红参".to_owned(),
            out_trade_no: out_trade_no.to_owned(),
            time_expire: self.mock.clock().now() + chrono::TimeDelta::minutes(30),
            attach: None,
            notify_url: "https://shop.example/notify".to_owned(),
            total_fen: 100,
            payer_openid: self.mock.openid_of("alice"),
        };
        self.pay.prepay_body(&order).unwrap()
    }

    /// What customs would be told of a paid order.
    async fn paid(&self) -> DeclareOrder {
        self.pay.prepay(&self.prepay_body(ORDER_NO)).await.unwrap();
        let paid = self.mock.pay_direct(ORDER_NO, false).unwrap();
        DeclareOrder {
            out_trade_no: ORDER_NO.to_owned(),
            transaction_id: paid.transaction_id,
            customs: CUSTOMS_GUANGZHOU_ZS.to_owned(),
            merchant_customs_no: "3713W6K001".to_owned(),
            duty_fen: None,
            part: None,
            identity: None,
        }
    }

    async fn end(self) {
        self.server.stop(false).await;
    }
}

fn patient() -> Wechat {
    Wechat::start(Duration::from_secs(10))
}

fn cause(fault: CallError) -> UnknownCause {
    let CallError::Unknown(Unknown { cause, .. }) = fault else { panic!("{fault}") };
    cause
}

fn declared(order: &DeclareOrder) -> CustomsQuery {
    CustomsQuery { by: CustomsKey::TransactionId(order.transaction_id.clone()), customs: order.customs.clone() }
}

#[actix_web::test]
async fn complaints_go_to_one_address_that_can_be_moved_and_taken_away() {
    let wechat = patient();
    let pay = &wechat.pay;
    let refused = |fault: CallError, code: &RefusalCode| assert_eq!(fault.refusal_code(), Some(code), "{fault}");
    refused(pay.complaint_url().await.unwrap_err(), &RefusalCode::ResourceNotExists);
    pay.create_complaint_url("https://shop.example/a").await.unwrap();
    refused(pay.create_complaint_url("https://shop.example/b").await.unwrap_err(), &RefusalCode::InvalidRequest);
    pay.change_complaint_url("https://shop.example/b").await.unwrap();
    assert_eq!(pay.complaint_url().await.unwrap(), "https://shop.example/b");
    pay.delete_complaint_url().await.unwrap();
    refused(pay.delete_complaint_url().await.unwrap_err(), &RefusalCode::ResourceNotExists);
    wechat.end().await;
}

#[actix_web::test]
async fn a_reply_carries_a_picture_that_was_uploaded_and_no_other() {
    let wechat = patient();
    wechat.paid().await;
    let complaint = json!({ "out_trade_no": ORDER_NO, "detail": "没有收到货", "problem_type": "REFUND" });
    let complaint_id = wechat.staged("complaints", complaint).await["complaint_id"].as_str().unwrap().to_owned();
    let picture = [b"\xff\xd8\xff".to_vec(), vec![b'\n'; (2 << 20) - 3]].concat();
    let media_id = wechat.pay.upload_complaint_image(&picture).await.unwrap();
    let text = "见图".to_owned();
    let reply = ComplaintReply { complaint_id, text, images: vec!["file1_1.jpg".to_owned()], link: None };
    let refused = wechat.pay.reply_to_complaint(&reply).await.unwrap_err();
    assert_eq!(refused.refusal_code(), Some(&RefusalCode::ParamError));
    wechat.pay.reply_to_complaint(&ComplaintReply { images: vec![media_id], ..reply }).await.unwrap();
    wechat.end().await;
}

#[actix_web::test]
async fn prepay_beyond_wechats_rate_is_throttled_and_goes_on_in_the_next_second() {
    let wechat = patient();
    let settings = Settings { rate_limits: true, sign_errors: false, ..wechat.mock.settings() };
    wechat.mock.set_settings(settings).unwrap();
    let mut outcome = Ok(String::new());
    for number in 0..20 {
        let body = wechat.prepay_body(&format!("{ORDER_NO}-{number}"));
        // Unsigned calls count as well and cost no time, so that one second has room for them all.
        for _ in 0..500 {
            wechat.mock.handle(Request::new("POST", "/v3/pay/transactions/jsapi")).await;
        }
        outcome = wechat.pay.prepay(&body).await;
        if outcome.is_err() {
            break;
        }
    }
    assert!(matches!(outcome, Err(CallError::Throttled(_))), "{outcome:?}");
    wechat.mock.clock().advance(Duration::from_secs(1));
    wechat.pay.prepay(&wechat.prepay_body(ORDER_NO)).await.unwrap();
    wechat.end().await;
}

#[actix_web::test]
async fn an_answer_that_trickles_in_is_given_up_in_time_and_called_unknown() {
    let wechat = Wechat::start(Duration::from_millis(700));
    let body = wechat.prepay_body(ORDER_NO);
    let slow = FaultKind::SlowBody { bytes: 1, pause_ms: 100 };
    wechat.mock.add_fault(Fault::new(Route::Any, slow).times(2));
    let began = Instant::now();
    for outcome in
        [wechat.pay.prepay(&body).await.map(drop), wechat.pay.query_by_out_trade_no(ORDER_NO).await.map(drop)]
    {
        assert!(matches!(cause(outcome.unwrap_err()), UnknownCause::TimedOut));
    }
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(wechat.mock.ledger().payments.len(), 1, "the prepay took effect");
    wechat.end().await;
}

#[actix_web::test]
async fn a_declaration_signed_by_hmac_is_taken_and_by_another_key_refused() {
    let wechat = patient();
    let order = wechat.paid().await;
    let key = account().api_v2_key.clone();
    let forged = wechat.customs(SignMethod::HmacSha256, &"0".repeat(32)).declare(&order).await.unwrap_err();
    assert_eq!(forged.refusal_code(), Some(&RefusalCode::SignError));
    let customs = wechat.customs(SignMethod::HmacSha256, &key);
    assert!(customs.query(&declared(&order)).await.unwrap().records.is_empty());
    assert_eq!(customs.declare(&order).await.unwrap().state, CustomsState::Undeclared);
    let by_md5 = wechat.customs(SignMethod::Md5, &key).query(&declared(&order)).await.unwrap();
    assert_eq!(by_md5.records.len(), 1);
    wechat.end().await;
}

#[actix_web::test]
async fn customs_trouble_is_unknown_throttling_is_told_and_neither_is_a_refusal() {
    let wechat = patient();
    let order = wechat.paid().await;
    let customs = wechat.customs(SignMethod::Md5, &account().api_v2_key);
    let fault = |code: &str| FaultKind::Status {
        status: 200,
        code: Some(code.to_owned()),
        message: None,
        body: None,
        signed: true,
        effect: false,
    };
    wechat.mock.add_fault(Fault::new(Route::CustomsDeclare, fault("SYSTEMERROR")));
    let trouble = customs.declare(&order).await.unwrap_err();
    assert!(matches!(cause(trouble), UnknownCause::ServerTrouble { .. }));
    wechat.mock.add_fault(Fault::new(Route::CustomsDeclare, fault("FREQUENCY_LIMITED")));
    assert!(matches!(customs.declare(&order).await, Err(CallError::Throttled(_))));
    wechat.mock.add_fault(Fault::new(Route::CustomsQuery, fault("FREQUENCY_LIMITED")));
    assert!(matches!(customs.query(&declared(&order)).await, Err(CallError::Throttled(_))));
    customs.declare(&order).await.unwrap();
    wechat.end().await;
}

#[actix_web::test]
async fn both_spellings_of_the_global_path_reach_the_same_declarations() {
    let wechat = patient();
    let order = wechat.paid().await;
    let older = GlobalCustomsSettings { path: "/global/v3/customs".to_owned(), ..GlobalCustomsSettings::default() };
    let older = GlobalCustoms::new(Arc::clone(&wechat.pay), older).unwrap();
    let newer = GlobalCustoms::new(Arc::clone(&wechat.pay), GlobalCustomsSettings::default()).unwrap();
    assert_eq!(older.declare(&order).await.unwrap().state, CustomsState::Undeclared);
    assert_eq!(newer.query(&declared(&order)).await.unwrap().records.len(), 1);
    assert_eq!(older.query(&declared(&order)).await.unwrap().records.len(), 1);
    wechat.end().await;
}
