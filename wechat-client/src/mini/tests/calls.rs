//! What holds for every call: an answer that is none is unknown, an errcode is sorted, nothing personal is printed.

use futures_util::future::{BoxFuture, join_all};

use super::*;
use crate::{
    CombinedUpload, Delivery, Link, LinkExpiry, Logistics, MediaKind, MiniCode, OrderKey, OrderListQuery, Parcel,
    QrCode, ShippingUpload, SubOrder, SubscribeMessage, TextCheck, TextScene, TracedGoods, WaybillTrace,
};

type Run = for<'c> fn(&'c MiniClient) -> BoxFuture<'c, Outcome<()>>;

fn run(call: Run) -> Run {
    call
}

macro_rules! runs {
    ($($client:ident => $call:expr;)*) => {
        vec![$((stringify!($call), run(|$client| Box::pin(async move { $call.await.map(|_| ()) }))),)*]
    };
}

pub(super) fn upload() -> ShippingUpload {
    ShippingUpload {
        order: OrderKey::Transaction("4200000001".to_owned()),
        logistics: Logistics::Express,
        delivery: Delivery::Whole(Parcel::express("YTO", "YT123", "mask*1")),
        uploaded_at: "2022-12-15T05:29:35.120Z".parse().unwrap(),
        payer_openid: "ocanaryopenid".to_owned(),
    }
}

pub(super) fn trace() -> WaybillTrace {
    WaybillTrace {
        openid: "ocanaryopenid".to_owned(),
        waybill_id: "YT123".to_owned(),
        receiver_phone: "13800138000".to_owned(),
        sender_phone: None,
        delivery_id: Some("YTO".to_owned()),
        transaction_id: "4200000001".to_owned(),
        goods: vec![TracedGoods { name: "面膜".to_owned(), image_url: "https://a.cn/1.png".to_owned(), text: None }],
        order_page: None,
    }
}

pub(super) fn text_check() -> TextCheck {
    TextCheck {
        content: "canary text".to_owned(),
        scene: TextScene::Comment,
        openid: "ocanaryopenid".to_owned(),
        title: None,
        nickname: None,
        signature: None,
    }
}

fn all() -> Vec<(&'static str, Run)> {
    runs! {
        c => c.is_session_key_current("ocanaryopenid", &"canarykey".into());
        c => c.reset_session_key("ocanaryopenid", &"canarykey".into());
        c => c.phone_number("code", "ocanaryopenid");
        c => c.unlimited_code(&QrCode::new("a=1"));
        c => c.generate_scheme(&Link::to("pages/x", "a=1", LinkExpiry::AfterDays(30)));
        c => c.generate_url_link(&Link::to("pages/x", "a=1", LinkExpiry::AfterDays(30)));
        c => c.send_subscribe_message(&SubscribeMessage::new("ocanaryopenid", "TPL").with("thing1", "canary").unwrap());
        c => c.check_text(&text_check());
        c => c.check_media("https://a.cn/1.png", MediaKind::Image, TextScene::Comment, "ocanaryopenid");
        c => c.upload_shipping(&upload());
        c => c.upload_combined_shipping(&CombinedUpload {
            order: OrderKey::Transaction("4200000001".to_owned()),
            parts: vec![SubOrder {
                order: OrderKey::Transaction("4200000002".to_owned()),
                logistics: Logistics::Virtual,
                delivery: Delivery::Whole(Parcel::without_number("card*1")),
            }],
            uploaded_at: upload().uploaded_at,
            payer_openid: "ocanaryopenid".to_owned(),
        });
        c => c.managed_order(&OrderKey::Transaction("4200000001".to_owned()));
        c => c.managed_orders(&OrderListQuery::default());
        c => c.remind_to_confirm(&OrderKey::Transaction("4200000001".to_owned()), upload().uploaded_at);
        c => c.set_order_page("pages/order");
        c => c.is_trade_managed();
        c => c.is_trade_management_confirmed();
        c => c.delivery_companies();
        c => c.trace_waybill(&trace());
        c => c.query_trace("canarywaybilltoken", "ocanaryopenid");
    }
}

async fn each_with(reply: impl Fn() -> Result<InboundAnswer, TransportError>) -> Vec<(&'static str, Outcome<()>)> {
    join_all(all().into_iter().map(|(name, run)| {
        let (client, _) = api((0..3).map(|_| reply()));
        async move { (name, run(&client).await) }
    }))
    .await
}

/// Calls whose success is an errcode and nothing else.
const BARE: [&str; 6] = [
    "is_session_key_current",
    "send_subscribe_message",
    "upload_shipping",
    "upload_combined_shipping",
    "remind_to_confirm",
    "set_order_page",
];

