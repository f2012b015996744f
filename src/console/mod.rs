//! `/admin/v1`: what operators and managers call, one file an action or a folder for many on one thing. Reads may join domains; the permission
//! is in each handler's signature.

pub(crate) mod accounts;
pub(crate) mod audit_log;
pub(crate) mod auth;
pub(crate) mod cases;
pub(crate) mod jobs;
pub(crate) mod orders;
pub mod pages;
pub(crate) mod today;
