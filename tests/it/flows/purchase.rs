use serde_json::json;

use crate::support::on_both;

on_both! {
    async fn a_purchase_goes_from_login_to_paid(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let (sku, price) = shop.sku(PRODUCT).await;
        let quote = alice.quote(&json!([{ "sku_id": sku, "quantity": 2 }])).await;
        assert_eq!(quote["goods_fen"], 2 * price);
        assert_eq!(quote["tax_fen"], 0);
        assert_eq!(quote["tax_basis"], "not_computed", "the quote says that tax is not in it yet");

        let order_no = alice.order(PRODUCT, 2).await;
        alice.pay(&order_no).await;
        assert_eq!(shop.deliver().await, 1);

        let order = alice.read_order(&order_no).await;
        assert_eq!(order["state"], "paid");
        assert_eq!(order["paid_fen"], order["payable_fen"]);
        assert_eq!(alice.timeline(&order_no).await, ["placed", "paid"]);
        assert_eq!(order["consignee"]["phone"], "138****8000");
    }

    async fn another_buyer_sees_nothing_of_my_order(shop: &TestShop) {
        let (alice, bob) = (shop.buyer("alice").await, shop.buyer("bob").await);
        let order_no = alice.order(PRODUCT, 1).await;
        let missing = bob.get("/api/v1/orders/20260101zzzzzzzzzzzzzz").await.expect_problem(404, "not_found");
        let foreign = bob.get(&format!("/api/v1/orders/{order_no}")).await.expect_problem(404, "not_found");
        assert_eq!(missing["detail"], foreign["detail"], "the two look alike");
        for action in ["pay", "cancel", "payment/sync"] {
            bob.post(&format!("/api/v1/orders/{order_no}/{action}"), &json!({})).await.expect_problem(404, "not_found");
        }
        assert_eq!(alice.read_order(&order_no).await["state"], "pending_payment");
        let (sku, _) = shop.sku(PRODUCT).await;
        let quote = json!({ "items": [{ "sku_id": sku, "quantity": 1 }], "address_id": alice.address_id });
        bob.post("/api/v1/quotes", &quote).await.expect_problem(404, "not_found");
    }

    async fn an_order_takes_its_lines_out_of_the_cart(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let (sku, _) = shop.sku(PRODUCT).await;
        alice.put(&format!("/api/v1/cart/items/{sku}"), &json!({ "quantity": 1 })).await.expect(200);
        alice.order(PRODUCT, 1).await;
        let cart = alice.get("/api/v1/cart").await.expect(200);
        assert_eq!(cart["groups"], json!([]), "{cart}");
    }
}

/// On sale with plenty of stock.
pub(super) const PRODUCT: &str = "red-ginseng-stick";
