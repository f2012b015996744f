//! Notifies on their way: real HTTP to the merchant's URL, five seconds each.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::{JoinHandle, JoinSet};

use crate::Error;
use crate::core::dispatch::Parcel;
use crate::core::message;
use crate::stand_in::{Inner, MockWechat};

/// How long the merchant has for an answer (contract B.9).
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// How often the background loop looks for due notifies, in real time.
const POLL: Duration = Duration::from_millis(50);

/// The HTTP client and the background loop.
pub(crate) struct Courier {
    client: reqwest::Client,
    background: Mutex<Option<JoinHandle<()>>>,
}

impl Courier {
    pub(crate) fn new() -> Result<Self, Error> {
        let plain = || {
            reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(ANSWER_LIMIT)
                // WeChat sends from many machines; and a kept connection would tie the client to
                // the runtime that opened it.
                .pool_max_idle_per_host(0)
                .user_agent("Mozilla/4.0")
        };
        // A machine without root certificates can still notify over plain HTTP.
        let client = plain().build().or_else(|_| plain().tls_certs_only([]).build());
        Ok(Self { client: client.map_err(Error::HttpClient)?, background: Mutex::new(None) })
    }
}

impl MockWechat {
    /// Delivers every notify that is due now, over real HTTP; the number of attempts made, lost ones
    /// included. Attempts that run when this is dropped come to their end all the same.
    pub async fn deliver_due(&self) -> usize {
        let mut attempts = 0;
        loop {
            let Some((lost, tasks)) = self.launch() else {
                return attempts;
            };
            attempts += lost + tasks.len();
            for task in tasks {
                if let Err(error) = task.await {
                    log::error!("delivery: {error}");
                }
            }
        }
    }

    /// Starts what is due; `None` when there was nothing to take.
    fn launch(&self) -> Option<(usize, Vec<JoinHandle<()>>)> {
        let now = self.inner.clock.now();
        let batch = self.core().take_due(now);
        let start = |parcel| tokio::spawn(self.clone().deliver(parcel));
        let tasks = batch.parcels.into_iter().map(start).collect();
        batch.moved.then_some((batch.lost, tasks))
    }

    async fn deliver(self, parcel: Parcel) {
        let _landing = Landing { mock: &self, id: &parcel.id };
        let status = self.attempt(&parcel).await;
        self.core().finish_attempt(&parcel.id, status, parcel.at);
    }

    /// Sends all copies at once. An accepting answer counts before any other.
    async fn attempt(&self, parcel: &Parcel) -> Option<u16> {
        let mut copies = JoinSet::new();
        for (seal, nonce) in &parcel.copies {
            let headers = match seal.headers(&self.inner.keys, parcel.at, nonce, parcel.body.as_bytes()) {
                Ok(headers) => headers,
                Err(error) => {
                    log::error!("{error}");
                    continue;
                }
            };
            let mut request = self.inner.courier.client.post(&parcel.url);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let kind = if parcel.body.starts_with('<') { "text/xml" } else { "application/json" };
            let request = request.header("Content-Type", kind).header("Accept", "*/*").body(parcel.body.clone());
            copies.spawn(async move { request.send().await });
        }
        let answers = copies.join_all().await;
        let statuses = answers.into_iter().filter_map(|answer| match answer {
            Ok(answer) => Some(answer.status().as_u16()),
            Err(error) => {
                log::info!("notify {}: {}", parcel.id, error.without_url());
                None
            }
        });
        statuses.min_by_key(|status| !matches!(status, 200 | 204))
    }

    /// What the console does when the settings of the message push are saved: a signed GET, whose answer must be the bare
    /// `echostr`.
    pub async fn check_message_url(&self) -> Result<bool, Error> {
        let (url, echo) = self.act(message::check)?;
        let answered = self.inner.courier.client.get(url).send().await;
        let Ok(answer) = answered else { return Ok(false) };
        let accepted = answer.status().as_u16() == 200;
        Ok(accepted && answer.text().await.is_ok_and(|text| text == echo))
    }

    /// One loop at a time; it ends with the last clone of the stand-in.
    pub(crate) fn start_deliveries(&self) -> std::io::Result<()> {
        let runtime = Handle::try_current().map_err(std::io::Error::other)?;
        let background = &self.inner.courier.background;
        let mut background = background.lock().unwrap_or_else(PoisonError::into_inner);
        if background.as_ref().is_none_or(JoinHandle::is_finished) {
            *background = Some(runtime.spawn(deliver_for_ever(Arc::downgrade(&self.inner))));
        }
        Ok(())
    }
}

/// A slow merchant delays nobody else: attempts are started, not waited for.
async fn deliver_for_ever(inner: Weak<Inner>) {
    loop {
        tokio::time::sleep(POLL).await;
        let Some(inner) = inner.upgrade() else {
            return;
        };
        drop(MockWechat { inner }.launch());
    }
}

/// Frees the notify for its next attempt, even when the runtime ends under it.
struct Landing<'a> {
    mock: &'a MockWechat,
    id: &'a str,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        self.mock.core().landed(self.id);
    }
}
