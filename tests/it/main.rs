//! One integration binary: the real server on a free port, its own database, its own stand-in of WeChat over HTTP, and a clock that
//! moves for both. Every test runs on every backend that is compiled in.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

mod support;

mod access_token;
mod accounts;
mod answers;
mod architecture;
mod backup;
mod canary;
mod catalogue;
mod contract;
mod data_map;
mod database;
#[cfg(feature = "postgres")]
mod database_server;
mod examples;
mod flows;
mod load_shedding;
#[cfg(feature = "postgres")]
mod lost_commit;
mod matrix;
mod mini;
mod mistakes;
mod operators;
mod orders;
mod outside;
mod races;
mod refusals;
mod rights;
mod setting_up;
mod wechat_calls;
mod words;
