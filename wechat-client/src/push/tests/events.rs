//! Every event of the contract, in JSON as WeChat's pages show it.

use serde_json::json;

use super::*;
use crate::Verdict;

fn opened(fields: &serde_json::Value) -> PushMessage {
    let mut message = json!({"ToUserName":"gh_1","FromUserName":"oAlice","CreateTime":1_700_000_000,"MsgType":"event"});
    message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    push(false).open(&signed(&at(0), None), message.to_string().as_bytes()).unwrap()
}

fn content(fields: &serde_json::Value) -> PushEvent {
    opened(fields).content
}

#[test]
fn trade_events_are_read_and_shipped_and_settled_are_two_messages() {
    assert_eq!(content(&json!({"Event":"trade_manage_remind_access_api","msg":"x"})), PushEvent::NothingEverShipped);
    let trade = json!({"transaction_id":"42","merchant_id":"19","sub_merchant_id":"","merchant_trade_no":"GP1","pay_time":1_700_000_000});
    let with = |fields: serde_json::Value| {
        let mut whole = trade.clone();
        whole.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        whole
    };
    let PushEvent::ShippingOverdue(overdue) = content(&with(json!({"Event":"trade_manage_remind_shipping","msg":"x"})))
    else {
        panic!()
    };
    assert_eq!((overdue.transaction_id.as_str(), overdue.out_trade_no.as_str()), ("42", "GP1"));
    let shipped = with(
        json!({"Event":"trade_manage_order_settlement","shipped_time":1_700_000_100,"estimated_settlement_time":1_700_900_000}),
    );
    let settled = with(json!({"Event":"trade_manage_order_settlement","shipped_time":1_700_000_100,
        "confirm_receive_method":2,"confirm_receive_time":"1700000200","settlement_time":1_700_000_300}));
    let PushEvent::Settlement(first) = content(&shipped) else { panic!() };
    assert_eq!((first.settled_at_s, first.estimated_at_s, first.confirm_method), (None, Some(1_700_900_000), None));
    let PushEvent::Settlement(second) = content(&settled) else { panic!() };
    assert_eq!(
        (second.settled_at_s, second.confirmed_at_s, second.confirm_method),
        (Some(1_700_000_300), Some(1_700_000_200), Some(2))
    );
    assert_ne!(opened(&shipped).key, opened(&settled).key, "both may bear one time");
    assert_eq!(content(&json!({"Event":"trade_manage_order_settlement"})), PushEvent::Other, "no payment is named");
}

#[test]
fn a_panel_is_read_with_one_template_as_an_object_and_several_as_an_array() {
    let one = json!({"TemplateId":"A","SubscribeStatusString":"accept","PopupScene":"2"});
    let two = json!([one, {"TemplateId":"B","SubscribeStatusString":"reject","PopupScene":"2"}]);
    let PushEvent::SubscribePanel(answers) = content(&json!({"Event":"subscribe_msg_popup_event","List":one})) else {
        panic!()
    };
    assert_eq!((answers.len(), answers[0].is_accepted), (1, true));
    let PushEvent::SubscribePanel(answers) = content(&json!({"Event":"subscribe_msg_popup_event","List":two})) else {
        panic!()
    };
    assert_eq!(answers.iter().map(|answer| answer.is_accepted).collect::<Vec<_>>(), [true, false]);
    let PushEvent::SubscribeSettings(answers) = content(&json!({"Event":"subscribe_msg_change_event","List":two}))
    else {
        panic!()
    };
    assert_eq!(answers[1].template_id, "B");
    let endless = vec![one; 1000];
    let PushEvent::SubscribePanel(answers) = content(&json!({"Event":"subscribe_msg_popup_event","List":endless}))
    else {
        panic!()
    };
    assert_eq!(answers.len(), 100);
    assert_eq!(content(&json!({"Event":"subscribe_msg_popup_event"})), PushEvent::SubscribePanel(Vec::new()));
}

