//! Every fault of the way × every call of pay and customs: what each comes to stands in one table.
//!
//! The table is about what money is lost by: a call that ends as done or refused without proof, or as "not sent"
//! although it may have arrived.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use chrono::NaiveDate;
use futures_util::future::BoxFuture;

use super::certificates::{list_of, platform_entry};
use super::{ORDER_NO, REFUND_NO, TRANSACTION_ID, prepay_order, refund_json, refund_order, transaction_json};
use crate::customs::tests as customs;
use crate::testing::TestClock;
use crate::testing::{MCHID, PUBLIC_KEY_ID, ScriptedWeChat, Signed, bare_answer, parties, public_key_credentials};
use crate::transport::{InboundAnswer, TransportError};
use crate::{
    AbnormalPayee, AbnormalRefund, BillLink, ComplaintReply, ComplaintSearch, CustomsClient, FundAccount,
    GlobalCustoms, GlobalCustomsSettings, Outcome, PayClient, TradeBillKind, outcome_word,
};

type Reply = Result<InboundAnswer, TransportError>;

/// How an answer is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// v3: a signed body.
    Signed,
    /// v3: a signed 204.
    Empty,
    /// v2: a sign element in the XML.
    Xml,
    /// A bill's file: unsigned, proven by its hash.
    File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Proper,
    WrongContentType,
    Unsigned,
    BadSignature,
    SignTest,
    StaleTimestamp,
    OtherSerial,
    CutBefore,
    CutAfter,
    DelayPastDeadline,
    SlowBody,
    Status429,
    Status500,
    Status502,
    Status503,
    EmptyBody,
    Html,
    SignedHtml,
    Truncated,
    Oversized,
}

/// The table: fault, then what it comes to for a signed body, a signed 204, XML, a bill's file; and whether the caller
/// may know that nothing was sent.
const TABLE: [(Fault, [&str; 4], bool); 20] = {
    use Fault::{
        BadSignature, CutAfter, CutBefore, DelayPastDeadline, EmptyBody, Html, OtherSerial, Oversized, Proper,
        SignTest, SignedHtml, SlowBody, StaleTimestamp, Status429, Status500, Status502, Status503, Truncated,
        Unsigned, WrongContentType,
    };
    const D: &str = "done";
    const T: &str = "throttled";
    const U: &str = "unknown";
    [
        (Proper, [D, D, D, D], false),
        // What counts is the content and its proof, not what a header calls it.
        (WrongContentType, [D, D, D, D], false),
        // A bill's file is never signed: its hash proves it, whatever headers come with it.
        (Unsigned, [U, U, U, D], false),
        (BadSignature, [U, U, U, D], false),
        (SignTest, [U, U, U, D], false),
        // XML carries neither time nor serial.
        (StaleTimestamp, [U, U, D, D], false),
        (OtherSerial, [U, U, D, D], false),
        (CutBefore, [U, U, U, U], true),
        (CutAfter, [U, U, U, U], false),
        (DelayPastDeadline, [U, U, U, U], false),
        // As the transport tells it: `bytes_that_trickle_in_do_not_put_the_total_timeout_off`.
        (SlowBody, [U, U, U, U], false),
        (Status429, [T, T, T, T], false),
        (Status500, [U, U, U, U], false),
        (Status502, [U, U, U, U], false),
        (Status503, [U, U, U, U], false),
        // An empty body that is signed is just what a 204 has.
        (EmptyBody, [U, D, U, U], false),
        (Html, [U, U, U, U], false),
        (SignedHtml, [U, U, U, U], false),
        // Nothing can be cut from an empty body.
        (Truncated, [U, D, U, U], false),
        (Oversized, [U, U, U, U], false),
    ]
};

const HTML: &str = "<html><body>502 Bad Gateway</body></html>";
const BILL: &str = "the bill";

