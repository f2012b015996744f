//! Where a signed request goes: the host that is configured, and the back-up host when that one is not to be reached.
//!
//! Page "access points": the signature does not contain the host, so the same signed bytes may go to the other one.

use reqwest::Url;

use crate::pay::PayClient;
use crate::transport::{InboundAnswer, OutboundRequest, Transport, TransportError, checked_base_url};

/// WeChat Pay's back-up host, in another city ("access points" page).
pub const PAY_BACKUP_URL: &str = "https://api2.mch.weixin.qq.com";

impl PayClient {
    /// Gives the client a second host, [`PAY_BACKUP_URL`] as a rule. It is used when no connection could be made, and
    /// otherwise only for calls whose same bytes may be sent again. A call may then take twice the transport's time.
    pub fn with_backup(mut self, base_url: &str) -> Result<Self, String> {
        self.backup_url = Some(checked_base_url(base_url)?);
        Ok(self)
    }

    pub(super) async fn deliver(
        &self,
        request: OutboundRequest,
        repeatable: bool,
    ) -> Result<InboundAnswer, TransportError> {
        delivered(self.transport.as_ref(), self.backup_url.as_ref(), request, repeatable).await
    }
}

/// Sends to the configured host, and if need be once more to the other one.
pub(crate) async fn delivered(
    transport: &dyn Transport,
    backup: Option<&Url>,
    request: OutboundRequest,
    repeatable: bool,
) -> Result<InboundAnswer, TransportError> {
    let Some(backup) = backup else {
        return transport.send(request).await;
    };
    let again = at_host(request.clone(), backup);
    let first = transport.send(request).await;
    if !may_go_to_backup(&first, repeatable) {
        return first;
    }
    let path = again.url.path().to_owned();
    log::warn!("wechat pay: {path} goes to the back-up host");
    match (first, transport.send(again).await) {
        // What may have reached the first host has not become "not sent" because the second is not there either.
        (first, Err(second)) if !was_not_sent(&first) && is_unsent(&second) => first,
        (_, second) => second,
    }
}

fn may_go_to_backup(first: &Result<InboundAnswer, TransportError>, repeatable: bool) -> bool {
    match first {
        Ok(answer) => repeatable && matches!(answer.status, 502..=504),
        Err(fault) if is_unsent(fault) => true,
        // Too long an answer would be as long from the other host.
        Err(TransportError::TooLarge) => false,
        Err(_) => repeatable,
    }
}

fn was_not_sent(result: &Result<InboundAnswer, TransportError>) -> bool {
    matches!(result, Err(fault) if is_unsent(fault))
}

fn is_unsent(fault: &TransportError) -> bool {
    matches!(fault, TransportError::NotConnected(_) | TransportError::BreakerOpen)
}

fn at_host(mut request: OutboundRequest, base: &Url) -> OutboundRequest {
    let mut url = base.clone();
    url.set_path(request.url.path());
    url.set_query(request.url.query());
    request.url = url;
    request
}
