//! Statements on the concrete connection.
//!
//! A query that goes through [`DbConn`] itself is written out twice by Diesel's `MultiConnection`, and an `UPDATE` is prepared anew at every run:
//! Diesel takes its text for one that may differ each time, and a statement can't say otherwise where `execute` hands it on by reference. Here
//! a statement meets its own connection, and what [`Tx`] writes is loaded, which hands it on whole, and stays prepared, found again by its
//! text. `tests/statements` counts.

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;
use diesel::result::QueryResult;
use diesel::sql_types::Integer;

use super::{DbConn, Tx, on_backend};
use crate::base::error::Result;

/// A statement that is kept prepared by its text. A text that differs from run to run is prepared for itself; there must not be many.
pub struct Prepared<Q>(pub Q);

impl<Q, B> QueryFragment<B> for Prepared<Q>
where
    Q: QueryFragment<B>,
    B: Backend,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, B>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &B) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();
    /// Found by its text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Prepared<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Prepared<Q> {}

/// A statement that returns nothing but that a row was written.
pub struct Counted<Q>(Q);

impl<Q: QueryFragment<B>, B: Backend> QueryFragment<B> for Counted<Q> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, B>) -> QueryResult<()> {
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(" RETURNING 1");
        Ok(())
    }
}

impl<Q> Query for Counted<Q> {
    type SqlType = Integer;
}

impl<Q> QueryId for Counted<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// Declares a bound that asks something of each backend that is compiled in, and nothing of the others.
macro_rules! of_each_backend {
    ($name:ident $(of $life:lifetime, $argument:ident)?, $feature:literal, $($bound:tt)+) => {
        #[cfg(feature = $feature)]
        pub trait $name<$($life, $argument)?>: $($bound)+ {}
        #[cfg(feature = $feature)]
        impl<$($life, $argument,)? Q: $($bound)+> $name<$($life, $argument)?> for Q {}
        #[cfg(not(feature = $feature))]
        pub trait $name<$($life, $argument)?> {}
        #[cfg(not(feature = $feature))]
        impl<$($life, $argument,)? Q> $name<$($life, $argument)?> for Q {}
    };
}

of_each_backend!(LoadsOnSqlite of 'q, U, "sqlite", LoadQuery<'q, diesel::SqliteConnection, U>);
of_each_backend!(LoadsOnPostgres of 'q, U, "postgres", LoadQuery<'q, diesel::PgConnection, U>);

impl DbConn {
    /// The only row of a query, or the first.
    pub fn row<'q, Q, U>(&mut self, query: Q) -> Result<Option<U>>
    where
        Q: LoadsOnSqlite<'q, U> + LoadsOnPostgres<'q, U>,
    {
        Ok(on_backend!(self, |c| query.internal_load(c).and_then(|mut rows| rows.next().transpose()))?)
    }

    /// The rows of a query, which says how many there may be.
    pub fn rows<'q, Q, U>(&mut self, query: Q) -> Result<Vec<U>>
    where
        Q: LoadsOnSqlite<'q, U> + LoadsOnPostgres<'q, U>,
    {
        Ok(on_backend!(self, |c| query.internal_load(c).and_then(Iterator::collect))?)
    }
}

impl Tx<'_> {
    /// Runs a statement that returns nothing of its own; gives the number of rows that it wrote.
    pub fn execute<'q, Q>(&mut self, statement: Q) -> Result<usize>
    where
        Prepared<Counted<Q>>: LoadsOnSqlite<'q, i32> + LoadsOnPostgres<'q, i32>,
    {
        Ok(self.rows::<_, i32>(Prepared(Counted(statement)))?.len())
    }

    /// Runs a statement that returns; gives the only row, if one was written.
    pub fn returning<'q, Q, U>(&mut self, statement: Q) -> Result<Option<U>>
    where
        Prepared<Q>: LoadsOnSqlite<'q, U> + LoadsOnPostgres<'q, U>,
    {
        self.row(Prepared(statement))
    }
}
