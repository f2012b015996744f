//! What can be seen from outside: the log and the metrics. Neither ever holds personal data, secrets, query strings
//! or paths as they came.

mod log_format;
mod metrics;
mod trace;

pub use log_format::init_log;
pub use metrics::{Metrics, RequestSeen};
pub use trace::TraceId;
