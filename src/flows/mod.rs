//! The flows of the shop: what crosses domains. One flow a file or folder; it owns its transaction, its jobs and its handler, and its
//! head comment tells it. Domains below know nothing of each other; a flow calls only flows that stand before it in this list:
//!
//! | flow | what it tells |
//! | --- | --- |
//! | `refund` | money goes back: set aside, asked for, followed to its end |
//! | `settle` | what WeChat says of a payment becomes true, once |
//! | `close_unpaid` | an unpaid order ends: WeChat has the last word |
//! | `query_payment` | WeChat is asked how a payment stands |
//! | `pay` | the buyer wants to pay |
//! | `notify` | WeChat's notifies of payments and refunds |
//! | `place_order` | price, reserve, write: all of it or nothing |
//! | `login` | a code of `wx.login` becomes a session |
//! | `keys` | keys change, so that what has ended can't be opened any more |
//! | `close_account` | a copy of everything, and the end of an account |
//! | `push_event` | what WeChat pushes to us |
//! | `cleanup` | tables are kept small |
//! | `audit` | what must always be true of stock and money |
//! | `opening` | what a shop lacks before it can sell anything |

pub(crate) mod audit;
pub(crate) mod cleanup;
pub(crate) mod close_account;
pub(crate) mod close_unpaid;
pub(crate) mod keys;
pub(crate) mod login;
pub(crate) mod notify;
pub(crate) mod opening;
pub(crate) mod pay;
pub(crate) mod place_order;
pub(crate) mod push_event;
pub(crate) mod query_payment;
pub(crate) mod refund;
pub(crate) mod settle;

use wechat_client::CallError;

use crate::base::error::{Code, Error};

/// What a caller of ours is told when WeChat gives no usable answer about a payment. Never "failed".
fn unanswered(error: &CallError) -> Error {
    match error {
        CallError::Refused(_) => Code::WechatRefused.into(),
        CallError::Throttled(_) | CallError::Unknown(_) => Code::WechatUnavailable.into(),
    }
}
