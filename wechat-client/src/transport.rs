//! The way out: one small trait, and its implementation over one pooled reqwest client.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::{Client, Url, redirect, retry};

use crate::outcome::{CallError, UnknownCause, clipped};

/// The methods that WeChat's APIs use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET, without a body.
    Get,
    /// POST.
    Post,
    /// PUT; the address for complaints is changed by it.
    Put,
    /// PATCH; the customs calls of WeChat Pay Global use it.
    Patch,
    /// DELETE, without a body.
    Delete,
}

impl Method {
    /// The method as it is sent and signed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request, complete to the byte. `Debug` shows neither query nor headers nor body: they hold secrets.
#[derive(Clone)]
pub struct OutboundRequest {
    /// The method.
    pub method: Method,
    /// The whole address. Its path and query are sent exactly as this type prints them, which is what was signed.
    pub url: Url,
    /// Header names in the wire's spelling, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
}

impl OutboundRequest {
    /// Scheme, host and port: what the breaker keeps a state for.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// The value of a header by name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for OutboundRequest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}{} ({} bytes)", self.method.as_str(), self.origin(), self.url.path(), self.body.len())
    }
}

/// An answer, as raw bytes. `Debug` shows neither headers nor body: they may hold an `access_token` or a `session_key`.
#[derive(Clone)]
pub struct InboundAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers with lower-case names, in the order received, repeated ones repeated. A value that is not visible
    /// ASCII is kept as an empty text, so that it still counts as present.
    pub headers: Vec<(String, String)>,
    /// The body, exactly as received.
    pub body: Vec<u8>,
}

impl InboundAnswer {
    /// Longest answer that is read, in bytes. The largest of the calls here is some kilobytes.
    pub const BODY_LIMIT: usize = 1 << 20;

    /// All values of a header, by lower-case name.
    pub fn header_values(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect()
    }
}

impl fmt::Debug for InboundAnswer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "HTTP {} ({} bytes)", self.status, self.body.len())
    }
}

/// Why there is no answer. The texts hold no address and no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection: nothing was sent.
    #[error("not connected: {0}")]
    NotConnected(String),
    /// The breaker let nothing through: nothing was sent.
    #[error("breaker open")]
    BreakerOpen,
    /// No whole answer in time; the request may have taken effect.
    #[error("timed out")]
    TimedOut,
    /// The connection broke; the request may have taken effect.
    #[error("connection lost: {0}")]
    Broken(String),
    /// The answer passed [`InboundAnswer::BODY_LIMIT`]; the request has probably taken effect.
    #[error("answer too large")]
    TooLarge,
}

/// What one answer may be, for the few that are no small JSON.
#[derive(Debug, Clone, Copy)]
pub struct AnswerLimits {
    /// Longest body that is read, in bytes.
    pub body_bytes: usize,
    /// Longest time from start to the last byte.
    pub total_timeout: Duration,
}

/// Sends one request and gives the answer, whatever its status. It neither retries nor follows anything.
pub trait Transport: Send + Sync {
    /// Sends `request` once.
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Result<InboundAnswer, TransportError>>;

    /// As [`send`](Self::send), for an answer that may be longer and take longer than the others: a bill. A transport
    /// that has no limits of its own sends as usual.
    fn send_within(
        &self,
        request: OutboundRequest,
        limits: AnswerLimits,
    ) -> BoxFuture<'_, Result<InboundAnswer, TransportError>> {
        let _ = limits;
        self.send(request)
    }
}

/// Settings of [`ReqwestTransport`].
#[derive(Clone)]
pub struct TransportSettings {
    /// Longest time to connect, name lookup and TLS included. Default 2 s.
    pub connect_timeout: Duration,
    /// Longest time from start to the last byte of the answer. Default 5 s.
    pub total_timeout: Duration,
    /// A proxy, if one must be used. `HTTP_PROXY` and the like are never read.
    pub proxy: Option<Url>,
    /// Whether https must work. False only beside the stand-in, which is reached by plain http: then a machine without
    /// CA certificates will do, and every https call fails. Default true: `new` fails on such a machine.
    pub load_tls_roots: bool,
    /// `User-Agent`; WeChat Pay wants one.
    pub user_agent: String,
}

impl fmt::Debug for TransportSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TransportSettings")
            .field("connect_timeout", &self.connect_timeout)
            .field("total_timeout", &self.total_timeout)
            // The address of a proxy may hold a password.
            .field("proxy", &self.proxy.is_some())
            .field("load_tls_roots", &self.load_tls_roots)
            .field("user_agent", &self.user_agent)
            .finish()
    }
}

