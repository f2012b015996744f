//! The doors to the database: [`Db::read`], [`Db::read_one`], [`Db::write`] and [`Db::write_bulk`]; [`Db::vital`] is the way past the
//! crowd. Nothing outside this folder and the `store.rs` files knows which backend runs.
//!
//! Closures are synchronous and may run more than once (a group that lost its transaction, a serialization failure):
//! ids, times, sealed values, JSON and hashes are made before, and nothing can be awaited inside.

mod connection;
mod door;
mod fault;
mod gate;
mod migrate;
#[cfg(feature = "postgres")]
mod postgres;
mod prepared;
pub mod schema;
#[cfg(feature = "sqlite")]
mod sqlite;
mod types;

pub use connection::DbConn;
pub(crate) use connection::on_backend;
pub use door::{Db, Health, Rx, Tx};
pub use migrate::Migrations;
pub use prepared::{Prepared, prepared};
pub(crate) use types::{sql_newtype, sql_text_enum};
