//! Services that every domain may use and that know no domain: jobs, idempotency keys, the audit log, sealing of personal data, limits,
//! the shared access token of WeChat; and [`App`](app::App), which holds the infrastructure of a running shop.

pub mod app;
pub mod audit;
pub mod idempotency;
pub mod jobs;
pub(crate) mod limits;
pub mod sealing;
pub(crate) mod session_token;
pub mod wechat_token;
