//! The ground: what knows nothing of a shop. Database, configuration, logs, time, money, ids, texts, errors.

pub mod bulkhead;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub(crate) mod failpoint;
pub mod ids;
pub mod money;
pub mod observability;
pub(crate) mod private_file;
pub(crate) mod sql_types;
pub mod text;
pub(crate) mod transitions;
