//! Switches of behaviour that the merchant's situation, not a single request, decides.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::customs::CustomsState;
use super::payments::RefundStatus;
use crate::core::route::{Family, Route};

/// The longest list among the settings.
const MOST_LISTED: usize = 1000;
const MOST_UNCHECKED_PAGES: u32 = 60_000;

/// How the stand-in behaves until told otherwise. Kept in the data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "switches that have nothing to do with each other")]
pub struct Settings {
    /// The merchant has a platform certificate. Off: a merchant of the public-key mode only, whose
    /// `/v3/certificates` answers 404 `RESOURCE_NOT_EXISTS` (contract B.3). On by default.
    pub certificate_mode: bool,
    /// How many of 100 notifies are signed with the public key, the others with the certificate
    /// (contract B.4). 100 by default.
    pub notify_public_key_percent: u8,
    /// Pay answers of 4xx and 5xx carry a signature. On by default.
    pub sign_errors: bool,
    /// `errcode` of a login code that was used before: 40163 (default) or 40029 (contract A.1).
    pub used_code_errcode: u32,
    /// The content type of mini program answers; `text/plain` by default (contract part 0).
    pub mini_content_type: String,
    /// The least seconds between two refunds of one order, 60 by default (contract B.10).
    pub refund_gap_s: u32,
    /// Seconds until a refund ends by itself, 5 by default.
    pub refund_settle_s: u32,
    /// How a refund ends by itself: `SUCCESS` by default; `PROCESSING` means not before
    /// a control call decides.
    pub refund_outcome: RefundStatus,
    /// Message push: where events go. Empty, and nothing is pushed, by default.
    pub message_url: String,
    /// Message push: the token of the console, 3 to 32 letters and digits.
    pub message_token: String,
    /// Message push: `EncodingAESKey` of the console, 43 letters and digits; plain mode while it is empty.
    pub message_aes_key: String,
    /// Message push: with a key, the event stands beside what is sealed (兼容模式, contract A.12.2). Off by default.
    pub message_compatible: bool,
    /// Message push: events are XML instead of JSON. Off by default.
    pub message_xml: bool,
    /// The mini program is published; off, no link to it is made (85079, contract A.7). On by default.
    pub published: bool,
    /// Published pages, without a leading slash; empty, and every page counts as published, by default.
    pub pages: Vec<String>,
    /// Distinct pages that are not published and get a code all the same (`check_path` false); one more is refused with
    /// 45029. 60000 by default, and at most (contract A.6).
    pub most_unchecked_pages: u32,
    /// Templates of subscription messages with their keys, such as `thing1`; empty, and every template
    /// counts as known, by default.
    pub templates: BTreeMap<String, Vec<String>>,
    /// Seconds until a paid order is known to the shipping management, 0 by default (contract A.10.3).
    pub shipping_visible_after_s: u32,
    /// Takes plain `http://` notify URLs of any host, as between containers; of loopback hosts alone by default.
    pub http_notify: bool,
    /// Names besides loopback under which the page and the control endpoints are reached. Others are refused: a page of the web
    /// whose name leads here could act in its visitor's place.
    pub host_names: Vec<String>,
    /// Seconds until the number of a payment is known as the code of a service card; WeChat speaks of a minute. 60 by default.
    pub service_card_after_s: u32,
    /// The money of received orders stays to be settled (`order_state` 6); settled within a minute once this is off
    /// again. WeChat does not say when it does so (contract A.10). Off by default.
    pub settlement_held: bool,
    /// Seconds until the result of `media_check_async` is pushed, 5 by default.
    pub media_check_s: u32,
    /// Customs filings of the console; empty, and every filing counts as registered, by default.
    pub customs_filings: Vec<CustomsFiling>,
    /// Seconds that a declaration is undeclared, and then being processed; 5 by default.
    pub customs_step_s: u32,
    /// How a declaration ends by itself: `SUCCESS` by default.
    pub customs_outcome: CustomsState,
    /// What customs says to it.
    pub customs_explanation: String,
    /// Money of the merchant's that a refund may take, in fen; a refund beyond it is `NOT_ENOUGH`. No
    /// limit by default.
    pub balance_fen: Option<i64>,
    /// Rate limits of the contract are held. Off by default: a test that runs faster than life meets none.
    pub rate_limits: bool,
    /// With `rate_limits`: how many calls to a mini program path a day takes, where that is not the contract's number.
    /// Empty by default. Links of both kinds count together, as `url_scheme`.
    pub daily_limits: BTreeMap<Route, u32>,
    /// How many of 100 answers and notifies carry the probe `WECHATPAY/SIGNTEST/` instead of a right
    /// signature (contract B.2). 0 by default.
    pub signtest_percent: u8,
    /// Where the merchant reaches this stand-in, such as `https://wechat.test:8443`: stands in download
    /// links. Empty, and the `Host` of the request is taken, by default.
    pub public_url: String,
    /// Addresses that may ask for an access token (IP白名单); others are refused with 40164 (contract A). Empty, and
    /// everybody may, by default.
    pub allowed_addresses: Vec<IpAddr>,
}

