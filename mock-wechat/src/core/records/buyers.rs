//! Buyers and their client apps.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::core::tables::{Dated, Keyed};

/// A person with WeChat, by the name that tests use.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) openid: String,
    /// Only of an app that is bound to an open platform account.
    #[serde(default)]
    pub(crate) unionid: Option<String>,
    /// The one valid `session_key`, once a login code was redeemed.
    pub(crate) session_key: Option<String>,
    /// When the `session_key` dies; a reset keeps it (contract A.4).
    #[serde(default)]
    pub(crate) key_expires_at: Option<DateTime<Utc>>,
    /// The last time in the mini program.
    #[serde(default)]
    pub(crate) seen_at: Option<DateTime<Utc>>,
    /// WeChat refuses the login of a high-risk user (40226).
    #[serde(default)]
    pub(crate) blocked: bool,
    /// Whom WeChat knows this payer to be; whatever the merchant says is right while it is unknown.
    #[serde(default)]
    pub(crate) identity: Option<Identity>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) id_number: String,
    pub(crate) name: String,
}

impl User {
    pub(crate) fn new(name: &str, openid: String) -> Self {
        Self {
            name: name.to_owned(),
            openid,
            unionid: None,
            session_key: None,
            key_expires_at: None,
            seen_at: None,
            blocked: false,
            identity: None,
        }
    }
}

/// How many messages of a template a user has accepted and not got yet.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Allowance {
    pub(crate) key: String,
    pub(crate) left: u32,
}

impl Allowance {
    pub(crate) fn key_of(openid: &str, template: &str) -> String {
        format!("{openid} {template}")
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LoginCode {
    pub(crate) code: String,
    pub(crate) user: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) used: bool,
}

/// A code of the phone button (contract A.5).
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PhoneCode {
    pub(crate) code: String,
    pub(crate) user: String,
    /// Without the country code.
    pub(crate) phone: String,
    pub(crate) country_code: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) used: bool,
}

/// The stable access token (contract A.3).
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Tokens {
    pub(crate) current: Token,
    /// Still good in the minutes after a regular renewal; gone after a forced one.
    pub(crate) previous: Option<Token>,
    pub(crate) forced_at: Option<DateTime<Utc>>,
    /// Forced renewals on the Beijing day of `forced_at`.
    pub(crate) forced_that_day: u32,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) value: String,
    pub(crate) expires_at: DateTime<Utc>,
}

impl Keyed for User {
    fn key(&self) -> &str {
        &self.name
    }
}

impl Keyed for LoginCode {
    fn key(&self) -> &str {
        &self.code
    }
}

impl Keyed for PhoneCode {
    fn key(&self) -> &str {
        &self.code
    }
}

impl Keyed for Allowance {
    fn key(&self) -> &str {
        &self.key
    }
}

impl Dated for LoginCode {
    const KEPT: TimeDelta = TimeDelta::hours(1);
    fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }
}

impl Dated for PhoneCode {
    const KEPT: TimeDelta = TimeDelta::hours(1);
    fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }
}
