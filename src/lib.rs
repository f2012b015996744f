//! Gunpo Mall: the back end of a WeChat mini program that sells the goods of Gunpo's small firms to consumers in China.
//!
//! The folders, from the outside in; imports run downward only (a test reads them):
//!
//! | floor | folders |
//! | --- | --- |
//! | start | `cli`, `http`, `app` |
//! | domains | `auth`, `customers`, `addresses`, `catalogue`, `search`, `cart`, `quotes`, `orders`, `payments`, `refunds`, `stock`, `cases`, `operators`, `rights`, `messages` |
//! | what handlers need | `web` |
//! | services | `jobs`, `idempotency`, `audit`, `privacy`, `wechat` |
//! | ground | `db`, `config`, `observability`, `clock`, `money`, `ids`, `error`, `failpoint`, `turns` |
//!
//! A write passes routes -> api -> service -> store, a read routes -> api -> store. Only the outermost use case opens a
//! transaction; use cases that others call take `&mut Tx`.

pub mod access_token;
pub mod addresses;
pub mod app;
pub mod audit;
pub mod auth;
pub mod cart;
pub mod cases;
pub mod catalogue;
pub mod cli;
pub mod clock;
pub mod config;
pub mod customers;
pub mod db;
pub mod error;
mod failpoint;
pub mod http;
pub mod idempotency;
pub mod ids;
pub mod jobs;
pub mod messages;
pub mod money;
pub mod observability;
pub mod operators;
pub mod orders;
pub mod payments;
pub mod privacy;
pub mod quotes;
pub mod refunds;
pub mod rights;
pub mod search;
pub mod stock;
mod turns;
pub mod upkeep;
pub mod web;
pub mod wechat;
