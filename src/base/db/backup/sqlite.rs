//! SQLite: the copy is made by SQLite itself, in one reading transaction; writers go on.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::base::db::sqlite::establish;
use crate::base::error::{Error, Result};

/// Only a copy that was finished has this table, whatever else is right about the file.
const MARK: &str = "CREATE TABLE backup_mark (finished INTEGER NOT NULL) STRICT; INSERT INTO backup_mark VALUES (1);";

/// Copies the database file into a new file.
pub(super) fn copy(database: &Path, part: &Path) -> Result<()> {
    if !database.exists() {
        return Err(Error::internal(format!("there is no database at {}", database.display())));
    }
    let mut source = establish(database)?;
    source.batch_execute("PRAGMA busy_timeout = 5000")?;
    // The only way to hand a path over: VACUUM INTO takes no bound value here. Quotes are doubled.
    let quoted = part.display().to_string().replace('\'', "''");
    source.batch_execute(&format!("VACUUM INTO '{quoted}'"))?;
    let mut copy = establish(part)?;
    Ok(copy.batch_execute(MARK)?)
}

/// A restored database is no backup, and can be backed up itself.
pub(super) fn unmark(part: &Path) -> Result<()> {
    Ok(establish(part)?.batch_execute("DROP TABLE backup_mark")?)
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

/// Refuses a copy that is not finished, or whose pages or references are broken.
pub(super) fn check(copy: &Path) -> Result<()> {
    let mut conn = establish(copy)?;
    if lines(&mut conn, "SELECT CAST(finished AS TEXT) AS text FROM backup_mark")? != ["1"] {
        return Err(Error::internal("this is no finished backup"));
    }
    let mut found = lines(&mut conn, "SELECT integrity_check AS text FROM pragma_integrity_check LIMIT 20")?;
    found.retain(|line| line != "ok");
    found.extend(lines(&mut conn, "SELECT \"table\" AS text FROM pragma_foreign_key_check LIMIT 20")?);
    if found.is_empty() { Ok(()) } else { Err(Error::internal(format!("broken: {}", found.join("; ")))) }
}

fn lines(conn: &mut SqliteConnection, sql: &str) -> Result<Vec<String>> {
    let lines: Vec<Line> = diesel::sql_query(sql).load(conn)?;
    Ok(lines.into_iter().map(|line| line.text).collect())
}
