//! Whole answers, field by field: a field that goes, comes or changes its shape is seen here first. Ids and times are replaced, for they
//! differ from run to run.

use gunpo_mall::domain::staff::Role;
use serde_json::{Value, json};

use crate::operators::Clerk;
use crate::support::{Buyer, on_both};

const PRODUCT: &str = "red-ginseng-stick";

/// Replaces what differs from run to run.
fn stable(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name.clone(), if is_id(&name) { json!("<id>") } else { stable(value) }))
            .collect(),
        Value::Array(items) => items.into_iter().map(stable).collect(),
        Value::String(text) if is_time(&text) => json!("<time>"),
        other => other,
    }
}

fn is_id(name: &str) -> bool {
    name == "id" || name.ends_with("_id") || name.ends_with("_no")
}

fn is_time(text: &str) -> bool {
    text.len() >= 20 && text.as_bytes()[4] == b'-' && text.as_bytes()[10] == b'T' && text.ends_with("+08:00")
}

/// A paid order.
async fn bought(alice: &Buyer<'_>) -> String {
    let order_no = alice.order(PRODUCT, 1).await;
    alice.pay(&order_no).await;
    assert_eq!(alice.shop.deliver().await, 1);
    order_no
}

on_both! {
    async fn no_field_of_a_cart_a_quote_or_an_account_changes_unseen(shop: &TestShop) {
        let alice = shop.newcomer("alice").await;
        let (sku, _) = shop.sku(PRODUCT).await;
        let cart = alice.put(&format!("/api/v1/cart/items/{sku}"), &json!({ "quantity": 2 })).await.expect(200);
        let quote = alice.quote(&json!([{ "sku_id": sku, "quantity": 1 }])).await;
        let me = alice.get("/api/v1/me").await.expect(200);
        assert_eq!(stable(cart), json!({
            "groups": [
                {
                    "goods_fen": 23800,
                    "lines": [
                        {
                            "added_at": "<time>", "available": 10,
                            "image": "/media/products/red-ginseng-stick.jpg", "limit_per_order": 10,
                            "line_fen": 23800, "name": "六年根红参浓缩液便携条", "problem": null,
                            "product_id": "<id>", "product_slug": "red-ginseng-stick", "quantity": 2,
                            "sku_code": "GP-HST-STICK-10", "sku_id": "<id>", "spec": "10 条装",
                            "unit_price_fen": 11900
                        }
                    ],
                    "supervision": "bonded_1210"
                }
            ]
        }));
        assert_eq!(stable(quote), json!({
            "discount_fen": 0, "freight_fen": 1000, "goods_fen": 11900, "gross_weight_g": 150,
            "lines": [
                {
                    "image": "/media/products/red-ginseng-stick.jpg", "line_fen": 11900,
                    "name": "六年根红参浓缩液便携条", "product_id": "<id>", "quantity": 1,
                    "sku_code": "GP-HST-STICK-10", "sku_id": "<id>", "spec": "10 条装",
                    "supervision": "bonded_1210", "tax_fen": 0, "unit_price_fen": 11900
                }
            ],
            "notice_version": "2026-11-01", "payable_fen": 12900, "problems": [{ "code": "identity_required" }], "quota": {},
            "tax_basis": "not_computed", "tax_fen": 0
        }));
        assert_eq!(stable(me), json!({
            "closing": null,
            "consents": [
                {
                    "age_confirmed": true, "document": "privacy", "given_at": "<time>", "language": "zh", "request_id": "<id>",
                    "text_sha256": "87aabb6c73c93a9f251342fc1f7efdd1774f9c6b546eaee5818582e812281ed8", "version": "2026-11-01",
                    "withdrawn_at": null
                }
            ],
            "created_at": "<time>", "id": "<id>", "language": null,
            "nickname": null, "phone": null
        }));
    }

    async fn no_field_of_an_order_changes_unseen(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let order = alice.read_order(&bought(&alice).await).await;
        assert_eq!(stable(order), json!({
            "cancel_reason": null, "cancelled_at": null,
            "consignee": {
                "city": "上海市", "detail": "世纪大道 100 号 1201 室", "district": "浦东新区", "name": "王小明",
                "phone": "138****8000", "province": "上海市", "region_code": "310115"
            },
            "discount_fen": 0, "expires_at": "<time>", "freight_fen": 1000, "goods_fen": 11900,
            "hold": null,
            "lines": [
                {
                    "image": "/media/products/red-ginseng-stick.jpg", "line_fen": 11900,
                    "name": "六年根红参浓缩液便携条", "product_id": "<id>", "quantity": 1,
                    "sku_code": "GP-HST-STICK-10", "sku_id": "<id>", "spec": "10 条装", "tax_fen": 0,
                    "unit_price_fen": 11900
                }
            ],
            "notice_version": "2026-11-01", "order_no": "<id>", "paid_at": "<time>", "paid_fen": 12900,
            "payable_fen": 12900, "placed_at": "<time>", "refunded_fen": 0, "remark": "", "state": "paid",
            "tax_basis": "not_computed", "tax_fen": 0,
            "timeline": [
                {
                    "actor": "customer", "amount_fen": null, "at": "<time>", "kind": "placed",
                    "state": "pending_payment"
                },
                { "actor": "wechat", "amount_fen": 12900, "at": "<time>", "kind": "paid", "state": "paid" }
            ]
        }));
    }

    async fn no_field_of_an_order_in_the_console_changes_unseen(shop: &TestShop) {
        let order_no = bought(&shop.buyer("alice").await).await;
        let service = Clerk::settled(shop, "lee", Role::Service).await;
        let admin = service.get(&format!("/admin/v1/orders/{order_no}")).await.expect(200);
        assert_eq!(stable(admin), json!({
            "cancel_reason": null, "cancelled_at": null,
            "consignee": { "city": "上海市", "district": "浦东新区", "name": "王**", "phone": "138****8000", "province": "上海市" },
            "customer_id": "<id>", "discount_fen": 0, "expires_at": "<time>", "freight_fen": 1000,
            "goods_fen": 11900, "hold": null,
            "lines": [
                {
                    "image": "/media/products/red-ginseng-stick.jpg", "line_fen": 11900,
                    "name": "六年根红参浓缩液便携条", "product_id": "<id>", "quantity": 1,
                    "sku_code": "GP-HST-STICK-10", "sku_id": "<id>", "spec": "10 条装", "tax_fen": 0,
                    "unit_price_fen": 11900
                }
            ],
            "order_no": "<id>", "paid_at": "<time>", "paid_fen": 12900, "payable_fen": 12900,
            "payment": {
                "amount_fen": 12900, "closed_at": null, "opened_at": "<time>", "state": "paid",
                "success_at": "<time>", "transaction_id": "<id>"
            },
            "placed_at": "<time>", "refund_committed_fen": 0, "refunded_fen": 0, "refunds": [],
            "scene": null, "state": "paid", "tax_fen": 0,
            "timeline": [
                {
                    "actor": "customer", "amount_fen": null, "at": "<time>", "kind": "placed",
                    "state": "pending_payment"
                },
                { "actor": "wechat", "amount_fen": 12900, "at": "<time>", "kind": "paid", "state": "paid" }
            ]
        }));
    }
}
