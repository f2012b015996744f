//! Reading a body: never more than the route takes, never longer than it may last.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;

use crate::base::error::{Code, Error, Refusal, Result, Wrong};
use crate::platform::app::App;
use crate::platform::limits::InFlightPermit;
use crate::web::Problem;

/// In this time a body is there that came with its head, or right behind it.
const PROMPT: Duration = Duration::from_millis(100);

/// How much a route reads and for how long. Another limit is given to a resource by `.app_data(BodyLimits::bytes(n))`.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Largest body, bytes.
    pub bytes: usize,
    /// From the end of the head to the end of the body. actix cuts stalled heads, but never stalled bodies.
    pub deadline: Duration,
}

impl BodyLimits {
    /// Another size, the usual deadline.
    pub const fn bytes(bytes: usize) -> Self {
        Self { bytes, ..Self::DEFAULT }
    }

    /// 16 KiB, within 15 s with the answer and the closing of the connection.
    pub const DEFAULT: Self = Self { bytes: 16 * 1024, deadline: Duration::from_secs(12) };
}

/// A body as it came, for callbacks whose signature covers the bytes.
#[derive(Clone, Debug)]
pub struct RawBody(Bytes);

impl RawBody {
    /// The bytes.
    pub fn into_inner(self) -> Bytes {
        self.0
    }
}

impl Deref for RawBody {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl FromRequest for RawBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { Ok(Self(read(&request, payload).await?)) })
    }
}

/// The whole body, within the route's limits. A compressed one is refused: what it grows to is not ours to bound.
pub(super) async fn read(request: &HttpRequest, mut payload: Payload) -> Result<Bytes> {
    let limits = request.app_data::<BodyLimits>().copied().unwrap_or(BodyLimits::DEFAULT);
    refuse_encoded(request)?;
    let announced = announced(request);
    if announced.is_some_and(|bytes| bytes > limits.bytes as u64) {
        return Err(Code::PayloadTooLarge.into());
    }
    let whole = async {
        // The first chunk of a small body is all of it, and is kept as it is.
        let mut first: Option<Bytes> = None;
        let mut more = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Error::from(Refusal::field("body", Wrong::Invalid)))?;
            let so_far = first.as_ref().map_or(0, Bytes::len) + more.len();
            if so_far + chunk.len() > limits.bytes {
                return Err(Code::PayloadTooLarge.into());
            }
            match first {
                None => first = Some(chunk),
                Some(_) => more.extend_from_slice(&chunk),
            }
        }
        let first = first.unwrap_or_default();
        if more.is_empty() {
            return Ok(first);
        }
        let mut whole = BytesMut::with_capacity(first.len() + more.len());
        whole.extend_from_slice(&first);
        whole.extend_from_slice(&more);
        Ok(whole.freeze())
    };
    let whole = std::pin::pin!(whole);
    within(request, limits.deadline, whole).await
}

/// A body that did not come with its head is waited for in a slot of its own, so that a crowd of them keeps nobody else out.
async fn within(
    request: &HttpRequest,
    deadline: Duration,
    mut whole: Pin<&mut impl Future<Output = Result<Bytes>>>,
) -> Result<Bytes> {
    let prompt = PROMPT.min(deadline);
    if let Ok(whole) = tokio::time::timeout(prompt, whole.as_mut()).await {
        return whole;
    }
    let late = |_| Err(Code::RequestTimeout.into());
    let permit = request.extensions().get::<Rc<InFlightPermit>>().map(Rc::clone);
    let limits = request.app_data::<Data<App>>().map(|app| &app.limits);
    let (Some(permit), Some(limits)) = (permit, limits) else {
        return tokio::time::timeout(deadline.saturating_sub(prompt), whole).await.unwrap_or_else(late);
    };
    let slow = limits.slow_body(&permit)?;
    let whole = tokio::time::timeout(deadline.saturating_sub(prompt), whole).await.unwrap_or_else(late)?;
    drop(slow);
    limits.readmit(&permit)?;
    Ok(whole)
}

fn refuse_encoded(request: &HttpRequest) -> Result<()> {
    let plain =
        request.headers().get_all(CONTENT_ENCODING).all(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if plain { Ok(()) } else { Err(Code::UnsupportedMediaType.into()) }
}

fn announced(request: &HttpRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
