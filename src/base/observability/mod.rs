//! What can be seen from outside: the log and the metrics. Neither ever holds personal data, secrets, query strings
//! or paths as they came.

mod log_buffer;
mod log_format;
mod metrics;
mod trace;

pub(crate) use log_format::ACCESS;
pub use log_format::{flush_log, init_log};
pub use metrics::{Metrics, RequestSeen, WechatCall};
pub use trace::TraceId;