#[test]
fn two_messages_sent_in_one_second_are_two_reports() {
    let report = |id: i64| {
        json!({"Event":"subscribe_msg_sent_event",
            "List":{"TemplateId":"A","MsgID":id,"ErrorCode":"0","ErrorStatus":"success"}})
    };
    let PushEvent::SubscribeSent(reports) = content(&report(7)) else { panic!() };
    assert_eq!(
        (reports[0].msgid.as_deref(), reports[0].error_code, reports[0].status.as_str()),
        (Some("7"), 0, "success")
    );
    assert_ne!(opened(&report(7)).key, opened(&report(8)).key);
    assert_eq!(opened(&report(7)).key, opened(&report(7)).key);
}

#[test]
fn events_about_people_name_them_in_the_message_and_not_in_debug() {
    for (name, expected) in [
        ("user_authorization_revoke", PushEvent::AuthorizationRevoked),
        ("user_authorization_cancellation", PushEvent::AccountCancelled),
        ("user_info_modified", PushEvent::UserInfoModified),
    ] {
        let message = opened(&json!({"Event":name,"OpenID":"oCanary","AppID":APPID,"RevokeInfo":"8","UnionID":""}));
        assert_eq!((&message.content, message.openid.as_deref()), (&expected, Some("oCanary")));
        assert!(!format!("{message:?}").contains("oCanary"));
    }
}

#[test]
fn a_media_check_is_read_and_one_of_another_appid_is_refused() {
    let check = |appid: &str, suggest: &str| {
        json!({"Event":"wxa_media_check","appid":appid,"trace_id":"t-2","version":2,
            "result":{"suggest":suggest,"label":20002},"detail":[{"strategy":"content_model","errcode":0}]})
    };
    let PushEvent::MediaChecked(verdict) = content(&check(APPID, "risky")) else { panic!() };
    assert_eq!((verdict.trace_id.as_str(), verdict.verdict, verdict.label), ("t-2", Verdict::Risky, 20002));
    let PushEvent::MediaChecked(verdict) = content(&check(APPID, "new")) else { panic!() };
    assert_eq!(verdict.verdict, Verdict::Review);
    let other = check("wx0000000000000000", "pass").to_string();
    assert!(push(false).open(&signed(&at(0), None), other.as_bytes()).is_err());
}

#[test]
fn what_is_not_known_is_other_and_keeps_its_name() {
    let message = opened(&json!({"Event":"some_new_event"}));
    assert_eq!((message.content, message.event.as_str()), (PushEvent::Other, "some_new_event"));
    let message = opened(&json!({"MsgType":"text","Content":"hi","MsgId":7}));
    assert_eq!((message.content, message.event.as_str()), (PushEvent::Other, "text"));
}

#[test]
fn a_trade_complaint_is_read_with_its_deadline_and_each_step_is_a_message_of_its_own() {
    let step = |status: i64, expire: i64| {
        json!({"Event":"complaint_callback","BussiCallBackInfo":{
            "complaint_order_id":"9001","option_type":2,"status":status,"create_time":1_700_000_000,"expire_time":expire,
            "order_id":"42","out_trade_no":"GP1","open_id":"oAlice","customer_material_content":"没有收到货","total_cost":1234,
            "history":[{"time":1,"content":"x","media_id_list":""}]}})
    };
    let PushEvent::TradeComplaint(complaint) = content(&step(201, 1_700_172_800)) else { panic!() };
    assert_eq!((complaint.id, complaint.status, complaint.expires_at_s), (9001, 201, Some(1_700_172_800)));
    assert_eq!((complaint.out_trade_no.as_str(), complaint.paid_fen), ("GP1", Some(1234)));
    assert!(!format!("{complaint:?}").contains("Alice") && !format!("{complaint:?}").contains("没有"));
    let PushEvent::TradeComplaint(decided) = content(&step(312, 0)) else { panic!() };
    assert_eq!(decided.expires_at_s, None, "0 stands for none");
    assert_ne!(opened(&step(201, 1)).key, opened(&step(312, 0)).key, "both came in one second");
    let nameless = json!({"Event":"complaint_callback","BussiCallBackInfo":{"status":201}});
    assert_eq!(content(&nameless), PushEvent::Other);
}
