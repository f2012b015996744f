//! The stand-in from outside: a merchant's client that signs by itself, a buyer, and an inbox for
//! notifies.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod abnormal_refund;
mod access;
mod authorization;
mod bills;
mod body_faults;
mod cash_desk;
mod complaints;
mod customs;
mod customs_v3;
mod desk;
mod faults;
mod http;
mod inspector;
mod limits;
mod message;
mod mini;
mod mini_program;
mod notify;
mod order_center;
mod phone;
mod pictures;
mod prepay;
mod process;
mod push;
mod query_and_close;
mod races;
mod refund;
mod reminders;
mod restart;
mod rotation;
mod shipping;
mod signatures;
mod support;
mod tls;
