//! A stand-in of WeChat for those who build a shop in it and have no account to try with.
//!
//! It speaks the protocols of the mini program's server API and of Pay v3 with real signatures and
//! encryption, keeps its own ledger, refuses what WeChat refuses with WeChat's own codes, and goes
//! wrong on demand. It must never be mistaken for WeChat: its control endpoints live below
//! `/_mock/`, outside WeChat's own paths, and nothing it says moves money.
//!
//! "Contract" in these pages means the collected facts about WeChat's interfaces that the project
//! keeps beside the code; the sections are named where a rule comes from them.
//!
//! One difference on purpose: `http://` notify URLs are taken when they name a loopback host.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use mock_wechat::{Account, Clock, Delivery, MockWechat, Options};
//! let mock = MockWechat::open(Options {
//!     data_dir: None,
//!     account: Account::generate()?,
//!     clock: Clock::system(),
//!     seed: 1,
//!     delivery: Delivery::Background,
//! })?;
//! let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
//! mock.serve(listener, 1)?.await?;
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs, unreachable_pub)]

mod account;
mod clock;
mod control;
mod core;
mod courier;
mod crypto;
mod delivery;
mod desk;
mod error;
mod http;
mod inspector;
mod json;
mod keys;
mod ledger;
mod message;
mod seal;
mod stand_in;
mod tls;
mod world;
mod xml;

pub use self::account::Account;
pub use self::clock::Clock;
pub use self::core::cash_desk::{Paid, PayParams, Refused};
pub use self::core::faults::{Fault, FaultKind, MOST_FAULTS};
pub use self::core::records::{CustomsFiling, CustomsState, RefundStatus, Settings};
pub use self::core::route::Route;
pub use self::error::Error;
pub use self::ledger::{Ledger, LedgerNotify, LedgerPayment, LedgerRefund};
pub use self::message::{Answer, BODY_LIMIT, Request, Response};
pub use self::stand_in::{Delivery, MockWechat, Options};
pub use self::tls::Tls;
