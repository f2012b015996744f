//! Where the clients take their time from.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, Offset, Utc};

/// Shanghai has been UTC+8 without daylight saving since 1991; WeChat's days and times without a zone are meant there.
const SHANGHAI_OFFSET_S: i32 = 8 * 3600;

/// A source of time. An application that moves its clock in tests implements this for it, so that signatures, tokens and the breaker
/// move along.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use wechat_client::{Clock, PayClient};
///
/// struct At(DateTime<Utc>);
///
/// impl Clock for At {
///     fn now(&self) -> DateTime<Utc> {
///         self.0
///     }
/// }
///
/// # mod stand_in { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doctests/stand_in.rs")); }
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let wechat = stand_in::StandIn::start()?;
/// # let (credentials, transport) = (wechat.pay_credentials(), wechat.transport.clone());
/// let clock = At("2026-11-11T00:00:00+08:00".parse()?);
/// let pay = PayClient::new(&credentials, transport, clock).map_err(|faults| faults.join("; "))?;
/// assert_eq!(pay.pay_params("wx26110000")?.time_stamp, "1794326400");
/// # Ok(())
/// # }
/// ```
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// One clock for a client and all its parts.
pub(crate) type SharedClock = Arc<dyn Clock>;

/// Shanghai's fixed offset.
pub(crate) fn shanghai() -> FixedOffset {
    // The constant is within chrono's range of one day; the fallback can't be reached.
    FixedOffset::east_opt(SHANGHAI_OFFSET_S).unwrap_or_else(|| Utc.fix())
}
