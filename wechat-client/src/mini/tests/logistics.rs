//! Delivery companies and traces.

use super::calls::trace;
use super::*;
use crate::{MiniCode, TracedGoods, WaybillState, WaybillTrace};

#[tokio::test]
async fn the_companies_are_read_without_an_errmsg() {
    let companies: Vec<_> =
        (0..1400).map(|at| serde_json::json!({"delivery_id":format!("C{at}"),"delivery_name":"顺丰"})).collect();
    let (client, wechat) = api([json(serde_json::json!({"delivery_list":companies,"count":1400}))]);
    let read = client.delivery_companies().await.unwrap();
    assert_eq!((read.len(), read[0].id.as_str(), read[0].name.as_str()), (1400, "C0", "顺丰"));
    let (path, _, body) = one(&wechat);
    assert_eq!((path.as_str(), body), ("/cgi-bin/express/delivery/open_msg/get_delivery_list", serde_json::json!({})));
}

#[tokio::test]
async fn a_parcel_is_registered_as_the_page_says() {
    let (client, wechat) = api([json(serde_json::json!({"errcode":0,"errmsg":"ok","waybill_token":"W1"}))]);
    assert_eq!(client.trace_waybill(&trace()).await.unwrap(), "W1");
    let (path, _, body) = one(&wechat);
    let expected = serde_json::json!({"openid":"ocanaryopenid","waybill_id":"YT123","receiver_phone":"13800138000",
        "delivery_id":"YTO","trans_id":"4200000001",
        "goods_info":{"detail_list":[{"goods_name":"面膜","goods_img_url":"https://a.cn/1.png"}]}});
    assert_eq!((path.as_str(), body), ("/cgi-bin/express/delivery/open_msg/trace_waybill", expected));
}

#[tokio::test]
async fn where_a_parcel_is_can_be_asked_and_a_new_state_is_kept_as_a_number() {
    for (status, state) in [
        (0, WaybillState::NotPickedUp),
        (4, WaybillState::Signed),
        (6, WaybillState::SignedByProxy),
        (9, WaybillState::Other(9)),
    ] {
        let answer = serde_json::json!({"errcode":0,"waybill_info":{"waybill_id":"YT123","status":status},
            "shop_info":{},"delivery_info":{"delivery_id":"YTO","delivery_name":"圆通"}});
        let (client, wechat) = api([json(answer)]);
        let found = client.query_trace("W1", "oAlice").await.unwrap();
        assert_eq!((found.state, found.company.unwrap().id.as_str()), (state, "YTO"));
        let (path, _, body) = one(&wechat);
        let expected = serde_json::json!({"waybill_token":"W1","openid":"oAlice"});
        assert_eq!((path.as_str(), body), ("/cgi-bin/express/delivery/open_msg/query_trace", expected));
    }
    let (client, _) = api([json(serde_json::json!({"errcode":0,"waybill_info":{"status":1}}))]);
    assert_eq!(client.query_trace("W1", "oAlice").await.unwrap().company, None);
}

#[tokio::test]
async fn refusals_say_what_is_wrong() {
    for (errcode, code) in [
        (9_300_507, MiniCode::WaybillTokenInvalid),
        (9_300_534, MiniCode::WaybillTokenInvalid),
        (9_300_559, MiniCode::WaybillUnknown),
    ] {
        let (client, _) = api([Ok(error(errcode))]);
        let fault = client.query_trace("W1", "oAlice").await.unwrap_err();
        assert_eq!(fault.refusal_code(), Some(&RefusalCode::Mini(code)), "{errcode}");
    }
}

#[tokio::test]
async fn what_is_out_of_its_limits_is_not_sent() {
    let (client, wechat) = api([]);
    let goods = |goods: TracedGoods| WaybillTrace { goods: vec![goods], ..trace() };
    let good = trace().goods.remove(0);
    for trace in [
        WaybillTrace { goods: Vec::new(), ..trace() },
        WaybillTrace { receiver_phone: "a".to_owned(), ..trace() },
        WaybillTrace { receiver_phone: String::new(), ..trace() },
        WaybillTrace { waybill_id: String::new(), ..trace() },
        WaybillTrace { transaction_id: "1".repeat(33), ..trace() },
        goods(TracedGoods { name: "面".repeat(61), ..good.clone() }),
        goods(TracedGoods { image_url: "a.png".to_owned(), ..good.clone() }),
        goods(TracedGoods { text: Some("面".repeat(41)), ..good }),
    ] {
        assert!(client.trace_waybill(&trace).await.unwrap_err().nothing_was_sent(), "{trace:?}");
    }
    assert!(client.query_trace("", "oAlice").await.unwrap_err().nothing_was_sent());
    assert!(wechat.requests().is_empty());
}
