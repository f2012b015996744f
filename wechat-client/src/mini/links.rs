//! `generateScheme` and `generateUrlLink` (获取 scheme 码, 获取 URL Link): links that open the mini program from outside.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::mini::exchange::{Call, Repeat};
use crate::mini::qr::{is_page, is_plain};
use crate::mini::{MiniClient, MiniVersion, require, unreadable};
use crate::outcome::Outcome;

/// Most characters of a query.
const QUERY_LIMIT_CHARS: usize = 1024;
/// Links live for 30 days at most.
const DAYS_MAX: u8 = 30;
/// Longest link that is believed, in bytes.
const LINK_LIMIT_BYTES: usize = 2048;

/// Where a link leads and for how long. 500,000 links of both kinds may be made a day; many users may open one.
#[derive(Debug, Clone)]
pub struct Link {
    /// A published page without a query; empty for the home page.
    pub path: String,
    /// Up to 1,024 letters, digits and ``!#$&'()*+,/:;=?@-._~%` ``.
    pub query: String,
    /// Which version it opens; works only when it is opened outside WeChat.
    pub version: MiniVersion,
    /// When it ends.
    pub expiry: LinkExpiry,
}

/// When a link ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkExpiry {
    /// At this time: more than a minute and at most 30 days from now.
    At(DateTime<Utc>),
    /// After 1 to 30 days.
    AfterDays(u8),
}

#[derive(Serialize)]
struct Target<'c> {
    path: &'c str,
    query: &'c str,
    env_version: &'static str,
}

/// The fields that both calls share.
#[derive(Serialize)]
struct Expiry {
    is_expire: bool,
    expire_type: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expire_interval: Option<u8>,
}

#[derive(Serialize)]
struct SchemeRequest<'c> {
    jump_wxa: Target<'c>,
    #[serde(flatten)]
    expiry: Expiry,
}

#[derive(Serialize)]
struct UrlLinkRequest<'c> {
    #[serde(flatten)]
    target: Target<'c>,
    #[serde(flatten)]
    expiry: Expiry,
}

#[derive(Deserialize)]
struct SchemeAnswer {
    openlink: String,
}

#[derive(Deserialize)]
struct UrlLinkAnswer {
    url_link: String,
}

impl Link {
    /// A link to a page of the published version.
    pub fn to(path: impl Into<String>, query: impl Into<String>, expiry: LinkExpiry) -> Self {
        Self { path: path.into(), query: query.into(), version: MiniVersion::Release, expiry }
    }

    fn target(&self) -> Outcome<Target<'_>> {
        require(self.path.is_empty() || is_page(&self.path), "path: a page without a query, visible ASCII")?;
        let query_fits = self.query.len() <= QUERY_LIMIT_CHARS && is_plain(&self.query.replace(['%', '`'], ""));
        require(query_fits, "query: at most 1024 letters, digits and !#$&'()*+,/:;=?@-._~%`")?;
        Ok(Target { path: &self.path, query: &self.query, env_version: self.version.as_str() })
    }

    fn expiry(&self, now: DateTime<Utc>) -> Outcome<Expiry> {
        match self.expiry {
            LinkExpiry::At(at) => {
                let fits = at - now > TimeDelta::minutes(1) && at - now <= TimeDelta::days(DAYS_MAX.into());
                require(fits, "expiry: more than a minute and at most 30 days from now")?;
                Ok(Expiry { is_expire: true, expire_type: 0, expire_time: Some(at.timestamp()), expire_interval: None })
            }
            LinkExpiry::AfterDays(days) => {
                require((1..=DAYS_MAX).contains(&days), "expiry: 1 to 30 days")?;
                Ok(Expiry { is_expire: true, expire_type: 1, expire_time: None, expire_interval: Some(days) })
            }
        }
    }
}

impl MiniClient {
    /// A `weixin://` link. Refusals to expect: [`PageUnknown`](super::MiniCode::PageUnknown),
    /// [`NotPublished`](super::MiniCode::NotPublished), [`ExpiryInvalid`](super::MiniCode::ExpiryInvalid); 40002 and 40013
    /// say here that the account may not make links. Page: `generateScheme`.
    pub async fn generate_scheme(&self, link: &Link) -> Outcome<String> {
        let request = SchemeRequest { jump_wxa: link.target()?, expiry: link.expiry(self.clock.now())? };
        let answer: SchemeAnswer = self.call(Call::post("/wxa/generatescheme", &request, Repeat::Safe)?).await?;
        checked(answer.openlink, "weixin://")
    }

    /// An `https://` link. Refusals as with [`generate_scheme`](Self::generate_scheme). Page: `generateUrlLink`.
    pub async fn generate_url_link(&self, link: &Link) -> Outcome<String> {
        let request = UrlLinkRequest { target: link.target()?, expiry: link.expiry(self.clock.now())? };
        let answer: UrlLinkAnswer = self.call(Call::post("/wxa/generate_urllink", &request, Repeat::Safe)?).await?;
        checked(answer.url_link, "https://")
    }
}

/// It is shown to people as it is: nothing else than a link may pass.
fn checked(link: String, begins: &str) -> Outcome<String> {
    let fits = link.len() <= LINK_LIMIT_BYTES && link.bytes().all(|byte| byte.is_ascii_graphic());
    if fits && link.starts_with(begins) { Ok(link) } else { Err(unreadable("the link is out of shape")) }
}
