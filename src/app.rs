//! What every handler and job sees.

use crate::auth::Auth;
use crate::catalogue::Catalogue;
use crate::clock::Clock;
use crate::config::Settings;
use crate::db::Db;
use crate::observability::Metrics;
use crate::privacy::Sealer;

/// The running shop: shared by all workers as `web::Data<App>`.
pub struct App {
    /// How it was set up.
    pub settings: Settings,
    /// The only source of time.
    pub clock: Clock,
    /// The three doors to the database.
    pub db: Db,
    /// Seals and opens personal data.
    pub sealer: Sealer,
    /// Tokens and sessions.
    pub auth: Auth,
    /// Snapshot of what is for sale.
    pub catalogue: Catalogue,
    /// Counters and histograms.
    pub metrics: Metrics,
}
