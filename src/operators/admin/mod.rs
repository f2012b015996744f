//! `/admin/v1`: what operators and managers call.

pub(crate) mod accounts;
pub(crate) mod auth;
pub(crate) mod log;
