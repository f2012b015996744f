//! The database: [`Db::read`], [`Db::read_one`], [`Db::write`] and [`Db::write_bulk`]; [`Db::critical`] is the way past the
//! crowd. Nothing outside this folder and the `store.rs` files knows which backend runs.
//!
//! Closures are synchronous and may run more than once (a group that lost its transaction, a serialization failure):
//! ids, times, sealed values, JSON and hashes are made before, and nothing can be awaited inside.
//!
//! | file | what it has |
//! | --- | --- |
//! | `handle` | `Db`: read and write, whichever backend runs |
//! | `transaction`, `statement` | what a closure gets, and how its statements run |
//! | `connection`, `schema` | one connection type for both backends; the tables |
//! | `connection_budget`, `priority` | who gets a connection, and whose write comes first |
//! | `sqlite`, `postgres`, `fault` | the backends, and what their errors mean |
//! | `migrate`, `backup` | migrations; a copy while the shop serves |

pub mod backup;
mod connection;
mod connection_budget;
mod fault;
mod handle;
mod migrate;
#[cfg(feature = "postgres")]
mod postgres;
mod priority;
pub(crate) mod rows;
pub mod schema;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statement;
#[cfg(test)]
pub(crate) mod testing;
mod transaction;

pub use connection::DbConn;
pub(crate) use connection::on_backend;
pub use handle::{Db, DbLoad, Health};
pub use migrate::Migrations;
pub use statement::Prepared;
pub use transaction::{Rx, Tx};
