//! The buyer's own rights over the whole account (PIPL articles 44 to 48, E-Commerce Law article 24): a copy of
//! everything, and the end of the account. Neither needs a human.
//!
//! - **The copy** is one JSON file with everything that is kept of the person, opened: profile, identity, addresses,
//!   cart, consents, times of sessions, and the newest [`COPY_ORDERS_MAX`] orders with lines and timeline.
//! - **The end** comes at once, unless money is open: an order that is not over (unpaid, or paid and not completed),
//!   money of a cancelled order that has not gone back, or a refund that has not arrived. Then the account is closing:
//!   it places no orders, can still be read, paid and cancelled with, and can be kept after all (`POST /me/keep`). A job
//!   looks again every 15 minutes, and closes it when nothing is open or after
//!   [`CLOSING_MAX`](crate::customers::CLOSING_MAX): no condition holds a person for ever.
//! - **Closed** means, in one transaction: sessions ended, identity, addresses, cart, phone, nickname and language
//!   deleted, consents withdrawn, and a keyed tombstone in place of the openid. The same person who comes back is a new
//!   buyer.
//! - **Orders stay for the books.** What is sealed on them stays sealed until three years after the account's end if
//!   they were paid, 30 days if they were not; then it is wiped, with the payer's openid. Until then late money and
//!   refunds go on as if nothing had happened: they know the payer by the payment, not by the account.
//! - **What a user takes back in WeChat's settings** (`user_authorization_revoke`) is deleted here too, and the consent
//!   to the privacy text counts as withdrawn.

pub(crate) mod api;
pub mod jobs;
pub mod service;

/// Orders in a copy, newest first. It says if there are more.
pub const COPY_ORDERS_MAX: usize = 1_000;
