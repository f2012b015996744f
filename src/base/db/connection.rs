//! One connection type for both backends.

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("choose at least one database: feature `sqlite` or `postgres`");

/// A connection to whichever backend `DATABASE_URL` names.
#[derive(diesel::MultiConnection)]
pub enum DbConn {
    /// SQLite, bundled.
    #[cfg(feature = "sqlite")]
    Sqlite(diesel::SqliteConnection),
    /// PostgreSQL by the system's libpq.
    #[cfg(feature = "postgres")]
    Postgres(diesel::PgConnection),
}

/// Expands one body for each concrete connection, for what `MultiConnection` can't say (`ON CONFLICT`, batch inserts,
/// raw result types). Used only in `db/` and in `store.rs` files.
macro_rules! on_backend {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            #[cfg(feature = "sqlite")]
            $crate::base::db::DbConn::Sqlite($c) => $body,
            #[cfg(feature = "postgres")]
            $crate::base::db::DbConn::Postgres($c) => $body,
        }
    };
}
pub(crate) use on_backend;
