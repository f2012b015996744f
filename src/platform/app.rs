//! The infrastructure of a running shop: what every handler and job may use. What belongs to one domain is app data of its own.

use std::sync::Arc;
use std::time::Instant;

use wechat_client::{MiniClient, Outcome, PayClient, outcome_word};

use crate::base::clock::Clock;
use crate::base::config::Settings;
use crate::base::db::Db;
use crate::base::observability::{Metrics, WechatCall};
use crate::platform::limits::Limits;
use crate::platform::sealing::Sealer;

/// Shared by all workers as `web::Data<App>`; built by `boot`.
pub struct App {
    /// How it was set up.
    pub settings: Settings,
    /// The only source of time.
    pub clock: Clock,
    pub db: Db,
    /// Seals and opens personal data.
    pub sealer: Arc<Sealer>,
    pub pay: PayClient,
    /// The mini program's side of WeChat.
    pub mini: MiniClient,
    /// What lets callers in.
    pub(crate) limits: Limits,
    /// Counters and histograms.
    pub metrics: Metrics,
}

impl App {
    /// Waits for a call to WeChat, and counts its end and how long it took.
    pub(crate) async fn ask_wechat<T>(&self, call: WechatCall, asked: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        let began = Instant::now();
        let answer = asked.await;
        self.metrics.wechat_call(call, outcome_word(&answer), began.elapsed());
        answer
    }
}
