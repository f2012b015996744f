//! Buyers for unit tests.

#![allow(clippy::unwrap_used)]

use super::consents::{self, Agreed};
use super::{Document, SignedIn, WechatUser};
use crate::base::clock::Timestamp;
use crate::base::db::testing::TestDb;
use crate::base::ids::CustomerId;
use crate::base::text::Lang;
use crate::domain::content::{self, LegalText};

impl TestDb {
    pub(crate) fn sign_in(&self, openid: &str) -> SignedIn {
        let user = user(openid);
        self.write(move |tx, now| super::sign_in(tx, &user, Some("first"), now)).unwrap()
    }

    pub(crate) fn customer(&self, openid: &str) -> CustomerId {
        self.sign_in(openid).customer_id
    }

    /// Who has agreed to the privacy text.
    pub(crate) fn consenting_customer(&self, openid: &str) -> CustomerId {
        let customer = self.customer(openid);
        self.write(move |tx, now| {
            let text = LegalText {
                document: Document::Privacy,
                version: "1".into(),
                text_zh: "隐私".into(),
                text_ko: "개인정보".into(),
                text_en: "privacy".into(),
                published_at: Timestamp::from(chrono::DateTime::UNIX_EPOCH),
            };
            content::publish(tx, &text)?;
            let agreed =
                Agreed::now("version", Document::Privacy, "1".into(), Lang::Zh).by_somebody_old_enough(true)?;
            consents::give(tx, customer, &agreed, now)
        })
        .unwrap();
        customer
    }
}

pub(crate) fn user(openid: &str) -> WechatUser {
    WechatUser { openid: openid.to_owned(), unionid: None }
}
