//! The HTTP client that carries notifies, and its background loop.

use std::sync::Mutex;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::Error;

/// How long the merchant has for an answer (contract B.9).
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// The HTTP client and the background loop.
pub(crate) struct Courier {
    pub(crate) client: reqwest::Client,
    pub(crate) background: Mutex<Option<JoinHandle<()>>>,
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
