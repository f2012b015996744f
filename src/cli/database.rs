//! `migrate` and `seed`.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::seed::add_orders;
use super::{Fault, print, seed, variables};
use crate::base::clock::Clock;
use crate::base::config::{DatabaseSettings, Settings};
use crate::base::db::{Db, Migrations};
use crate::platform::sealing::Sealer;

pub(super) fn migrate() -> Result<(), Fault> {
    let settings = DatabaseSettings::from_map(&variables()?)?;
    let ran = Migrations::open(&settings)?.run()?;
    match ran.as_slice() {
        [] => print("nothing to do: the schema is up to date"),
        names => print(&format!("ran {}", names.join(", "))),
    }
}

/// `orders`: finished orders that are added. They are sealed like any other, so the whole configuration is wanted.
pub(super) async fn seed_configured(orders: Option<u64>) -> Result<(), Fault> {
    let map = variables()?;
    let settings = DatabaseSettings::from_map(&map)?;
    let media_dir = map.get("MEDIA_DIR").map_or("media", String::as_str);
    let db = Db::open(&settings)?;
    let report = seed(&db, &Clock::system(), Path::new(media_dir)).await?;
    print(&report.to_string())?;
    let Some(orders) = orders else { return Ok(()) };
    let sealer = Arc::new(Sealer::new(&Settings::from_map(&map)?.data_keys)?);
    let started = Instant::now();
    add_orders(&db, &sealer, &Clock::system(), orders).await?;
    print(&format!("{orders} finished orders added in {} s", started.elapsed().as_secs()))
}
