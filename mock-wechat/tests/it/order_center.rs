//! What buyers meet outside the shop: the order centre, service cards, trade complaints; and the calls that strangers' SDKs make.

use mock_wechat::{Request, Settings};
use serde_json::{Value, json};

use crate::support::inbox::Inbox;
use crate::support::{Shop, json_of};

async fn get(shop: &Shop, target: &str) -> Value {
    json_of(&shop.send(Request::new("GET", target)).await)
}

#[actix_web::test]
async fn the_older_token_call_gives_another_each_time_and_the_one_before_lives_five_minutes() {
    let shop = Shop::new();
    let account = shop.mock.account();
    let target =
        format!("/cgi-bin/token?grant_type=client_credential&appid={}&secret={}", account.appid, account.app_secret);
    let token = async || {
        let answer = get(&shop, &target).await;
        assert_eq!(answer["expires_in"], 7200, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    };
    let stable = shop.token().await;
    let (first, second) = (token().await, token().await);
    assert_ne!(first, second);
    assert!(shop.mock.accepts_access_token(&first) && shop.mock.accepts_access_token(&second));
    shop.advance_s(301);
    assert!(!shop.mock.accepts_access_token(&first));
    assert!(
        shop.mock.accepts_access_token(&second) && shop.mock.accepts_access_token(&stable),
        "neither knows of the other"
    );
    assert_eq!(get(&shop, &target.replace(&account.app_secret, "x")).await["errcode"], 40125);
    assert_eq!(get(&shop, &target.replace("client_credential", "password")).await["errcode"], 40002);
}

#[actix_web::test]
async fn a_link_can_be_asked_about() {
    let shop = Shop::new();
    let target = json!({ "path": "pages/home", "query": "a=1" });
    let made =
        shop.mini("/wxa/generatescheme", &json!({ "jump_wxa": target, "expire_type": 1, "expire_interval": 3 })).await;
    let seen = shop.mini("/wxa/queryscheme", &json!({ "scheme": made["openlink"] })).await;
    let info = &seen["scheme_info"];
    assert_eq!((&info["path"], &info["query"]), (&json!("pages/home"), &json!("a=1")), "{seen}");
    assert_eq!(info["expire_time"].as_i64().unwrap() - info["create_time"].as_i64().unwrap(), 3 * 86_400);
    let made = shop.mini("/wxa/generate_urllink", &json!({ "path": "pages/home" })).await;
    let seen = shop.mini("/wxa/query_urllink", &json!({ "url_link": made["url_link"] })).await;
    assert_eq!(seen["url_link_info"]["env_version"], "release", "{seen}");
    shop.mini_refused("/wxa/query_urllink", &json!({ "url_link": "https://wxaurl.cn/none" }), 85401).await;
}

#[actix_web::test]
async fn who_has_paid_can_be_known_by_unionid_for_five_minutes() {
    let shop = Shop::new();
    shop.staged("wx/user", &json!({ "user": "alice", "unionid": "u-alice" })).await;
    let paid = shop.paid("ORDER-1", 100).await;
    let openid = shop.mock.openid_of("alice");
    let asked = async |more: &str| {
        get(&shop, &format!("/wxa/getpaidunionid?access_token={}&openid={openid}&{more}", shop.token().await)).await
    };
    let by_payment = format!("transaction_id={}", paid.transaction_id);
    let by_order = format!("mch_id={}&out_trade_no=ORDER-1", shop.mock.account().mchid);
    assert_eq!(asked(&by_payment).await["unionid"], "u-alice");
    assert_eq!(asked(&by_order).await["unionid"], "u-alice");
    assert_eq!(asked("transaction_id=42000").await["errcode"], 89300);
    shop.advance_s(301);
    assert_eq!(asked(&by_payment).await["errcode"], 89300);
}

#[actix_web::test]
async fn templates_are_listed_with_their_keys() {
    let shop = Shop::new();
    let templates = [("T1".to_owned(), vec!["thing1".to_owned(), "time2".to_owned()])].into();
    shop.mock.set_settings(Settings { templates, ..shop.mock.settings() }).unwrap();
    let list = get(&shop, &format!("/wxaapi/newtmpl/gettemplate?access_token={}", shop.token().await)).await;
    assert_eq!(list["data"][0]["priTmplId"], "T1", "{list}");
    assert_eq!(list["data"][0]["content"], "thing1:{{thing1.DATA}}\ntime2:{{time2.DATA}}");
}

#[actix_web::test]
async fn the_path_of_an_order_needs_wechats_word_for_its_number() {
    let shop = Shop::new();
    let path = async || shop.mini("/wxa/sec/order/get_order_detail_path", &json!({})).await["path"].clone();
    assert_eq!(path().await, "");
    let update = "/wxa/sec/order/update_order_detail_path";
    shop.mini_refused(update, &json!({ "path": "pages/order/detail?no=1" }), 10_060_035).await;
    let good = "pages/order/detail?no=${商品订单号}";
    assert_eq!(shop.mini(update, &json!({ "path": good })).await["errcode"], 0);
    assert_eq!(path().await, good);
}

#[actix_web::test]
async fn a_service_card_is_shown_to_who_paid_and_to_nobody_else() {
    let shop = Shop::new();
    let paid = shop.paid("ORDER-1", 1234).await;
    let openid = shop.mock.openid_of("alice");
    let at = shop.mock.clock().now().timestamp();
    let goods = json!([{ "product_img": "https://x/1.png", "product_name": "面霜", "product_path_query": "pages/p" }]);
    let state = |state: i64| {
        json!({
            "cur_status": state, "wxa_path_query": "pages/order", "product_count": 1, "product_list": { "info_list": goods },
        })
    };
    let card = |content: &Value, amount: i64| {
        json!({
            "openid": openid, "notify_type": 2001, "notify_code": paid.transaction_id, "content_json": content.to_string(),
            "check_json": json!({ "pay_amount": amount, "pay_time": at }).to_string(),
        })
    };
    let set = "/wxa/set_user_notify";
    shop.mini_refused(set, &card(&state(1), 1234), 85_437).await;
    shop.advance_s(60);
    shop.mini_refused(set, &card(&state(1), 1), 85_433).await;
    shop.mini_refused(set, &card(&json!({ "cur_status": 1, "wxa_path_query": "p" }), 1234), 85_432).await;
    let mut of_bob = card(&state(1), 1234);
    of_bob["openid"] = json!(shop.mock.openid_of("bob"));
    shop.mini_refused(set, &of_bob, 85_437).await;
    let mut as_object = card(&state(1), 1234);
    as_object["content_json"] = state(1);
    shop.mini_refused(set, &as_object, 47001).await;
    assert_eq!(shop.mini(set, &card(&state(1), 1234)).await["errcode"], 0);
    assert_eq!(shop.mini(set, &card(&state(4), 1234)).await["errcode"], 0);
    shop.mini_refused(set, &card(&state(2), 1234), 85_435).await;
    let query = json!({ "openid": openid, "notify_type": 2001, "notify_code": paid.transaction_id });
    let seen = shop.mini("/wxa/get_user_notify", &query).await;
    assert!(seen["notify_info"]["content_json"].as_str().unwrap().contains("\"cur_status\":4"), "{seen}");
    let mut extension = query.clone();
    extension["ext_json"] = json!("{\"shipping_list\":[]}");
    assert_eq!(shop.mini("/wxa/set_user_notifyext", &extension).await["errcode"], 0);
    extension["ext_json"] = json!("[");
    shop.mini_refused("/wxa/set_user_notifyext", &extension, 85_470).await;
    shop.advance_s(31 * 86_400);
    shop.mini_refused(set, &card(&state(5), 1234), 85_438).await;
}

#[actix_web::test]
async fn a_trade_complaint_is_pushed_with_its_deadline_and_answered_step_by_step() {
    let inbox = Inbox::start();
    let shop = Shop::new();
    let settings =
        Settings { message_url: inbox.url.clone(), message_token: "token".to_owned(), ..shop.mock.settings() };
    shop.mock.set_settings(settings).unwrap();
    shop.paid("ORDER-1", 1234).await;
    let made = shop.staged("trade-complaints", &json!({ "out_trade_no": "ORDER-1", "detail": "没有收到货" })).await;
    let id = made["complaint_order_id"].as_str().unwrap().to_owned();
    shop.mock.deliver_due().await;
    let pushed: Vec<Value> = inbox.delivered().iter().map(crate::support::inbox::Delivered::json).collect();
    let pushed = pushed.iter().find(|event| event["Event"] == "complaint_callback").unwrap();
    let told = &pushed["BussiCallBackInfo"];
    assert_eq!(told["status"], 201, "{pushed}");
    assert_eq!((&told["out_trade_no"], &told["total_cost"]), (&json!("ORDER-1"), &json!(1234)));
    assert_eq!(told["expire_time"].as_i64().unwrap() - told["create_time"].as_i64().unwrap(), 48 * 3600);
    let number: i64 = id.parse().unwrap();
    let answer = |handle: i64| json!({ "complaintOrderId": number, "bussiHandle": handle, "content": "同意退款" });
    shop.mini_refused("/wxaapi/minishop/bussiSupplyRefund", &answer(1), 40097).await;
    shop.mini_refused("/wxaapi/minishop/bussiRespondComplaint", &answer(3), 40097).await;
    assert_eq!(shop.mini("/wxaapi/minishop/bussiRespondComplaint", &answer(1)).await["errcode"], 0);
    let status = async || {
        let target =
            format!("/wxaapi/minishop/complaintOrderDetail?access_token={}&complaintOrderId={id}", shop.token().await);
        get(&shop, &target).await["data"]["status"].clone()
    };
    assert_eq!(status().await, 206);
    assert_eq!(shop.mini("/wxaapi/minishop/bussiSupplyRefund", &answer(1)).await["errcode"], 0);
    assert_eq!(status().await, 300);
    shop.staged(&format!("trade-complaints/{id}"), &json!({ "status": 312 })).await;
    assert_eq!(shop.mini("/wxaapi/minishop/busiAppeal", &answer(1)).await["errcode"], 0);
    assert_eq!(shop.mini("/wxaapi/minishop/bussiSupplyProof", &answer(1)).await["errcode"], 0);
    assert_eq!(status().await, 102);
    inbox.stop().await;
}
