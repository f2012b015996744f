//! Every value of every table, as text.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;

use crate::support::Backend;

#[derive(QueryableByName)]
#[allow(clippy::struct_field_names, reason = "as the databases call them")]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

#[derive(QueryableByName)]
struct Cell {
    /// The bytes, hex.
    #[diesel(sql_type = Text)]
    value: String,
}

/// A value with where it stands: `table.column`.
pub(super) struct Found {
    pub(super) place: String,
    pub(super) value: Vec<u8>,
}

pub(super) fn dump(backend: Backend, url: &str) -> Vec<Found> {
    match backend {
        Backend::Sqlite => sqlite(url.trim_start_matches("sqlite:")),
        Backend::Postgres => postgres(url),
    }
}

fn found(column: &Column, cells: Vec<Cell>) -> impl Iterator<Item = Found> {
    let place = format!("{}.{}", column.table_name, column.column_name);
    cells.into_iter().map(move |cell| Found { place: place.clone(), value: hex::decode(cell.value).unwrap() })
}

fn sqlite(file: &str) -> Vec<Found> {
    let mut conn = diesel::SqliteConnection::establish(file).unwrap();
    let columns = "SELECT m.name AS table_name, c.name AS column_name, c.type AS kind \
                   FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid";
    let columns: Vec<Column> = sql_query(columns).load(&mut conn).unwrap();
    let mut all = Vec::new();
    for column in &columns {
        let Column { table_name, column_name, .. } = column;
        let cells =
            format!("SELECT hex(\"{column_name}\") AS value FROM \"{table_name}\" WHERE \"{column_name}\" IS NOT NULL");
        all.extend(found(column, sql_query(cells).load(&mut conn).unwrap()));
    }
    // Pages that no row is on any more, and the log of writes, too.
    for end in ["", "-wal"] {
        if let Ok(value) = std::fs::read(format!("{file}{end}")) {
            all.push(Found { place: format!("the file{end}"), value });
        }
    }
    all
}

#[cfg(not(feature = "postgres"))]
fn postgres(_url: &str) -> Vec<Found> {
    unreachable!("built without postgres")
}

#[cfg(feature = "postgres")]
fn postgres(url: &str) -> Vec<Found> {
    let mut conn = diesel::PgConnection::establish(url).unwrap();
    let columns = "SELECT table_name::text, column_name::text, data_type::text AS kind FROM information_schema.columns \
                   WHERE table_schema = 'public' ORDER BY table_name, ordinal_position";
    let columns: Vec<Column> = sql_query(columns).load(&mut conn).unwrap();
    let mut all = Vec::new();
    for column in &columns {
        let Column { table_name, column_name, kind } = column;
        let bytes = if kind == "bytea" {
            format!("\"{column_name}\"")
        } else {
            format!("convert_to(\"{column_name}\"::text, 'UTF8')")
        };
        let cells =
            format!("SELECT encode({bytes}, 'hex') AS value FROM \"{table_name}\" WHERE \"{column_name}\" IS NOT NULL");
        all.extend(found(column, sql_query(cells).load(&mut conn).unwrap()));
    }
    all
}
