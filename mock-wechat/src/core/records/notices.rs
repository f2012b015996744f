//! Notifies and pushed events.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::core::tables::Keyed;
use crate::seal::Seal;

/// A notify in the queue, or done.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Notice {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) body: String,
    pub(crate) event_type: String,
    pub(crate) subject: String,
    pub(crate) seal: Seal,
    /// Follow the retry schedule after a failure.
    pub(crate) retried: bool,
    pub(crate) attempts: u32,
    pub(crate) last_status: Option<u16>,
    pub(crate) delivered: bool,
    pub(crate) due: Option<DateTime<Utc>>,
    pub(crate) hold: Hold,
    /// Set on events of the message push, which are signed in the query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<Message>,
}

/// An event of the message push.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Message {
    /// Stands in the query too.
    pub(crate) openid: String,
}

/// Whether a fault has put a notify off. That happens once at most.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Hold {
    Never,
    /// Waits for the next delivery of another notify.
    ForOther,
    Over,
}

impl Keyed for Notice {
    fn key(&self) -> &str {
        &self.id
    }
}

/// What a buyer sees of an order in the list of services, by the number of its payment.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ServiceCard {
    pub(crate) transaction_id: String,
    pub(crate) openid: String,
    pub(crate) status: i64,
    pub(crate) content_json: String,
    #[serde(default)]
    pub(crate) extension_json: String,
    /// How often it was shown anew; each is a message to the buyer.
    pub(crate) changes: u32,
    pub(crate) changed_at: DateTime<Utc>,
}

impl Keyed for ServiceCard {
    fn key(&self) -> &str {
        &self.transaction_id
    }
}
