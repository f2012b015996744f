//! `serve`: the shop, until told to stop.

use super::{Fault, print, variables};
use crate::base::clock::Clock;
use crate::base::config::Settings;
use crate::base::db::Migrations;
use crate::boot::{Built, Shop, bind};

pub(super) async fn run(migrate: bool) -> Result<(), Fault> {
    let settings = Settings::from_map(&variables()?)?;
    if migrate {
        Migrations::open(&settings.database)?.run()?;
    }
    let (listen, metrics_listen) = (bind(settings.http.listen)?, bind(settings.http.metrics_listen)?);
    let shop = Shop::start(Built::new(settings, clock()).await?, listen, Some(metrics_listen))?;
    print(&format!("listening on http://{}", shop.address))?;
    shop.until_stopped().await?;
    Ok(())
}

#[cfg(not(feature = "failpoints"))]
fn clock() -> Clock {
    Clock::system()
}

/// How soon a moved clock is seen.
#[cfg(feature = "failpoints")]
const FOLLOW_EVERY: std::time::Duration = std::time::Duration::from_millis(5);

/// In a test build: the system's clock, moved by whoever writes the file `GUNPO_CLOCK_FILE` (milliseconds).
#[cfg(feature = "failpoints")]
fn clock() -> Clock {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    let Ok(path) = std::env::var("GUNPO_CLOCK_FILE") else { return Clock::system() };
    let read = move || std::fs::read_to_string(&path).ok()?.trim().parse::<i64>().ok();
    let offset = Arc::new(AtomicI64::new(read().unwrap_or_default()));
    let clock = Clock::following(Arc::clone(&offset));
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(FOLLOW_EVERY);
            // A file that is being written reads as nothing: the offset stays.
            if let Some(ms) = read() {
                offset.store(ms, Ordering::SeqCst);
            }
        }
    });
    clock
}
