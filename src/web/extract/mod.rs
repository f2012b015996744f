//! Strict extractors. What they refuse, they refuse with the name of the field and a stable word for the reason; the
//! text of a parser never reaches the caller.

mod address;
mod authorization;
mod body;
mod by_schema;
mod fault;
mod json;
mod key;
mod objects;
mod parts;
mod path;
mod query;

#[cfg(test)]
mod tests;

pub use address::ClientAddr;
pub(crate) use address::TrustedProxies;
pub use authorization::{SESSION_COOKIE, bearer_token, session_token};
pub use body::{BodyLimits, RawBody};
pub use json::Json;
pub use key::IdempotencyKey;
pub use path::Path;
pub use query::Query;
