//! Service cards, trade complaints and the page behind orders.

use chrono::DateTime;

use super::*;
use crate::{CardGoods, CardState, ComplaintAnswer, MiniCode, ServiceCard};

fn card() -> ServiceCard {
    let goods = CardGoods {
        name: "面霜".to_owned(),
        image_url: "https://mall.example/1.png".to_owned(),
        page: "pages/product?id=1".to_owned(),
        count: 2,
        single_price: 12_900,
    };
    ServiceCard {
        openid: "oAlice".to_owned(),
        transaction_id: "4200001".to_owned(),
        state: CardState::Paid(vec![goods]),
        page: "pages/order?no=GP1".to_owned(),
        paid_fen: 25_800,
        paid_at: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
    }
}

#[tokio::test]
async fn a_card_is_shown_as_the_page_says_with_its_documents_as_text() {
    let (client, wechat) = api([json(serde_json::json!({"errcode":0,"errmsg":"ok"}))]);
    client.show_service_card(&card()).await.unwrap();
    let (path, _, body) = one(&wechat);
    assert_eq!(path, "/wxa/set_user_notify");
    assert_eq!((&body["notify_type"], &body["notify_code"]), (&2001.into(), &"4200001".into()));
    let content: serde_json::Value = serde_json::from_str(body["content_json"].as_str().unwrap()).unwrap();
    let expected = serde_json::json!({"cur_status":1,"wxa_path_query":"pages/order?no=GP1","product_count":2,
        "product_list":{"info_list":[{"product_name":"面霜","product_img":"https://mall.example/1.png",
        "product_path_query":"pages/product?id=1","count":2,"single_price":12900}]}});
    assert_eq!(content, expected);
    assert_eq!(body["check_json"], r#"{"pay_amount":25800,"pay_time":1700000000}"#);
}

#[tokio::test]
async fn a_card_that_wechat_would_refuse_is_not_sent_and_its_refusals_are_told_apart() {
    let spoiled: [fn(&mut ServiceCard); 4] = [
        |card| card.openid.clear(),
        |card| card.page = "pages/订单".to_owned(),
        |card| card.state = CardState::Paid(Vec::new()),
        |card| card.transaction_id = "x".repeat(33),
    ];
    for spoil in spoiled {
        let (client, wechat) = api([]);
        let mut card = card();
        spoil(&mut card);
        let fault = client.show_service_card(&card).await.unwrap_err();
        assert_eq!(fault.refusal_code(), Some(&RefusalCode::ParamError));
        assert!(asked(&wechat).is_empty());
    }
    for (errcode, code) in [
        (85_437, MiniCode::CardCodeUnknown),
        (85_438, MiniCode::CardCodeExpired),
        (85_433, MiniCode::CardInvalid),
        (10_060_035, MiniCode::OrderPathInvalid),
    ] {
        let (client, _) = api([Ok(error(errcode))]);
        let fault = client.show_service_card(&card()).await.unwrap_err();
        assert_eq!(fault.refusal_code(), Some(&RefusalCode::Mini(code)), "{errcode}");
    }
}

#[tokio::test]
async fn an_answer_to_a_complaint_is_sent_once_even_if_no_answer_comes() {
    let (client, wechat) = api([]);
    let answer = ComplaintAnswer { content: "已退款".to_owned(), media_ids: Vec::new() };
    let fault = client.respond_to_trade_complaint(9001, true, &answer).await.unwrap_err();
    assert!(matches!(fault, CallError::Unknown(_)), "the buyer may have seen it: {fault}");
    let (path, _, body) = one(&wechat);
    let expected = serde_json::json!({"complaintOrderId":9001,"bussiHandle":1,"content":"已退款","mediaIdList":[]});
    assert_eq!((path.as_str(), body), ("/wxaapi/minishop/bussiRespondComplaint", expected));
    assert_eq!(asked(&wechat).len(), 1);
    let fault = client.appeal_trade_complaint(9001, &ComplaintAnswer::default()).await.unwrap_err();
    assert_eq!(fault.refusal_code(), Some(&RefusalCode::ParamError), "it says nothing");
}

#[tokio::test]
async fn the_page_behind_orders_needs_wechats_word_for_the_number() {
    let (client, wechat) =
        api([json(serde_json::json!({"errcode":0})), json(serde_json::json!({"errcode":0,"path":""}))]);
    client.set_order_detail_path("pages/order?no=1").await.unwrap_err();
    client.set_order_detail_path("pages/order?no=${商品订单号}").await.unwrap();
    assert_eq!(one(&wechat).2["path"], "pages/order?no=${商品订单号}");
    assert_eq!(client.order_detail_path().await.unwrap(), None, "empty is none");
}
