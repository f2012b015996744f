//! Buyers for unit tests.

#![allow(clippy::unwrap_used)]

use super::{SignedIn, WechatUser};
use crate::base::db::testing::TestDb;
use crate::base::ids::CustomerId;

impl TestDb {
    pub(crate) fn sign_in(&self, openid: &str) -> SignedIn {
        let user = user(openid);
        self.write(move |tx, now| super::sign_in(tx, &user, Some("first"), now)).unwrap()
    }

    pub(crate) fn customer(&self, openid: &str) -> CustomerId {
        self.sign_in(openid).customer_id
    }
}

pub(crate) fn user(openid: &str) -> WechatUser {
    WechatUser { openid: openid.to_owned(), unionid: None }
}
