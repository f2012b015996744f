//! Rate limits (contract A.0, A.6, A.9, B.5, B.10, B.12). Counted in memory, by the clock of the stand-in.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::mini::MiniRefusal;
use super::refusal::Refusal;
use super::route::Route;

/// Calls to a route in a window of so many seconds.
const LIMITS: [(Route, i64, u32); 12] = [
    (Route::StableToken, 60, 10_000),
    (Route::UnlimitedCode, 60, 5_000),
    (Route::ResetSession, 60, 60_000),
    (Route::UrlScheme, 1, 100),
    (Route::UrlLink, 1, 100),
    (Route::TextCheck, 60, 4_000),
    (Route::MediaCheck, 60, 2_000),
    (Route::Prepay, 1, 500),
    (Route::Refund, 1, 150),
    (Route::Certificates, 1, 1_000),
    (Route::TradeBill, 1, 10),
    (Route::FundFlowBill, 1, 3),
];

#[derive(Default)]
pub(crate) struct Quota(HashMap<Route, (i64, u32)>);

impl Quota {
    /// Counts a call; false when it is one too many.
    pub(crate) fn take(&mut self, route: Route, now: DateTime<Utc>) -> bool {
        let Some((_, seconds, most)) = LIMITS.iter().find(|(limited, ..)| *limited == route) else {
            return true;
        };
        let window = now.timestamp() / seconds;
        let counted = self.0.entry(route).or_default();
        if counted.0 != window {
            *counted = (window, 0);
        }
        counted.1 = counted.1.saturating_add(1);
        counted.1 <= *most
    }
}

pub(crate) fn mini_refusal(route: Route) -> MiniRefusal {
    match route {
        Route::UrlScheme | Route::UrlLink => MiniRefusal::new(44990, "reach api frequency limit per second"),
        Route::UnlimitedCode => MiniRefusal::new(45009, "reach max api minute quota limit"),
        _ => MiniRefusal::new(45011, "api minute-quota reach limit, must slower, retry next minute"),
    }
}

pub(crate) fn pay_refusal() -> Refusal {
    Refusal::too_frequent("频率超限，请降低请求频率")
}
