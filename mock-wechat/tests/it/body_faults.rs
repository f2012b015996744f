//! Answers whose body is not what WeChat meant to say.

use mock_wechat::{Fault, FaultKind, Route};

use crate::support::Shop;

#[actix_web::test]
async fn an_empty_foreign_cut_or_swollen_body_hides_that_the_call_took_effect() {
    let shop = Shop::new();
    let whole = shop.send(shop.merchant.request("GET", "/v3/certificates", None)).await.body.len();
    for (number, kind) in [
        FaultKind::EmptyBody,
        FaultKind::HtmlBody,
        FaultKind::TruncatedBody,
        FaultKind::OversizedBody { bytes: 1 << 20 },
    ]
    .into_iter()
    .enumerate()
    {
        let order = shop.order(&format!("ORDER-{number}"), 100);
        shop.mock.add_fault(Fault::new(Route::Prepay, kind.clone()));
        let answer = shop.send(shop.merchant.request("POST", "/v3/pay/transactions/jsapi", Some(&order))).await;
        assert_eq!(answer.status, 200);
        assert!(!shop.merchant.verifies(|name| answer.get(name).map(str::to_owned), &answer.body), "{kind:?}");
        assert!(answer.body.len() < whole || answer.body.len() > 1 << 20);
        assert_eq!(shop.mock.ledger().payments.len(), number + 1);
    }
}
