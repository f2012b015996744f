//! Events that WeChat pushed, as they came: each is kept once.

mod store;

pub(crate) use store::{delete_before, insert, set_outcome};