fn reply(fault: Fault, family: Family, proper: &str, clock: &TestClock) -> Reply {
    let body = match fault {
        Fault::EmptyBody => "",
        Fault::Html | Fault::SignedHtml => HTML,
        Fault::Truncated => &proper[..proper.len() - proper.len().min(3)],
        _ => proper,
    };
    let status = if family == Family::Empty && body.is_empty() { 204 } else { 200 };
    match fault {
        Fault::CutBefore => Err(TransportError::NotConnected("refused".to_owned())),
        Fault::CutAfter => Err(TransportError::Broken("reset".to_owned())),
        Fault::DelayPastDeadline | Fault::SlowBody => Err(TransportError::TimedOut),
        Fault::Oversized => Err(TransportError::TooLarge),
        Fault::Status429 => Ok(bare_answer(429, "")),
        Fault::Status500 => Ok(bare_answer(500, r#"{"code":"SYSTEM_ERROR"}"#)),
        Fault::Status502 => Ok(bare_answer(502, HTML)),
        Fault::Status503 => Ok(bare_answer(503, "")),
        Fault::Unsigned | Fault::Html if family != Family::Xml => Ok(bare_answer(status, body)),
        _ if family == Family::Xml => Ok(bare_answer(200, &xml(fault, body))),
        _ => Ok(signed(fault, status, proper, body, clock)),
    }
}

/// Signed, but for what the fault spoils. A truncated body keeps the signature of the whole.
fn signed(fault: Fault, status: u16, proper: &str, body: &str, clock: &TestClock) -> InboundAnswer {
    let covered = if fault == Fault::Truncated { proper } else { body };
    let platform = &parties().platform;
    let mut signed = match fault {
        Fault::BadSignature => Signed::by(&parties().forger, PUBLIC_KEY_ID, covered.as_bytes(), clock, 0),
        Fault::StaleTimestamp => Signed::by(platform, PUBLIC_KEY_ID, covered.as_bytes(), clock, -301),
        Fault::OtherSerial => Signed::by(platform, "PUB_KEY_ID_9", covered.as_bytes(), clock, 0),
        _ => Signed::proper(covered.as_bytes(), clock),
    };
    if fault == Fault::SignTest {
        signed.signature = format!("WECHATPAY/SIGNTEST/{}", signed.signature);
    }
    let mut answer = signed.answer(status, body.as_bytes());
    if fault == Fault::WrongContentType {
        answer.headers.push(("content-type".to_owned(), "image/png".to_owned()));
    }
    answer
}

fn xml(fault: Fault, body: &str) -> String {
    let Some((before, rest)) = body.split_once("<sign><![CDATA[") else { return body.to_owned() };
    let Some((sign, after)) = rest.split_once("]]></sign>") else { return body.to_owned() };
    match fault {
        Fault::Unsigned => format!("{before}{after}"),
        Fault::BadSignature => format!("{before}<sign>{}</sign>{after}", sign.chars().rev().collect::<String>()),
        Fault::SignTest => format!("{before}<sign>WECHATPAY/SIGNTEST/{sign}</sign>{after}"),
        _ => body.to_owned(),
    }
}

struct Clients {
    pay: Arc<PayClient>,
    xml: CustomsClient,
    global: GlobalCustoms,
}

type Call = for<'c> fn(&'c Clients) -> BoxFuture<'c, Outcome<()>>;

struct Case {
    name: &'static str,
    family: Family,
    proper: String,
    call: Call,
}

fn case(name: &'static str, family: Family, proper: &str, call: Call) -> Case {
    Case { name, family, proper: proper.to_owned(), call }
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 25).unwrap()
}

