#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::IpAddr;

use actix_web::test::TestRequest;
use actix_web::{FromRequest as _, dev::Payload};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{ClientAddr, IdempotencyKey, Path, TrustedProxies, bearer_token, json, query};
use crate::base::error::{Code, Error};
use crate::base::ids::SkuId;
use crate::web::pages::Limit;

#[derive(Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Order {
    items: Vec<Item>,
    #[serde(default)]
    remark: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Item {
    #[schema(value_type = String)]
    sku_id: SkuId,
    #[schema(minimum = 0, maximum = 255)]
    quantity: u8,
}

#[derive(Debug, PartialEq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    q: String,
    #[param(inline)]
    state: Option<State>,
    #[serde(default)]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    limit: Limit,
    deep: Option<bool>,
}

#[derive(Debug, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    Paid,
}

/// `field reason` of each fault.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Refused(refusal)) if refusal.code == Code::InvalidRequest => {
            let named = refusal.fields.iter().map(|fault| format!("{} {}", fault.field, fault.wrong.reason()));
            named.collect::<Vec<_>>().join(", ")
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn json_that_the_type_does_not_take_names_the_field() {
    let item = r#"{"sku_id":"1","quantity":2}"#;
    for (body, expected) in [
        (format!(r#"{{"items":[{item}],"coupon":"X"}}"#), "coupon unknown"),
        (r#"{"items":[{"sku_id":"1","quantity":2,"price_fen":1}]}"#.into(), "items[0].price_fen unknown"),
        ("{}".into(), "items missing"),
        (r#"{"items":[{"sku_id":"1"}]}"#.into(), "items[0].quantity missing"),
        (format!(r#"{{"items":[{item},{{"sku_id":"1","quantity":"2"}}]}}"#), "items[1].quantity wrong_type"),
        (r#"{"items":[{"sku_id":"1","quantity":1.5}]}"#.into(), "items[0].quantity wrong_type"),
        (r#"{"items":[{"sku_id":"1","quantity":null}]}"#.into(), "items[0].quantity wrong_type"),
        (r#"{"items":[{"sku_id":"1","quantity":-1}]}"#.into(), "items[0].quantity out_of_range"),
        (r#"{"items":[{"sku_id":"1","quantity":256}]}"#.into(), "items[0].quantity out_of_range"),
        (r#"{"items":[{"sku_id":1,"quantity":1}]}"#.into(), "items[0].sku_id wrong_type"),
        (r#"{"items":[{"sku_id":"one","quantity":1}]}"#.into(), "items[0].sku_id invalid"),
        (r#"{"items":{}}"#.into(), "items wrong_type"),
        ("[]".into(), "body wrong_type"),
        ("[[],null]".into(), "body wrong_type"),
        (r#"{"items":[["1",2]]}"#.into(), "items[0] wrong_type"),
        ("7".into(), "body wrong_type"),
        ("null".into(), "body wrong_type"),
    ] {
        assert_eq!(refused(json::parse::<Order>(body.as_bytes())), expected, "{body}");
    }
}

#[test]
fn a_doubled_name_is_refused_whichever_value_comes_first() {
    let body = r#"{"items":[{"sku_id":"1","quantity":1,"quantity":99}]}"#;
    assert_eq!(refused(json::parse::<Order>(body.as_bytes())), "items[0].quantity twice");
}

#[test]
fn what_is_no_json_shows_no_text_of_the_parser() {
    for body in ["", "{", "{\"items\":[]} {}", "{'items':[]}", "\u{feff}{}", "{\"items\":[],}", "nul"] {
        assert_eq!(refused(json::parse::<Order>(body.as_bytes())), "body no_json", "{body}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(refused(json::parse::<Order>(deep.as_bytes())), "body no_json");
    assert_eq!(refused(json::parse::<Order>(b"{\"items\":[],\"remark\":\"\xff\"}")), "body no_json");
}

#[test]
fn nul_in_a_text_never_reaches_a_database() {
    for (body, expected) in [
        (r#"{"items":[],"remark":"a\u0000b"}"#, "remark invalid"),
        (r#"{"items":[{"sku_id":"\u0000","quantity":1}]}"#, "items[0].sku_id invalid"),
        (r#"{"items":[],"re\u0000mark":"a"}"#, "body invalid"),
        (r#"{"items":[],"remark":"\\\u0000"}"#, "remark invalid"),
        (r#"{"items":[],"remark":"\u0000"#, "body invalid"),
    ] {
        assert_eq!(refused(json::parse::<Order>(body.as_bytes())), expected, "{body}");
    }
    // Six letters that look like the escape are honest.
    let honest = json::parse::<Order>(br#"{"items":[],"remark":"\\u0000"}"#).unwrap();
    assert_eq!(honest.remark.as_deref(), Some("\\u0000"));
}

#[test]
fn an_unknown_name_of_ten_thousand_letters_does_not_come_back() {
    let body = format!(r#"{{"items":[],"{}":1}}"#, "军".repeat(10_000));
    assert!(refused(json::parse::<Order>(body.as_bytes())).chars().count() < 120);
}

#[test]
fn a_query_that_the_type_does_not_take_names_the_parameter() {
    for (text, expected) in [
        ("page=2", "page unknown"),
        ("limit=0", "limit out_of_range"),
        ("limit=-1", "limit out_of_range"),
        ("limit=ten", "limit wrong_type"),
        ("limit=1e9", "limit wrong_type"),
        ("limit=99999999999999999999", "limit out_of_range"),
        ("limit=", "limit wrong_type"),
        ("state=gone", "state not_allowed"),
        ("deep=1", "deep wrong_type"),
        ("q=a&q=b", "q twice"),
        ("q=a%00b", "q invalid"),
        ("q%00=a", "q invalid"),
    ] {
        assert_eq!(refused(query::parse::<List>(text)), expected, "{text}");
    }
    let list = query::parse::<List>("q=%E5%86%9B+%2525&state=paid&limit=100&deep=true").unwrap();
    assert_eq!(
        (list.q.as_str(), list.state, list.limit.get(), list.deep),
        ("军 %25", Some(State::Paid), 100, Some(true))
    );
    assert_eq!(query::parse::<List>("").unwrap().limit, Limit::default());
}

#[derive(Debug, PartialEq, Deserialize)]
struct Named {
    order_no: String,
    line: u8,
}

#[actix_web::test]
async fn a_part_of_the_path_that_is_not_one_names_itself() {
    let request = TestRequest::default().param("sku_id", "7").to_http_request();
    assert_eq!(Path::<SkuId>::extract(&request).await.unwrap().into_inner(), SkuId(7));

    let request = TestRequest::default().param("order_no", "a%2Fb").param("line", "3").to_http_request();
    let (order_no, line) = Path::<(String, u8)>::extract(&request).await.unwrap().into_inner();
    assert_eq!((order_no.as_str(), line), ("a/b", 3));
    let named = Path::<Named>::extract(&request).await.unwrap().into_inner();
    assert_eq!(named, Named { order_no: "a/b".into(), line: 3 });
}

#[actix_web::test]
async fn a_bad_part_of_a_path_is_named() {
    async fn body<T: serde::de::DeserializeOwned>(request: TestRequest) -> String {
        let problem = Path::<T>::extract(&request.to_http_request()).await.err().unwrap();
        let answer = actix_web::ResponseError::error_response(&problem);
        let bytes = actix_web::body::to_bytes(answer.into_body()).await.unwrap();
        let problem: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        format!(
            "{} {}",
            problem["errors"][0]["field"].as_str().unwrap(),
            problem["errors"][0]["reason"].as_str().unwrap()
        )
    }
    let one = |text: &'static str| TestRequest::default().param("sku_id", text);
    assert_eq!(body::<SkuId>(one("x")).await, "sku_id invalid");
    assert_eq!(body::<SkuId>(one("%00")).await, "sku_id invalid");
    assert_eq!(body::<u8>(one("300")).await, "sku_id out_of_range");
    let two = || TestRequest::default().param("order_no", "a").param("line", "x");
    assert_eq!(body::<(String, u8)>(two()).await, "line wrong_type");
    assert_eq!(body::<Named>(two()).await, "line wrong_type");
}

#[actix_web::test]
async fn a_key_that_can_t_be_stored_or_is_doubled_is_refused() {
    async fn read(request: TestRequest) -> Option<String> {
        let request = request.to_http_request();
        IdempotencyKey::from_request(&request, &mut Payload::None).await.ok().map(IdempotencyKey::into_inner)
    }
    let with = |key: &str| TestRequest::default().insert_header(("Idempotency-Key", key));
    assert_eq!(read(with("0b9f-42cc")).await.as_deref(), Some("0b9f-42cc"));
    assert_eq!(read(with(&"k".repeat(64))).await.map(|key| key.len()), Some(64));
    for bad in ["", "short", "with space", "tab\there", &"k".repeat(65)] {
        assert_eq!(read(with(bad)).await, None, "{bad:?}");
    }
    assert_eq!(read(TestRequest::default()).await, None);
    let doubled = with("same-key-0").append_header(("Idempotency-Key", "same-key-0"));
    assert_eq!(read(doubled).await, None);
}

#[test]
fn a_token_counts_only_from_one_bearer_header() {
    let with = |value: &str| TestRequest::default().insert_header(("Authorization", value));
    let read = |request: TestRequest| bearer_token(&request.to_http_request()).map(str::to_owned);
    assert_eq!(read(with("Bearer a.b-c_d")).unwrap(), "a.b-c_d");
    assert_eq!(read(with("bearer a.b")).unwrap(), "a.b");
    for bad in ["", "Bearer", "Bearer ", "Bearer a b", "Bearer  a", "Basic YTpi", "a.b.c", "Bearer a,b", "Bearer \"a\""]
    {
        assert_eq!(read(with(bad)).unwrap_err().code(), Some(Code::Unauthorized), "{bad:?}");
    }
    assert_eq!(read(TestRequest::default()).unwrap_err().code(), Some(Code::Unauthorized));
    assert_eq!(read(with(&format!("Bearer {}", "a".repeat(5000)))).unwrap_err().code(), Some(Code::Unauthorized));
    assert_eq!(refused(read(with("Bearer a.b").append_header(("Authorization", "Bearer c.d")))), "Authorization twice");
    assert_eq!(refused(read(with("Bearer a.b").uri("/x?q=1&access_token=c.d"))), "access_token invalid");
}

/// The client that is seen for a peer and the lines of its `X-Forwarded-For`.
async fn client(peer: &str, lines: &[&str]) -> IpAddr {
    let networks = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
    let peer = std::net::SocketAddr::new(peer.parse().unwrap(), 4711);
    let mut request = TestRequest::default().peer_addr(peer).app_data(TrustedProxies::new(&networks));
    for line in lines {
        request = request.append_header(("X-Forwarded-For", *line));
    }
    ClientAddr::extract(&request.to_http_request()).await.unwrap().ip()
}

#[actix_web::test]
async fn a_forged_forwarded_for_does_not_change_who_is_counted() {
    for (peer, lines, expected) in [
        // A stranger may say what it likes.
        ("203.0.113.9", &["1.2.3.4"][..], "203.0.113.9"),
        ("::ffff:203.0.113.9", &["1.2.3.4"], "203.0.113.9"),
        // Through our proxy only what the proxy has added counts.
        ("10.0.0.1", &["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", &["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", &["1.2.3.4", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", &["1.2.3.4, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", &["203.0.113.9:5555"], "203.0.113.9"),
        ("fd00::1", &["1.2.3.4, [2001:db8::7]:443"], "2001:db8::7"),
        ("10.0.0.1", &["[2001:db8::7]"], "2001:db8::7"),
        // What no proxy writes ends the chain.
        ("10.0.0.1", &["1.2.3.4, unknown"], "10.0.0.1"),
        ("10.0.0.1", &["1.2.3.4, , 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", &["1.2.3.4, 203.0.113.9, "], "10.0.0.1"),
        // Only proxies: the outermost.
        ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", &[], "10.0.0.1"),
    ] {
        assert_eq!(client(peer, lines).await, expected.parse::<IpAddr>().unwrap(), "{peer} {lines:?}");
    }
}

#[actix_web::test]
async fn nobody_is_trusted_unless_told() {
    let peer = "10.0.0.1:1".parse().unwrap();
    let request =
        TestRequest::default().peer_addr(peer).insert_header(("X-Forwarded-For", "1.2.3.4")).to_http_request();
    assert_eq!(ClientAddr::extract(&request).await.unwrap().ip(), peer.ip());
}
