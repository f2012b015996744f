//! What a commit waits for on a server with `synchronous_standby_names`, and how it is known that it was waited for.

use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::base::error::{Error, Result};

/// Who cancels the wait for a standby (`pg_cancel_backend`) makes COMMIT succeed without it, with a warning that Diesel does not hand on. A
/// COMMIT that took longer than this is believed only when the standbys have it.
pub(super) const COMMIT_SUSPECT: Duration = Duration::from_millis(50);
/// How long the standbys are given for that.
const CONFIRMED_WITHIN: Duration = Duration::from_secs(3);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// No earlier than the end of the commit before it.
const WRITTEN: &str = "SELECT pg_current_wal_insert_lsn()::text AS text";
/// `potential` ones are not waited for, and count only once they are.
const HAVE_IT: &str = "SELECT count(*) AS count FROM pg_stat_replication \
    WHERE sync_state IN ('sync', 'quorum') AND flush_lsn >= $1::pg_lsn";
const ARE_THERE: &str = "SELECT count(*) AS count FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')";

#[derive(QueryableByName)]
struct Lsn {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(QueryableByName)]
struct Standbys {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many standbys a commit waits for, by `synchronous_standby_names`: `FIRST 2 (a, b)`, `ANY 2 (a, b)`, `2 (a, b)`, or only names.
pub(super) fn needed(names: &str) -> u32 {
    let names = names.trim();
    if names.is_empty() {
        return 0;
    }
    let Some((method, _)) = names.split_once('(') else { return 1 };
    method.split_whitespace().next_back().and_then(|number| number.parse().ok()).unwrap_or(1)
}

/// Whether a write can be acknowledged at all.
pub(super) fn are_there(conn: &mut PgConnection, needed: u32) -> Result<bool> {
    let there: Standbys = diesel::sql_query(ARE_THERE).get_result(conn)?;
    Ok(there.count >= i64::from(needed))
}

/// After a COMMIT that may have succeeded without its standbys: it is there if they have flushed all that is written now. Else nobody knows.
pub(super) fn confirm(conn: &mut PgConnection, needed: u32) -> Result<()> {
    let unknown =
        |why: &dyn std::fmt::Display| Error::OutcomeUnknown(format!("a commit could not be confirmed: {why}"));
    let written: Lsn = diesel::sql_query(WRITTEN).get_result(conn).map_err(|error| unknown(&error))?;
    let started = Instant::now();
    while started.elapsed() < CONFIRMED_WITHIN {
        let have_it = diesel::sql_query(HAVE_IT).bind::<Text, _>(&written.text).get_result::<Standbys>(conn);
        if have_it.map_err(|error| unknown(&error))?.count >= i64::from(needed) {
            return Ok(());
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Err(unknown(&"the standbys do not have it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_known_how_many_standbys_a_commit_waits_for() {
        let cases = [
            ("", 0),
            ("standby", 1),
            ("a, \"b\"", 1),
            ("2 (a, b, c)", 2),
            ("FIRST 1 (a, b)", 1),
            ("any 2(*)", 2),
            (" ANY  3  ( a,b , c,d)", 3),
        ];
        for (names, standbys) in cases {
            assert_eq!(needed(names), standbys, "{names}");
        }
    }
}