fn money_cases() -> Vec<Case> {
    use Family::{Empty, Signed};
    let refund = refund_json("PROCESSING", "PROCESSING");
    let paid = transaction_json("\"\"", "\"\"");
    vec![
        case("prepay", Signed, r#"{"prepay_id":"wx201410272009395522657a690389285100"}"#, |with| {
            Box::pin(async {
                let body = with.pay.prepay_body(&prepay_order()).unwrap();
                with.pay.prepay(&body).await.map(drop)
            })
        }),
        case("query_by_out_trade_no", Signed, &paid, |with| {
            Box::pin(async { with.pay.query_by_out_trade_no(ORDER_NO).await.map(drop) })
        }),
        case("query_by_transaction_id", Signed, &paid, |with| {
            Box::pin(async { with.pay.query_by_transaction_id(TRANSACTION_ID).await.map(drop) })
        }),
        case("close", Empty, "", |with| Box::pin(with.pay.close(ORDER_NO))),
        case("refund", Signed, &refund, |with| {
            Box::pin(async {
                let body = with.pay.refund_body(&refund_order()).unwrap();
                with.pay.refund(&body).await.map(drop)
            })
        }),
        case("query_refund", Signed, &refund, |with| {
            Box::pin(async { with.pay.query_refund(REFUND_NO).await.map(drop) })
        }),
        case("apply_abnormal_refund", Signed, &refund, |with| {
            Box::pin(async {
                let request = AbnormalRefund {
                    refund_id: "50000000382019052709732678859".to_owned(),
                    out_refund_no: REFUND_NO.to_owned(),
                    payee: AbnormalPayee::MerchantBankCard,
                };
                with.pay.apply_abnormal_refund(&request).await.map(drop)
            })
        }),
    ]
}

fn other_cases(clock: &TestClock) -> Vec<Case> {
    use Family::{Empty, File, Signed};
    let link = format!(
        r#"{{"hash_type":"SHA1","hash_value":"{}","download_url":"https://api.mch.weixin.qq.com/v3/billdownload/file?token=x"}}"#,
        hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, BILL.as_bytes()))
    );
    let list = list_of(&[platform_entry(clock)]);
    vec![
        case("refresh_certificates", Signed, &list, |with| {
            Box::pin(async { with.pay.refresh_certificates().await.map(drop) })
        }),
        case("trade_bill_link", Signed, &link, |with| {
            Box::pin(async { with.pay.trade_bill_link(day(), TradeBillKind::All).await.map(drop) })
        }),
        case("fund_flow_bill_link", Signed, &link, |with| {
            Box::pin(async { with.pay.fund_flow_bill_link(day(), FundAccount::Basic).await.map(drop) })
        }),
        case("download_bill", File, BILL, |with| {
            Box::pin(async {
                let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, BILL.as_bytes()).as_ref().try_into().unwrap();
                let download_url = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=x".to_owned();
                with.pay.download_bill(&BillLink { download_url, sha1 }).await.map(drop)
            })
        }),
        case("complaints", Signed, r#"{"data":[],"limit":10,"offset":0,"total_count":0}"#, |with| {
            Box::pin(async {
                let search = ComplaintSearch { begin: day(), end: day(), offset: 0, limit: 10 };
                with.pay.complaints(&search).await.map(drop)
            })
        }),
        case("complaint", Signed, r#"{"complaint_id":"1","complaint_state":"PENDING"}"#, |with| {
            Box::pin(async { with.pay.complaint("1").await.map(drop) })
        }),
        case("negotiation_history", Signed, r#"{"data":[],"limit":10,"offset":0}"#, |with| {
            Box::pin(async { with.pay.negotiation_history("1", 0, 10).await.map(drop) })
        }),
        case("reply_to_complaint", Empty, "", |with| {
            Box::pin(async {
                let reply = ComplaintReply {
                    complaint_id: "1".to_owned(),
                    text: "好".to_owned(),
                    images: Vec::new(),
                    link: None,
                };
                with.pay.reply_to_complaint(&reply).await
            })
        }),
        case("complete_complaint", Empty, "", |with| Box::pin(with.pay.complete_complaint("1"))),
        case("upload_complaint_image", Signed, r#"{"media_id":"1"}"#, |with| {
            Box::pin(async { with.pay.upload_complaint_image(b"\xff\xd8\xff\xe0").await.map(drop) })
        }),
    ]
}

