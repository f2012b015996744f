//! `/admin/v1/today`: what waits, and what came in.

use actix_web::web::Data;
use chrono::{Datelike, NaiveTime};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::clock::{Timestamp, shanghai};
use crate::base::error::Result;
use crate::base::money::Fen;
use crate::domain::cases::{self, Severity};
use crate::domain::orders::{self, OrderState};
use crate::domain::payments;
use crate::domain::staff::{May, ReadOrders};
use crate::platform::app::App;
use crate::platform::jobs::{self, JobState};
use crate::web::extract::Json;
use crate::web::{Problem, ProblemDocument};

/// What came in since a moment.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Takings {
    /// Payments.
    pub(in crate::console) payments: i64,
    /// Their sum; what went back is not taken off.
    pub(in crate::console) amount_fen: Fen,
}

/// Orders in one state.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenOrders {
    pub(in crate::console) state: OrderState,
    pub(in crate::console) count: i64,
}

/// The day of the shop.
#[derive(Serialize, ToSchema)]
pub(crate) struct Today {
    /// Cases that want somebody now.
    pub(in crate::console) cases_now: i64,
    /// Cases for a working day.
    pub(in crate::console) cases_soon: i64,
    /// Jobs that failed too often; 200 also means more.
    pub(in crate::console) dead_jobs: usize,
    /// Orders that are not over; states without one are left out.
    pub(in crate::console) open_orders: Vec<OpenOrders>,
    /// Since midnight in Shanghai.
    pub(in crate::console) day: Takings,
    /// Since the first of the month in Shanghai.
    pub(in crate::console) month: Takings,
}

/// What waits and what came in.
#[utoipa::path(
    get, path = "/admin/v1/today", tag = "today", security(("operator" = ["read_orders"])),
    responses(
        (status = 200, body = Today), (status = 401, body = ProblemDocument), (status = 403, body = ProblemDocument),
        (status = 503, body = ProblemDocument))
)]
pub(crate) async fn show(_operator: May<ReadOrders>, app: Data<App>) -> Result<Json<Today>, Problem> {
    let now = app.clock.timestamp();
    let (day, month) = (midnight(now, false), midnight(now, true));
    let read = app.db.read(move |rx| {
        let takings = |(payments, amount_fen)| Takings { payments, amount_fen };
        let open = cases::count_open(rx)?;
        let of = |severity| open.iter().filter(|(found, _)| *found == severity).map(|(_, count)| count).sum();
        let open_orders = orders::count_open(rx)?.into_iter().map(|(state, count)| OpenOrders { state, count });
        Ok(Today {
            cases_now: of(Severity::Now),
            cases_soon: of(Severity::Soon),
            dead_jobs: jobs::list(rx, Some(JobState::Dead))?.len(),
            open_orders: open_orders.collect(),
            day: takings(payments::taken_since(rx, day)?),
            month: takings(payments::taken_since(rx, month)?),
        })
    });
    Ok(Json(read.await?))
}

/// The last midnight in Shanghai, or that of the first of the month.
fn midnight(now: Timestamp, of_month: bool) -> Timestamp {
    let local = now.utc().with_timezone(&shanghai());
    let date = if of_month { local.date_naive().with_day(1) } else { Some(local.date_naive()) };
    let start = date.and_then(|date| date.and_time(NaiveTime::MIN).and_local_timezone(shanghai()).single());
    start.map_or(now, |start| Timestamp::from(start.to_utc()))
}