#[tokio::test]
async fn an_answer_that_is_none_is_unknown_for_every_call() {
    for body in ["", "null", "[]", "<html><body>502</body></html>", r#"{"errcode":0,"err"#, r#"{"errcode":"0"}"#] {
        for (name, outcome) in each_with(|| Ok(bare_answer(200, body))).await {
            assert!(matches!(outcome, Err(CallError::Unknown(_))), "{name} {body:?}: {outcome:?}");
        }
    }
    // A success that lacks what the page promises. An empty list of orders is one.
    for (name, outcome) in each_with(|| Ok(bare_answer(200, r#"{"errcode":0,"errmsg":"ok"}"#))).await {
        let needs_nothing = BARE.iter().any(|bare| name.contains(bare)) || name.contains("managed_orders(");
        assert_eq!(outcome.is_ok(), needs_nothing, "{name}: {outcome:?}");
        assert!(needs_nothing || matches!(outcome, Err(CallError::Unknown(_))), "{name}");
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_unknown_for_every_call() {
    for fault in [
        TransportError::TimedOut,
        TransportError::TooLarge,
        TransportError::Broken("x".to_owned()),
        TransportError::BreakerOpen,
    ] {
        for (name, outcome) in each_with(|| Err(fault.clone())).await {
            let Err(CallError::Unknown(unknown)) = outcome else { panic!("{name} {fault}: {outcome:?}") };
            assert_eq!(unknown.cause == UnknownCause::AnswerTooLarge, fault == TransportError::TooLarge);
        }
    }
    for status in [302, 404, 500, 502] {
        for (name, outcome) in each_with(|| Ok(bare_answer(status, r#"{"errcode":0}"#))).await {
            assert!(matches!(outcome, Err(CallError::Unknown(_))), "{name} {status}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn errcodes_are_sorted_for_every_call_and_no_error_names_anybody() {
    let told = |errcode: i64| {
        let errmsg =
            format!("bad ocanaryopenidocanaryopenid1 canarytokencanarytoken_canary 13800138000 {SECRET} rid: 1a-2b-3c");
        json(serde_json::json!({ "errcode": errcode, "errmsg": errmsg }))
    };
    for (name, outcome) in each_with(|| told(45009)).await {
        assert!(matches!(outcome, Err(CallError::Throttled(_))), "{name}: {outcome:?}");
    }
    for (name, outcome) in each_with(|| told(-1)).await {
        assert!(matches!(outcome, Err(CallError::Unknown(_))), "{name}: {outcome:?}");
    }
    for (name, outcome) in each_with(|| told(48001)).await {
        let Err(CallError::Refused(refusal)) = &outcome else { panic!("{name}: {outcome:?}") };
        assert_eq!(refusal.code, RefusalCode::Mini(MiniCode::NotPermitted), "{name}");
        assert_eq!(refusal.trace.as_deref(), Some("1a-2b-3c"));
        let printed = format!("{refusal} {outcome:?}");
        assert!(!printed.contains("canary") && !printed.contains("13800138000"), "{printed}");
        assert!(printed.contains("errcode 48001: bad"), "{printed}");
    }
}

#[test]
fn every_code_of_the_contract_has_a_class() {
    use crate::outcome::errcodes::{not_a_refusal, refusal_code};
    for bug in [
        10_060_005,
        10_060_006,
        10_060_007,
        10_060_008,
        10_060_009,
        10_060_013,
        10_060_014,
        10_060_020,
        10_060_024,
        10_060_025,
        10_060_026,
        268_485_194,
        268_485_197,
        268_485_216,
        268_485_224,
        268_485_228,
        268_485_253,
        47001,
        40097,
        87008,
    ] {
        assert_eq!(refusal_code(bug), RefusalCode::ParamError, "{bug}");
    }
    for (errcode, code) in [
        (87009, MiniCode::SessionKeyStale),
        (43101, MiniCode::UserRefused),
        (47003, MiniCode::TemplateData),
        (61010, MiniCode::NotSeenLately),
        (10_060_001, MiniCode::OrderNotFound),
        (10_060_002, MiniCode::AlreadyShipped),
        (10_060_003, MiniCode::ReshipUsed),
        (10_060_004, MiniCode::NotShippable),
        (10_060_031, MiniCode::PayerMismatch),
        (9_300_534, MiniCode::WaybillTokenInvalid),
    ] {
        assert_eq!(refusal_code(errcode), RefusalCode::Mini(code), "{errcode}");
    }
    for errcode in [-1, 10_060_012, 10_060_019] {
        assert!(matches!(not_a_refusal(errcode, 200), Some(CallError::Unknown(_))), "{errcode}");
    }
    for errcode in [43108, 44990, 44991, 45009, 45011, 9_300_513, 9_300_560] {
        assert!(matches!(not_a_refusal(errcode, 200), Some(CallError::Throttled(_))), "{errcode}");
    }
}

#[test]
fn requests_are_printed_without_the_person() {
    let message = SubscribeMessage::new("ocanaryopenid", "TPL").with("thing1", "canary").unwrap();
    let printed = format!("{:?} {:?} {:?} {message:?}", upload(), trace(), text_check());
    assert!(!printed.contains("canary") && !printed.contains("13800138000"), "{printed}");
}
