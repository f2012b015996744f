//! Complaints: the buyer's phone is for nobody's log, and a reply is not sent twice by us.

use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDate;
use secrecy::ExposeSecret;

use super::certificates::notify_headers;
use crate::testing::TestClock;
use crate::testing::{API_V3_KEY, MCHID, Party, Signed, bare_answer, parties, pay_client, sealed_with, signed_answer};
use crate::{
    CallError, ComplaintEvent, ComplaintNotice, ComplaintReply, ComplaintSearch, ComplaintState, NotifyEvent,
    PayerPhone, ProblemType, RefusalCode, ReplyLink,
};

const ID: &str = "200201820200101080076610000";
const PHONE: &str = "13800138000";

fn encrypted_for(party: &Party, text: &str) -> String {
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&party.spki()).unwrap()).unwrap();
    let mut room = vec![0; key.ciphertext_size()];
    STANDARD.encode(key.encrypt(&OAEP_SHA1_MGF1SHA1, text.as_bytes(), &mut room, None).unwrap())
}

fn complaint_json(phone: &str) -> String {
    format!(
        r#"{{"complaint_id":"{ID}","complaint_time":"2026-11-25T13:29:35.120+08:00","complaint_detail":"canary-detail","complaint_state":"PENDING","complainted_mchid":"{MCHID}","payer_phone":"{phone}","payer_openid":"canary-openid","complaint_order_info":[{{"transaction_id":"4200001234202611250000000001","out_trade_no":"GP20261125A0001","amount":12345}}],"complaint_media_list":[{{"media_type":"USER_COMPLAINT_IMAGE","media_url":["https://api.mch.weixin.qq.com/v3/merchant-service/images/x"]}}],"complaint_full_refunded":false,"incoming_user_response":true,"problem_description":"不满意","user_complaint_times":1,"problem_type":"REFUND","apply_refund_amount":10,"user_tag_list":["TRUSTED"],"in_platform_service":true,"need_immediate_service":true,"some_new_field":{{}}}}"#
    )
}

fn search() -> ComplaintSearch {
    let begin = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
    ComplaintSearch { begin, end: begin + chrono::TimeDelta::days(30), offset: 50, limit: 50 }
}

fn reply() -> ComplaintReply {
    ComplaintReply {
        complaint_id: ID.to_owned(),
        text: "您好，\n退款已办理".to_owned(),
        images: vec!["media-1".to_owned()],
        link: None,
    }
}

