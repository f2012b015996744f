//! `UPDATE`s that are prepared once.

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;

/// Keeps a statement prepared on its connection, which Diesel does for what it can tell from the type alone, and so for no `UPDATE`:
/// what is set might differ from one run to the next. It is found again by its text, so that a text which does differ is prepared for
/// itself; only there must not be many of them. For statements that requests run by the thousand.
pub fn prepared<Q>(statement: Q) -> Prepared<Q> {
    Prepared(statement)
}

/// What [`prepared`] gives.
pub struct Prepared<Q>(Q);

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

impl<Q, C> RunQueryDsl<C> for Prepared<Q> {}
