use diesel::prelude::*;
use gunpo_mall::base::db::schema::wechat_messages;
use mock_wechat::Settings;
use serde_json::{Value, json};

use super::{bind_phone, patch};
use crate::support::shop::{MESSAGE_AES_KEY, MESSAGE_TOKEN};
use crate::support::{TestShop, on_both};

/// What the console of the mini program is set to.
fn console(shop: &TestShop, aes_key: &str) {
    let settings = Settings {
        message_url: format!("{}/wechat/message", shop.address),
        message_token: MESSAGE_TOKEN.to_owned(),
        message_aes_key: aes_key.to_owned(),
        ..shop.wechat.settings()
    };
    shop.wechat.set_settings(settings).unwrap();
}

/// Pushes, delivers, and gives what the shop answered.
async fn push(shop: &TestShop, more: Value) -> u16 {
    let mut event = json!({ "event": "user_authorization_revoke", "user": "alice", "revoke_info": "8" });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let id = shop.wechat.push(event).unwrap();
    shop.deliver().await;
    let notifies = shop.wechat.ledger().notifies;
    notifies.iter().find(|notify| notify.id == id).unwrap().last_status.unwrap()
}

async fn outcomes(shop: &TestShop) -> Vec<String> {
    shop.app
        .db
        .read(|rx| {
            Ok(wechat_messages::table.order(wechat_messages::id).select(wechat_messages::outcome).load(rx.conn())?)
        })
        .await
        .unwrap()
}

