//! Notifies on their way: real HTTP to the merchant's URL, five seconds each.

use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, JoinSet};

use crate::Error;
use crate::core::dispatch::Attempt;
use crate::core::message;
use crate::inspector::Outcome;
use crate::stand_in::{Inner, MockWechat};
use crate::{Answer, Request};

/// Bytes of the merchant's answer that are read.
const MOST_ANSWER: usize = 4096;
/// How often the background loop looks for due notifies, in real time.
const POLL: Duration = Duration::from_millis(50);

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
        let start = |attempt| tokio::spawn(self.clone().deliver(attempt));
        let tasks = batch.attempts.into_iter().map(start).collect();
        batch.moved.then_some((batch.lost, tasks))
    }

    async fn deliver(self, attempt: Attempt) {
        let _landing = Landing { mock: &self, id: &attempt.id };
        let status = self.attempt(&attempt).await;
        self.core().finish_attempt(&attempt.id, status, attempt.at);
    }

    /// Sends all copies at once. An accepting answer counts before any other.
    async fn attempt(&self, attempt: &Attempt) -> Option<u16> {
        let mut copies = JoinSet::new();
        for (seal, nonce) in &attempt.copies {
            match seal.headers(&self.inner.keys, attempt.at, nonce, attempt.body.as_bytes()) {
                Ok(headers) => drop(copies.spawn(self.clone().post(notify(attempt, headers), attempt.at))),
                Err(error) => log::error!("{error}"),
            }
        }
        let statuses = copies.join_all().await.into_iter().flatten();
        statuses.min_by_key(|status| !matches!(status, 200 | 204))
    }

    /// One copy on its way, which the inspector shows with what came back.
    async fn post(self, notify: Request, at: DateTime<Utc>) -> Option<u16> {
        let mut request = self.inner.courier.client.post(&notify.target);
        for (name, value) in &notify.headers {
            request = request.header(name, value);
        }
        let (status, outcome) = match request.body(notify.body.clone()).send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                (
                    Some(status),
                    Outcome::Answered(Answer { status, headers: headers_of(&answer), body: start_of(answer).await }),
                )
            }
            Err(error) => {
                let reason = format!("{:#}", error.without_url());
                log::info!("notify: {reason}");
                (None, Outcome::None(reason))
            }
        };
        self.inner.inspector.note(at, true, notify, outcome);
        status
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

fn notify(attempt: &Attempt, mut headers: Vec<(String, String)>) -> Request {
    let kind = if attempt.body.starts_with('<') { "text/xml" } else { "application/json" };
    for (name, value) in [("Content-Type", kind), ("Accept", "*/*"), ("Request-ID", &attempt.request_id)] {
        headers.push((name.to_owned(), value.to_owned()));
    }
    Request { headers, ..Request::new("POST", &attempt.url).body(attempt.body.clone()) }
}

fn headers_of(answer: &reqwest::Response) -> Vec<(String, String)> {
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    answer.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// What the merchant says, as far as anybody would read; what breaks off is what came until then.
async fn start_of(mut answer: reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < MOST_ANSWER
        && let Ok(Some(more)) = answer.chunk().await
    {
        body.extend_from_slice(&more);
    }
    body.truncate(MOST_ANSWER);
    body
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
