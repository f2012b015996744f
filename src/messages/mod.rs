//! What WeChat pushes to us (消息推送): verified, kept once, acted on in the same transaction.
//!
//! A message may come several times and out of order; a hash of who, when, what and which (contract A.12.2) says whether
//! it is the same. Kinds that nobody asks for are kept as `ignored`: WeChat sends them all to one address.

pub(crate) mod api;
mod service;
mod store;

pub use service::prune;