impl Default for TransportSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(2),
            total_timeout: Duration::from_secs(5),
            proxy: None,
            load_tls_roots: true,
            user_agent: concat!("wechat-client/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// One pooled client for all of WeChat: no redirects, no environment proxy, no decompression, no hidden retries.
///
/// Connections live on the runtime that opened them, so a transport must not outlive the runtime that uses it first.
#[derive(Clone)]
pub struct ReqwestTransport {
    client: Client,
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ReqwestTransport(..)")
    }
}

impl ReqwestTransport {
    /// Builds the client. Fails when the TLS roots of the machine can't be loaded, or the proxy is not usable.
    pub fn new(settings: &TransportSettings) -> Result<Self, String> {
        let mut builder = Client::builder()
            .user_agent(settings.user_agent.as_str())
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.total_timeout)
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(32)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .http1_only()
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .no_proxy();
        if !settings.load_tls_roots {
            builder = builder.tls_certs_only([]);
        }
        if let Some(proxy) = &settings.proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy.clone()).map_err(described)?);
        }
        let client = builder.build().map_err(described)?;
        Ok(Self { client })
    }

    async fn exchange(
        &self,
        request: OutboundRequest,
        limits: Option<AnswerLimits>,
    ) -> Result<InboundAnswer, TransportError> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut outgoing = self.client.request(method, request.url);
        for (name, value) in &request.headers {
            outgoing = outgoing.header(*name, value);
        }
        if let Some(limits) = limits {
            outgoing = outgoing.timeout(limits.total_timeout);
        }
        let body_limit = limits.map_or(InboundAnswer::BODY_LIMIT, |limits| limits.body_bytes);
        if !request.body.is_empty() {
            outgoing = outgoing.body(request.body);
        }
        let mut response = outgoing.send().await.map_err(classified)?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(classified)? {
            if body.len() + chunk.len() > body_limit {
                return Err(TransportError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(InboundAnswer { status, headers, body })
    }
}

impl Transport for ReqwestTransport {
    fn send(&self, request: OutboundRequest) -> BoxFuture<'_, Result<InboundAnswer, TransportError>> {
        Box::pin(self.exchange(request, None))
    }

    fn send_within(
        &self,
        request: OutboundRequest,
        limits: AnswerLimits,
    ) -> BoxFuture<'_, Result<InboundAnswer, TransportError>> {
        Box::pin(self.exchange(request, Some(limits)))
    }
}

/// Order matters: a connect timeout is both, and only "nothing was sent" is safe to tell apart.
fn classified(fault: reqwest::Error) -> TransportError {
    if fault.is_connect() || fault.is_builder() {
        TransportError::NotConnected(described(fault))
    } else if fault.is_timeout() {
        TransportError::TimedOut
    } else {
        TransportError::Broken(described(fault))
    }
}

/// reqwest prints the whole address, secrets included, unless it is taken out first.
fn described(fault: reqwest::Error) -> String {
    let fault = fault.without_url();
    let mut text = fault.to_string();
    let mut source = fault.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    clipped(&text)
}

/// A call without an answer is unknown, whatever kept the answer away.
pub(super) fn unsent_or_unknown(fault: TransportError) -> CallError {
    CallError::unknown(match fault {
        TransportError::NotConnected(text) => UnknownCause::NotSent(text),
        TransportError::BreakerOpen => UnknownCause::BreakerOpen,
        TransportError::TimedOut => UnknownCause::TimedOut,
        TransportError::Broken(text) => UnknownCause::ConnectionLost(text),
        TransportError::TooLarge => UnknownCause::AnswerTooLarge,
    })
}

/// Reads a base address: scheme, host and port only, because paths are signed as they are sent.
pub(super) fn checked_base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|fault| format!("is not an address: {fault}"))?;
    if url.scheme() != "https" && !is_allowed_in_plain(&url) {
        return Err("must be https (http only to this machine or a private network)".to_owned());
    }
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !is_bare || !url.username().is_empty() || url.password().is_some() {
        return Err("must have no path, query or user".to_owned());
    }
    Ok(url)
}

/// Plain http is for the stand-in and for private lines: loopback, private addresses, names without a dot. Secrets
/// must not cross the internet in the clear because of a typing error.
pub(super) fn is_allowed_in_plain(url: &Url) -> bool {
    if url.scheme() != "http" {
        return false;
    }
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private(),
        Ok(IpAddr::V6(address)) => address.is_loopback() || address.is_unique_local(),
        Err(_) => !host.is_empty() && !host.contains('.'),
    }
}

#[cfg(test)]
mod tests;