on_both! {
    async fn what_a_user_takes_back_in_wechat_is_deleted_here_once(shop: &TestShop) {
        console(shop, MESSAGE_AES_KEY);
        assert!(shop.wechat.check_message_url().await.unwrap(), "the console accepts our URL");
        let (alice, bob) = (shop.newcomer("alice").await, shop.newcomer("bob").await);
        for buyer in [&alice, &bob] {
            bind_phone(buyer).await;
            patch(buyer, &json!({ "nickname": "小明" })).await.expect(200);
        }
        assert_eq!(push(shop, json!({})).await, 200);
        let me = alice.get("/api/v1/me").await.expect(200);
        assert_eq!((&me["phone"], &me["consents"], &me["nickname"]), (&json!(null), &json!([]), &json!("小明")));
        let of_bob = bob.get("/api/v1/me").await.expect(200);
        assert!(of_bob["phone"].is_string() && of_bob["consents"].as_array().unwrap().len() == 1, "{of_bob}");
        // The same message again, after she has bound the phone anew, deletes nothing.
        alice.agree_to_privacy().await;
        bind_phone(&alice).await;
        assert_eq!(push(shop, json!({ "resend": true })).await, 200);
        assert!(alice.get("/api/v1/me").await.expect(200)["phone"].is_string());
        assert_eq!(outcomes(shop).await, ["deleted"]);
        shop.advance_s(1);
        assert_eq!(push(shop, json!({ "revoke_info": 6 })).await, 200);
        let me = alice.get("/api/v1/me").await.expect(200);
        assert!(me["nickname"].is_null() && me["phone"].is_string(), "{me}");
        assert_eq!(alice.get("/api/v1/addresses").await.expect(200)["items"].as_array().unwrap().len(), 1);
        assert_eq!(push(shop, json!({ "revoke_info": "2" })).await, 200);
        assert_eq!(alice.get("/api/v1/addresses").await.expect(200)["items"], json!([]));
        // Of somebody we never saw, and of an event that nobody asked for.
        assert_eq!(push(shop, json!({ "user": "stranger" })).await, 200);
        assert_eq!(push(shop, json!({ "plaintext": { "Event": "wxa_media_check" } })).await, 200);
        assert_eq!(outcomes(shop).await, ["deleted", "deleted", "deleted", "unknown_user", "ignored"]);
    }

    async fn a_forged_message_deletes_nothing(shop: &TestShop) {
        console(shop, MESSAGE_AES_KEY);
        let alice = shop.buyer("alice").await;
        bind_phone(&alice).await;
        for forgery in [
            json!({ "tamper": "bad" }),
            json!({ "tamper": "absent" }),
            json!({ "timestamp_offset_s": -601 }),
            json!({ "timestamp_offset_s": 660 }),
            json!({ "body": "{\"Event\":\"user_authorization_revoke\"}" }),
            json!({ "body": "not json" }),
        ] {
            assert_eq!(push(shop, forgery.clone()).await, 401, "{forgery}");
        }
        assert_eq!(push(shop, json!({ "plaintext": { "AppID": "wx0000000000000000" } })).await, 400, "another app's");
        // The console has a key: a plain message, rightly signed with the token, covers no body and is refused.
        console(shop, "");
        assert_eq!(push(shop, json!({})).await, 401);
        let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"a\">]><xml>&a;</xml>";
        assert_eq!(push(shop, json!({ "body": bomb })).await, 415, "what could expand is not parsed at all");
        assert!(alice.get("/api/v1/me").await.expect(200)["phone"].is_string());
        assert_eq!(outcomes(shop).await, Vec::<String>::new());
        let other_token = Settings { message_token: "another".to_owned(), ..shop.wechat.settings() };
        shop.wechat.set_settings(other_token).unwrap();
        assert!(!shop.wechat.check_message_url().await.unwrap(), "our URL answers nobody else's check");
    }

    async fn a_console_that_is_set_to_xml_loses_no_event(shop: &TestShop) {
        console(shop, MESSAGE_AES_KEY);
        shop.wechat.set_settings(Settings { message_xml: true, ..shop.wechat.settings() }).unwrap();
        let alice = shop.buyer("alice").await;
        bind_phone(&alice).await;
        assert_eq!(push(shop, json!({ "tamper": "bad" })).await, 401);
        assert!(alice.get("/api/v1/me").await.expect(200)["phone"].is_string());
        assert_eq!(push(shop, json!({})).await, 200);
        assert!(alice.get("/api/v1/me").await.expect(200)["phone"].is_null());
    }

    async fn a_console_in_compatible_mode_is_believed_by_what_is_sealed_alone(shop: &TestShop) {
        console(shop, MESSAGE_AES_KEY);
        let alice = shop.buyer("alice").await;
        for message_xml in [false, true] {
            let settings = Settings { message_compatible: true, message_xml, ..shop.wechat.settings() };
            shop.wechat.set_settings(settings).unwrap();
            alice.agree_to_privacy().await;
            bind_phone(&alice).await;
            shop.advance_s(1);
            assert_eq!(push(shop, json!({ "tamper": "bad" })).await, 401);
            assert!(alice.get("/api/v1/me").await.expect(200)["phone"].is_string());
            assert_eq!(push(shop, json!({})).await, 200);
            assert!(alice.get("/api/v1/me").await.expect(200)["phone"].is_null());
        }
    }

    with &[("WECHAT_MESSAGE_AES_KEY", "")] => async fn xml_that_could_expand_is_refused_though_it_is_signed(shop: &TestShop) {
        console(shop, "");
        shop.wechat.set_settings(Settings { message_xml: true, ..shop.wechat.settings() }).unwrap();
        let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"a\">]><xml>&a;</xml>";
        assert_eq!(push(shop, json!({ "body": bomb })).await, 415);
        assert_eq!(outcomes(shop).await, Vec::<String>::new());
    }

    with &[("WECHAT_MESSAGE_AES_KEY", "")] => async fn without_a_key_a_plain_message_is_taken_and_deletes_nothing(shop: &TestShop) {
        console(shop, "");
        let alice = shop.buyer("alice").await;
        bind_phone(&alice).await;
        assert_eq!(push(shop, json!({ "tamper": "bad" })).await, 401);
        assert_eq!(push(shop, json!({ "timestamp_offset_s": -601 })).await, 401);
        assert!(alice.get("/api/v1/me").await.expect(200)["phone"].is_string());
        assert_eq!(push(shop, json!({})).await, 200);
        assert!(alice.get("/api/v1/me").await.expect(200)["phone"].is_string(), "its signature covers no body");
        assert_eq!(outcomes(shop).await, ["not_sealed"]);
    }

    with &[("WECHAT_MESSAGE_AES_KEY", ""), ("WECHAT_MESSAGE_TOKEN", "")] =>
    async fn a_shop_without_a_token_takes_no_message(shop: &TestShop) {
        console(shop, "");
        assert_eq!(push(shop, json!({})).await, 404);
        assert!(!shop.wechat.check_message_url().await.unwrap());
    }
}