fn address_cases() -> Vec<Case> {
    use Family::{Empty, Signed};
    const URL: &str = "https://shop.example.com/complaint";
    let known = format!(r#"{{"mchid":"{MCHID}","url":"{URL}"}}"#);
    vec![
        case("create_complaint_url", Signed, &known, |with| Box::pin(with.pay.create_complaint_url(URL))),
        case("complaint_url", Signed, &known, |with| Box::pin(async { with.pay.complaint_url().await.map(drop) })),
        case("change_complaint_url", Signed, &known, |with| Box::pin(with.pay.change_complaint_url(URL))),
        case("delete_complaint_url", Empty, "", |with| Box::pin(with.pay.delete_complaint_url())),
    ]
}

fn customs_cases() -> Vec<Case> {
    use Family::{Signed, Xml};
    let declared = customs::signed_xml(&customs::DECLARED);
    let found = customs::signed_xml(&[("count", "0"), ("transaction_id", "")]);
    let state = r#"{"state":"PROCESSING"}"#;
    vec![
        case("customs v2 declare", Xml, &declared, |with| {
            Box::pin(async { with.xml.declare(&customs::order()).await.map(drop) })
        }),
        case("customs v2 modify", Xml, &declared, |with| {
            Box::pin(async { with.xml.modify(&customs::order()).await.map(drop) })
        }),
        case("customs v2 query", Xml, &found, |with| {
            Box::pin(async { with.xml.query(&customs::query()).await.map(drop) })
        }),
        case("customs v2 redeclare", Xml, &declared, |with| {
            Box::pin(async { with.xml.redeclare(&customs::redeclare()).await.map(drop) })
        }),
        case("customs v3 declare", Signed, state, |with| {
            Box::pin(async { with.global.declare(&customs::order()).await.map(drop) })
        }),
        case("customs v3 modify", Signed, state, |with| {
            Box::pin(async { with.global.modify(&customs::order()).await.map(drop) })
        }),
        case("customs v3 query", Signed, r#"{"total_count":0,"data":[]}"#, |with| {
            Box::pin(async { with.global.query(&customs::query()).await.map(drop) })
        }),
        case("customs v3 redeclare", Signed, state, |with| {
            Box::pin(async { with.global.redeclare(&customs::redeclare()).await.map(drop) })
        }),
        case("customs v3 verify_identity", Signed, r#"{"certificate_check_result":"SAME"}"#, |with| {
            Box::pin(async { with.global.verify_identity(&customs::order(), &customs::identity()).await.map(drop) })
        }),
    ]
}

#[tokio::test]
async fn each_fault_of_the_way_comes_to_the_same_for_each_call() {
    let clock = TestClock::new();
    let mut cases = money_cases();
    cases.extend(other_cases(&clock));
    cases.extend(address_cases());
    cases.extend(customs_cases());
    let mut wrong = Vec::new();
    for case in &cases {
        for (fault, outcomes, unsent) in TABLE {
            let wechat = ScriptedWeChat::replies([reply(fault, case.family, &case.proper, &clock)]);
            let pay = Arc::new(PayClient::new(&public_key_credentials(), wechat.clone(), clock.clone()).unwrap());
            let global = GlobalCustoms::new(Arc::clone(&pay), GlobalCustomsSettings::default()).unwrap();
            let clients = Clients { pay, xml: customs::customs_client(&wechat), global };
            let outcome = (case.call)(&clients).await;
            let word = outcome_word(&outcome);
            let wanted = outcomes[case.family as usize];
            let says_unsent = outcome.as_ref().err().is_some_and(crate::CallError::nothing_was_sent);
            if word != wanted || says_unsent != unsent {
                wrong.push(format!("{} × {fault:?}: {word}, not {wanted} ({outcome:?})", case.name));
            }
            // A repetition is the caller's decision: it knows what was stored.
            assert_eq!(wechat.requests().len(), 1, "{} × {fault:?}", case.name);
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len() * TABLE.len(), wrong.join("\n"));
    assert_eq!(cases.len(), 30);
}
