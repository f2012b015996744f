use diesel::prelude::*;
use gunpo_mall::base::db::schema::consents;
use mock_wechat::{Fault, FaultKind, Route};
use serde_json::json;

use super::{bind_phone, id_of, patch, row};
use crate::support::{faults, on_both, shanghai_address};

on_both! {
    async fn a_profile_takes_nothing_but_nickname_and_language(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        for field in ["role", "vendor_id", "is_admin", "balance", "openid", "phone", "phone_verified", "id", "closed_at"] {
            let problem = patch(&alice, &json!({ "nickname": "小明", field: "1" })).await.expect_problem(400, "invalid_request");
            assert_eq!(faults(&problem), [format!("{field} unknown")]);
        }
        for bad in [
            json!({ "nickname": "" }), json!({ "nickname": "  " }), json!({ "nickname": "x".repeat(21) }),
            json!({ "nickname": "a\u{0}b" }), json!({ "nickname": "a\nb" }), json!({ "nickname": "\u{202e}a" }),
            json!({ "nickname": 1 }), json!({ "language": "fr" }), json!({ "language": "ZH" }), json!([]),
        ] {
            patch(&alice, &bad).await.expect_problem(400, "invalid_request");
        }
        let me = alice.get("/api/v1/me").await.expect(200);
        assert_eq!((&me["nickname"], &me["language"], &me["phone"], &me["closing"]), (&json!(null), &json!(null), &json!(null), &json!(null)));
        let changed = patch(&alice, &json!({ "nickname": " 军浦🏠 ", "language": "ko" })).await.expect(200);
        assert_eq!((&changed["nickname"], &changed["language"]), (&json!("军浦🏠"), &json!("ko")));
        let changed = patch(&alice, &json!({ "nickname": null })).await.expect(200);
        assert_eq!((&changed["nickname"], &changed["language"]), (&json!(null), &json!("ko")), "what is left out stays");
        assert_eq!(patch(&alice, &json!({})).await.expect(200), changed);
        let bob = shop.buyer("bob").await;
        assert_eq!(bob.get("/api/v1/me").await.expect(200)["language"], json!(null));
    }

    async fn a_nickname_that_must_not_be_shown_is_not_taken(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        patch(&alice, &json!({ "nickname": "爱丽" })).await.expect(200);
        let refused = json!({ "nickname": "加微信诈骗", "language": "ko" });
        let problem = patch(&alice, &refused).await.expect_problem(400, "invalid_request");
        assert_eq!(faults(&problem), ["nickname refused"]);
        let me = alice.get("/api/v1/me").await.expect(200);
        assert_eq!((&me["nickname"], &me["language"]), (&json!("爱丽"), &json!(null)), "nothing of it is taken");
        // A doubt is none of the buyer's trouble, nor is a WeChat that does not answer.
        patch(&alice, &json!({ "nickname": "可疑" })).await.expect(200);
        let late = FaultKind::DelayMs { delay_ms: 60_000 };
        for (kind, name) in [(FaultKind::CutBeforeEffect, "小丽"), (FaultKind::HtmlBody, "阿丽"), (late, "丽丽")] {
            shop.wechat.add_fault(Fault::new(Route::TextCheck, kind).times(0));
            let changed = patch(&alice, &json!({ "nickname": name, "language": "ko" })).await.expect(200);
            assert_eq!((&changed["nickname"], &changed["language"]), (&json!(name), &json!("ko")));
            shop.wechat.clear_faults();
        }
    }

    async fn a_phone_code_of_another_buyer_or_used_twice_binds_nothing(shop: &TestShop) {
        let (alice, bob) = (shop.buyer("alice").await, shop.buyer("bob").await);
        let code = shop.wechat.phone("alice");
        bob.post("/api/v1/me/phone", &json!({ "code": code })).await.expect_problem(400, "invalid_request");
        assert_eq!(bob.get("/api/v1/me").await.expect(200)["phone"], json!(null));
        let bound = alice.post("/api/v1/me/phone", &json!({ "code": code })).await.expect(200);
        assert_eq!(bound["phone"].as_str().unwrap()[..7], *"138****", "{bound}");
        for buyer in [&alice, &bob] {
            buyer.post("/api/v1/me/phone", &json!({ "code": code })).await.expect_problem(400, "invalid_request");
        }
        // A login code is no phone code, and what the client encrypts or claims is not even looked at.
        let login = shop.wechat.login("bob");
        for bad in [
            json!({ "code": login }), json!({ "code": "" }), json!({ "code": "a&b" }), json!({ "code": "x".repeat(129) }),
            json!({ "encryptedData": "AAAA", "iv": "AAAA" }), json!({ "code": "a", "phone": "13800138000" }),
        ] {
            bob.post("/api/v1/me/phone", &bad).await.expect_problem(400, "invalid_request");
        }
        let late = shop.wechat.phone("bob");
        shop.advance_s(301);
        bob.post("/api/v1/me/phone", &json!({ "code": late })).await.expect_problem(400, "invalid_request");
        assert_eq!(bob.get("/api/v1/me").await.expect(200)["phone"], json!(null));
    }

    async fn a_phone_is_stored_sealed_with_an_index_and_nowhere_plain(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        bind_phone(&alice).await;
        patch(&alice, &json!({ "nickname": "canary-nickname" })).await.expect(200);
        let copy = alice.post("/api/v1/me/export", &alice.proof()).await.expect(200);
        let phone = copy["profile"]["phone"].as_str().unwrap().to_owned();
        assert_eq!(phone.len(), 11);
        let (_, nickname, sealed, index, _) = row(shop, id_of(&alice).await).await;
        let (nickname, sealed, index) = (nickname.unwrap(), sealed.unwrap(), index.unwrap());
        assert_eq!(index.len(), 32);
        for (bytes, plain) in [(&sealed, phone.as_str()), (&index, phone.as_str()), (&nickname, "canary-nickname")] {
            assert!(!bytes.windows(plain.len()).any(|part| part == plain.as_bytes()));
        }
    }

    async fn a_silent_wechat_is_told_and_a_rejected_token_is_mended_without_the_buyer(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        shop.wechat.add_fault(Fault::new(Route::PhoneNumber, FaultKind::CutBeforeEffect));
        let code = shop.wechat.phone("alice");
        alice.post("/api/v1/me/phone", &json!({ "code": code })).await.expect_problem(503, "wechat_unavailable");
        assert_eq!(alice.get("/api/v1/me").await.expect(200)["phone"], json!(null));
        bind_phone(&alice).await;
        // Somebody else's forced renewal kills our cached token: the call is replayed with a new one.
        shop.advance_s(60);
        let account = shop.wechat.account();
        let forced = json!({ "grant_type": "client_credential", "appid": account.appid, "secret": account.app_secret,
            "force_refresh": true });
        let stolen = mock_wechat::Request::new("POST", "/cgi-bin/stable_token").body(forced.to_string());
        shop.wechat.handle(stolen).await.answer().unwrap();
        bind_phone(&alice).await;
    }

    async fn a_consent_is_proved_by_version_language_and_hash_and_withdrawn_but_not_erased(shop: &TestShop) {
        let alice = shop.newcomer("alice").await;
        let privacy = shop.get("/api/v1/legal/privacy").await.expect(200);
        assert_eq!(privacy["language"], "zh");
        let terms = shop.get("/api/v1/legal/terms").await.expect(200);
        assert_ne!(privacy["text_sha256"], terms["text_sha256"]);
        shop.get("/api/v1/legal/cookies").await.expect_problem(400, "invalid_request");
        // Given before the address; nobody agrees for a child alone.
        let young = json!({ "document": "privacy", "version": privacy["version"] });
        let problem = alice.post("/api/v1/me/consents", &young).await.expect_problem(400, "invalid_request");
        assert_eq!(problem["errors"][0]["field"], "age_confirmed");
        let agree = json!({ "document": "privacy", "version": privacy["version"], "age_confirmed": true });
        let proof = alice.post("/api/v1/me/consents", &agree).await.expect(200);
        assert_eq!((&proof["text_sha256"], &proof["language"]), (&privacy["text_sha256"], &json!("zh")));
        assert!(!proof["request_id"].as_str().unwrap().is_empty());
        shop.advance_s(60);
        assert_eq!(alice.post("/api/v1/me/consents", &agree).await.expect(200), proof, "the first proof stands");
        let unknown = json!({ "document": "terms", "version": "1999-01-01" });
        alice.post("/api/v1/me/consents", &unknown).await.expect_problem(400, "invalid_request");
        alice.post("/api/v1/me/consents", &json!({ "document": "cookies", "version": "1" })).await.expect_problem(400, "invalid_request");
        assert_eq!(alice.get("/api/v1/me").await.expect(200)["consents"], json!([proof]));
        let bob = shop.newcomer("bob").await;
        assert_eq!(bob.delete("/api/v1/me/consents/privacy").await.status, 204);
        assert_eq!(alice.get("/api/v1/me").await.expect(200)["consents"], json!([proof]), "bob withdrew his own");
        assert_eq!(alice.delete("/api/v1/me/consents/privacy").await.status, 204);
        assert_eq!(alice.get("/api/v1/me").await.expect(200)["consents"], json!([]));
        let kept: i64 = shop.app.db.read(|rx| Ok(consents::table.count().get_result(rx.conn())?)).await.unwrap();
        assert_eq!(kept, 2, "withdrawn is not erased");
        // What rested on it is.
        assert_eq!(alice.get("/api/v1/addresses").await.expect(200)["items"], json!([]));
        let problem = alice.post("/api/v1/addresses", &shanghai_address()).await.expect_problem(409, "consent_required");
        assert_eq!((&problem["document"], &problem["version"]), (&json!("privacy"), &privacy["version"]));
        let again = alice.post("/api/v1/me/consents", &agree).await.expect(200);
        assert_ne!(again["given_at"], proof["given_at"], "a new consent has a proof of its own");
    }

    async fn a_buyer_sees_where_the_account_is_open_and_shuts_the_other_phones_out(shop: &TestShop) {
        let mut alice = shop.newcomer("alice").await;
        let lost = alice.token.clone();
        alice.login_again().await;
        let seen = alice.get("/api/v1/me/sessions").await.expect(200);
        let here: Vec<_> = seen["items"].as_array().unwrap().iter().map(|session| session["is_this"] == true).collect();
        assert_eq!(here, [true, false]);
        assert_eq!(alice.post("/api/v1/me/sessions/end-others", &json!({})).await.status, 204);
        shop.send(reqwest::Method::GET, "/api/v1/me", &lost, None, None).await.expect_problem(401, "unauthorized");
        alice.get("/api/v1/me").await.expect(200);
    }

    async fn an_older_version_of_a_text_is_not_agreed_to_by_mistake(shop: &TestShop) {
        use gunpo_mall::domain::content::publish;
        use gunpo_mall::domain::content::{Document, LegalText};
        let alice = shop.buyer("alice").await;
        let old = shop.get("/api/v1/legal/terms").await.expect(200);
        let now = shop.app.clock.timestamp();
        let text = |version: &str, zh: &str, published_at| LegalText {
            document: Document::Terms, version: version.to_owned(), text_zh: zh.to_owned(), text_ko: "k".to_owned(),
            text_en: "e".to_owned(), published_at,
        };
        let newer = text("2099-01-01", "新条款", now);
        let future = text("2099-02-01", "未来", now.plus(std::time::Duration::from_hours(1)));
        shop.app.db.write(move |tx| { publish(tx, &newer)?; publish(tx, &future) }).await.unwrap();
        let agree = json!({ "document": "terms", "version": old["version"] });
        let problem = alice.post("/api/v1/me/consents", &agree).await.expect_problem(409, "document_changed");
        assert_eq!(problem["version"], "2099-01-01");
        let early = json!({ "document": "terms", "version": "2099-02-01" });
        alice.post("/api/v1/me/consents", &early).await.expect_problem(400, "invalid_request");
        assert_eq!(shop.get("/api/v1/legal/terms").await.expect(200)["text"], "新条款");
        let changed = text("2099-01-01", "偷换的条款", now);
        assert!(shop.app.db.write(move |tx| publish(tx, &changed)).await.is_err(), "a published text never changes");
    }
}