#[tokio::test]
async fn a_page_of_complaints_is_read_and_the_phone_is_in_no_debug() {
    let clock = TestClock::new();
    let phone = encrypted_for(&parties().merchant, PHONE);
    let page = format!(r#"{{"data":[{}],"limit":50,"offset":50,"total_count":51}}"#, complaint_json(&phone));
    let (client, wechat) = pay_client([Ok(signed_answer(200, &page, &clock))], &clock);
    let page = client.complaints(&search()).await.unwrap();
    let [complaint] = page.complaints.as_slice() else { panic!("{page:?}") };
    let PayerPhone::Known(opened) = &complaint.payer_phone else { panic!("{complaint:?}") };
    assert_eq!(opened.expose_secret(), PHONE);
    assert_eq!(
        (complaint.state.clone(), complaint.problem_type.clone()),
        (ComplaintState::Pending, Some(ProblemType::Refund))
    );
    assert_eq!((complaint.orders[0].amount_fen, complaint.refund_asked_fen, page.total), (12_345, Some(10), Some(51)));
    assert!(complaint.buyer_waits && complaint.needs_immediate_service && complaint.media_urls.len() == 1);
    let printed = format!("{page:?} {:?}", complaint.payer_phone);
    assert!(!printed.contains(PHONE) && !printed.contains("canary"), "{printed}");
    assert_eq!(
        wechat.requests()[0].url.query(),
        Some("limit=50&offset=50&begin_date=2026-11-01&end_date=2026-12-01&complainted_mchid=1900000109")
    );
}

#[tokio::test]
async fn a_phone_that_does_not_open_does_not_cost_the_complaint() {
    let clock = TestClock::new();
    let for_other = encrypted_for(&parties().forger, PHONE);
    let answers =
        [for_other.as_str(), "not base64!", ""].map(|phone| Ok(signed_answer(200, &complaint_json(phone), &clock)));
    let (client, _) = pay_client(answers, &clock);
    for wanted in ["Closed", "Closed", "None"] {
        let complaint = client.complaint(ID).await.unwrap();
        assert_eq!(format!("{:?}", complaint.payer_phone), wanted);
    }
}

#[tokio::test]
async fn an_answer_about_another_complaint_is_no_answer() {
    let clock = TestClock::new();
    let other = complaint_json("").replace(ID, "200201820200101080076610001");
    let (client, _) = pay_client([Ok(signed_answer(200, &other, &clock))], &clock);
    assert!(matches!(client.complaint(ID).await.unwrap_err(), CallError::Unknown(_)));
}

#[tokio::test]
async fn the_history_is_read_in_both_shapes_of_its_media() {
    let clock = TestClock::new();
    let page = r#"{"data":[{"log_id":"1","operator":"投诉人","operate_time":"2026-11-25T13:29:35+08:00","operate_type":"USER_CREATE_COMPLAINT","operate_details":"canary-words","complaint_media_list":{"media_type":"USER_COMPLAINT_IMAGE","media_url":["https://a"]},"image_list":["https://b"]},{"log_id":"2","operator":"商户","operate_time":"odd","operate_type":"SOME_NEW_KIND","complaint_media_list":[{"media_type":"x"}]}],"limit":50,"offset":0,"total_count":2}"#;
    let (client, wechat) = pay_client(
        [Ok(signed_answer(200, page, &clock)), Ok(signed_answer(200, r#"{"limit":1,"offset":9}"#, &clock))],
        &clock,
    );
    let page = client.negotiation_history(ID, 0, 50).await.unwrap();
    assert_eq!(page.entries.len(), 2);
    assert_eq!(page.entries[0].media_urls, ["https://a", "https://b"]);
    assert_eq!((page.entries[1].kind.as_str(), page.entries[1].at), ("SOME_NEW_KIND", None));
    assert!(!format!("{page:?}").contains("canary"));
    assert!(client.negotiation_history(ID, 9, 1).await.unwrap().entries.is_empty());
    assert_eq!(
        wechat.requests()[0].url.path(),
        format!("/v3/merchant-service/complaints-v2/{ID}/negotiation-historys")
    );
}

#[tokio::test]
async fn a_reply_and_a_completion_are_done_only_by_a_proven_empty_answer() {
    let clock = TestClock::new();
    let (client, wechat) = pay_client(
        [
            Ok(signed_answer(204, "", &clock)),
            Ok(signed_answer(204, "", &clock)),
            Ok(bare_answer(204, "")),
            Ok(signed_answer(200, r#"{"code":"SYSTEM_ERROR"}"#, &clock)),
            Ok(signed_answer(400, r#"{"code":"INVALID_REQUEST"}"#, &clock)),
        ],
        &clock,
    );
    let link = Some(ReplyLink { url: "https://shop.example.com/a".to_owned(), text: "查看".to_owned() });
    client.reply_to_complaint(&ComplaintReply { link, ..reply() }).await.unwrap();
    client.complete_complaint(ID).await.unwrap();
    assert!(matches!(client.reply_to_complaint(&reply()).await.unwrap_err(), CallError::Unknown(_)));
    assert!(matches!(client.complete_complaint(ID).await.unwrap_err(), CallError::Unknown(_)));
    let refused = client.complete_complaint(ID).await.unwrap_err();
    assert_eq!(refused.refusal_code(), Some(&RefusalCode::InvalidRequest));
    let sent = wechat.requests();
    assert_eq!(
        String::from_utf8(sent[0].body.clone()).unwrap(),
        r#"{"complainted_mchid":"1900000109","response_content":"您好，\n退款已办理","response_images":["media-1"],"jump_url":"https://shop.example.com/a","jump_url_text":"查看"}"#
    );
    assert_eq!(String::from_utf8(sent[1].body.clone()).unwrap(), r#"{"complainted_mchid":"1900000109"}"#);
}

#[tokio::test]
async fn what_is_out_of_shape_is_told_at_once_and_not_sent() {
    let clock = TestClock::new();
    let (client, wechat) = pay_client([], &clock);
    let wrong = ComplaintReply {
        complaint_id: "../x".to_owned(),
        text: "字".repeat(201),
        images: vec![String::new(); 5],
        link: Some(ReplyLink { url: "http://x".to_owned(), text: String::new() }),
    };
    let text = client.reply_to_complaint(&wrong).await.unwrap_err().to_string();
    for field in ["complaint_id", "text", "images", "link"] {
        assert!(text.contains(field), "{text}");
    }
    let begin = search().begin;
    let late = ComplaintSearch { begin, end: begin + chrono::TimeDelta::days(31), offset: 0, limit: 51 };
    let text = client.complaints(&late).await.unwrap_err().to_string();
    assert!(text.contains("30 days") && text.contains("limit"), "{text}");
    client.complaint("a/b").await.unwrap_err();
    client.negotiation_history(ID, 0, 0).await.unwrap_err();
    assert!(wechat.requests().is_empty());
}

#[test]
fn a_complaint_notify_names_the_complaint_and_other_kinds_are_left_alone() {
    let clock = TestClock::new();
    let (client, _) = pay_client([], &clock);
    let verified = |event_type: &str, plaintext: &str| {
        let sealed = sealed_with(API_V3_KEY, "fdasflkja484", "complaint", plaintext.as_bytes());
        let body = format!(
            r#"{{"id":"EV-1","create_time":"t","event_type":"{event_type}","resource":{{"algorithm":"AEAD_AES_256_GCM","ciphertext":"{sealed}","associated_data":"complaint","nonce":"fdasflkja484"}}}}"#
        );
        let headers = notify_headers(&Signed::proper(body.as_bytes(), &clock));
        client.verify_notify(&headers, body.as_bytes()).unwrap()
    };
    let said = format!(r#"{{"complaint_id":"{ID}","action_type":"CREATE_COMPLAINT"}}"#);
    let notify = verified("COMPLAINT.CREATE", &said);
    let wanted = ComplaintNotice {
        event: ComplaintEvent::Created,
        complaint_id: ID.to_owned(),
        action: Some("CREATE_COMPLAINT".to_owned()),
    };
    assert_eq!(notify.complaint().unwrap(), Some(wanted));
    assert!(matches!(notify.decrypt().unwrap(), NotifyEvent::Other { .. }));
    let changed = verified("COMPLAINT.STATE_CHANGE", &said.replace(r#","action_type":"CREATE_COMPLAINT""#, ""));
    assert_eq!(changed.complaint().unwrap().unwrap().action, None);
    assert_eq!(verified("TRANSACTION.SUCCESS", "{}").complaint().unwrap(), None);
    verified("COMPLAINT.CREATE", "{}").complaint().unwrap_err();
    verified("COMPLAINT.CREATE", r#"{"complaint_id":"../../x"}"#).complaint().unwrap_err();
}

const URL: &str = "https://shop.example.com/wechat/complaint";

#[tokio::test]
async fn the_address_for_complaints_is_made_read_changed_and_taken_away() {
    let clock = TestClock::new();
    let known = format!(r#"{{"mchid":"{MCHID}","url":"{URL}"}}"#);
    let told = || Ok(signed_answer(200, &known, &clock));
    let (client, wechat) = pay_client([told(), told(), told(), Ok(signed_answer(204, "", &clock))], &clock);
    client.create_complaint_url(URL).await.unwrap();
    assert_eq!(client.complaint_url().await.unwrap(), URL);
    client.change_complaint_url(URL).await.unwrap();
    client.delete_complaint_url().await.unwrap();
    let requests = wechat.requests();
    let sent: Vec<_> = requests.iter().map(|request| (request.method.as_str(), request.body.is_empty())).collect();
    assert_eq!(sent, [("POST", false), ("GET", true), ("PUT", false), ("DELETE", true)]);
    assert!(requests.iter().all(|request| request.url.path() == "/v3/merchant-service/complaint-notifications"));
    assert_eq!(requests[2].body, format!(r#"{{"url":"{URL}"}}"#).as_bytes());
}

#[tokio::test]
async fn another_merchants_or_another_address_is_no_answer() {
    let clock = TestClock::new();
    let answer = |status, body: &str| Ok(signed_answer(status, body, &clock));
    let (client, _) = pay_client(
        [
            answer(200, &format!(r#"{{"mchid":"1900009999","url":"{URL}"}}"#)),
            answer(200, &format!(r#"{{"mchid":"{MCHID}","url":"https://other.example/"}}"#)),
            answer(200, r#"{"code":"SYSTEM_ERROR"}"#),
            answer(404, r#"{"code":"RESOURCE_NOT_EXISTS"}"#),
            answer(400, r#"{"code":"INVALID_REQUEST"}"#),
        ],
        &clock,
    );
    assert!(matches!(client.complaint_url().await.unwrap_err(), CallError::Unknown(_)));
    assert!(matches!(client.change_complaint_url(URL).await.unwrap_err(), CallError::Unknown(_)));
    assert!(matches!(client.delete_complaint_url().await.unwrap_err(), CallError::Unknown(_)));
    let none = client.complaint_url().await.unwrap_err();
    assert_eq!(none.refusal_code(), Some(&RefusalCode::ResourceNotExists));
    let second = client.create_complaint_url(URL).await.unwrap_err();
    assert_eq!(second.refusal_code(), Some(&RefusalCode::InvalidRequest));
}

#[tokio::test]
async fn an_address_that_wechat_would_refuse_is_not_sent() {
    let (client, wechat) = pay_client([], &TestClock::new());
    let long = format!("https://shop.example.com/{}", "x".repeat(255));
    for url in ["http://shop.example.com/c", "https://shop.example.com/c?a=1", "shop", long.as_str()] {
        for outcome in [client.create_complaint_url(url).await, client.change_complaint_url(url).await] {
            assert_eq!(outcome.unwrap_err().refusal_code(), Some(&RefusalCode::ParamError), "{url}");
        }
    }
    assert!(wechat.requests().is_empty());
}
