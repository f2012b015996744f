//! `migrate` and `seed`.

use std::path::Path;

use super::{Fault, print, seed, variables};
use crate::clock::Clock;
use crate::config::DatabaseSettings;
use crate::db::{Db, Migrations};

pub(super) fn migrate() -> Result<(), Fault> {
    let settings = DatabaseSettings::from_map(&variables()?)?;
    let ran = Migrations::open(&settings)?.run()?;
    match ran.as_slice() {
        [] => print("nothing to do: the schema is up to date"),
        names => print(&format!("ran {}", names.join(", "))),
    }
}

pub(super) async fn seed_configured() -> Result<(), Fault> {
    let map = variables()?;
    let settings = DatabaseSettings::from_map(&map)?;
    let media_dir = map.get("MEDIA_DIR").map_or("media", String::as_str);
    let db = Db::open(&settings)?;
    let report = seed(&db, &Clock::system(), Path::new(media_dir)).await?;
    print(&report.to_string())
}