/// A filing of the merchant's at one customs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomsFiling {
    /// Such as `GUANGZHOU_ZS` (contract C.3).
    pub customs: String,
    /// The merchant's number there.
    pub mch_customs_no: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            certificate_mode: true,
            notify_public_key_percent: 100,
            sign_errors: true,
            used_code_errcode: 40163,
            mini_content_type: "text/plain".to_owned(),
            refund_gap_s: 60,
            refund_settle_s: 5,
            refund_outcome: RefundStatus::Success,
            message_url: String::new(),
            message_token: String::new(),
            message_aes_key: String::new(),
            message_compatible: false,
            message_xml: false,
            published: true,
            pages: Vec::new(),
            most_unchecked_pages: MOST_UNCHECKED_PAGES,
            templates: BTreeMap::new(),
            shipping_visible_after_s: 0,
            http_notify: false,
            host_names: Vec::new(),
            service_card_after_s: 60,
            settlement_held: false,
            media_check_s: 5,
            customs_filings: Vec::new(),
            customs_step_s: 5,
            customs_outcome: CustomsState::Success,
            customs_explanation: String::new(),
            balance_fen: None,
            rate_limits: false,
            daily_limits: BTreeMap::new(),
            signtest_percent: 0,
            public_url: String::new(),
            allowed_addresses: Vec::new(),
        }
    }
}

impl Settings {
    /// Whether a page is published; the home page always is.
    pub(crate) fn has_page(&self, page: &str) -> bool {
        page.is_empty() || self.pages.is_empty() || self.pages.iter().any(|known| known == page)
    }

    /// Whether a call from there may ask for a token. An address that is not known is in no list.
    pub(crate) fn allows(&self, peer: Option<IpAddr>) -> bool {
        let is = |known: &IpAddr| peer.is_some_and(|peer| peer.to_canonical() == known.to_canonical());
        self.allowed_addresses.is_empty() || self.allowed_addresses.iter().any(is)
    }

    /// What is wrong with the values, if anything.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let ends = [CustomsState::Success, CustomsState::Fail, CustomsState::Except];
        if !ends.contains(&self.customs_outcome) {
            return Some("customs_outcome is none of SUCCESS, FAIL, EXCEPT");
        }
        if self.signtest_percent > 100 {
            return Some("signtest_percent is more than 100");
        }
        let lists = [self.pages.len(), self.templates.len(), self.customs_filings.len(), self.allowed_addresses.len()];
        if lists.iter().any(|length| *length > MOST_LISTED) {
            return Some(
                "pages, templates, customs_filings, host_names and allowed_addresses have at most 1000 entries",
            );
        }
        if self.most_unchecked_pages > MOST_UNCHECKED_PAGES {
            return Some("most_unchecked_pages is more than 60000");
        }
        let is_counted = |route: &Route| route.family() == Family::Mini && *route != Route::UrlLink;
        if !self.daily_limits.keys().all(is_counted) {
            return Some("daily_limits names a path that is not the mini program's, or has no count of its own");
        }
        let printable = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
        if self.notify_public_key_percent > 100 {
            return Some("notify_public_key_percent is more than 100");
        }
        if ![40163, 40029].contains(&self.used_code_errcode) {
            return Some("used_code_errcode is neither 40163 nor 40029");
        }
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let token = &self.message_token;
        let right_token = (3..=32).contains(&token.len()) && plain(token);
        if !token.is_empty() && !right_token {
            return Some("message_token is not 3 to 32 letters and digits");
        }
        let key = &self.message_aes_key;
        let right_key = key.len() == 43 && plain(key);
        if !key.is_empty() && !right_key {
            return Some("message_aes_key is not 43 letters and digits");
        }
        (!self.mini_content_type.bytes().all(printable)).then_some("mini_content_type is no header value")
    }
}
