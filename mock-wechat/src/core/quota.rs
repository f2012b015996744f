//! Rate limits (contract A.0, A.3, A.6 to A.9, B.5, B.10, B.12). Counted in memory, by the clock of the stand-in.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Utc};

use super::context::beijing;
use super::mini_call::MiniRefusal;
use super::records::Settings;
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

/// Calls to a route on a Beijing day. The account is one with payment ability.
const DAILY_LIMITS: [(Route, u32); 6] = [
    (Route::StableToken, 500_000),
    (Route::Token, 2_000),
    (Route::UrlScheme, 500_000),
    (Route::SubscribeSend, 30_000_000),
    (Route::TextCheck, 2_000_000),
    (Route::MediaCheck, 200_000),
];

/// Which limit a call is beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exceeded {
    /// That of a second or a minute.
    Short,
    Daily,
}

/// The window that runs, by its number, and the calls in it.
type Counts = HashMap<Route, (i64, u32)>;

#[derive(Default)]
pub(crate) struct Quota {
    short: Counts,
    daily: Counts,
}

impl Quota {
    /// Counts a call; an error when it is one too many. What the short limit refuses costs nothing of the day.
    pub(crate) fn take(&mut self, route: Route, settings: &Settings, now: DateTime<Utc>) -> Result<(), Exceeded> {
        if let Some((_, seconds, most)) = LIMITS.iter().find(|(limited, ..)| *limited == route)
            && !count(&mut self.short, route, now.timestamp() / seconds, *most)
        {
            return Err(Exceeded::Short);
        }
        // Contract A.7: one cap for both kinds of link.
        let route = if route == Route::UrlLink { Route::UrlScheme } else { route };
        let known = DAILY_LIMITS.iter().find(|(limited, _)| *limited == route).map(|(_, most)| most);
        match settings.daily_limits.get(&route).or(known) {
            Some(most) if !count(&mut self.daily, route, beijing_day(now), *most) => Err(Exceeded::Daily),
            _ => Ok(()),
        }
    }
}

/// False when it is one too many.
fn count(counts: &mut Counts, route: Route, window: i64, most: u32) -> bool {
    let counted = counts.entry(route).or_default();
    if counted.0 != window {
        *counted = (window, 0);
    }
    counted.1 = counted.1.saturating_add(1);
    counted.1 <= most
}

fn beijing_day(now: DateTime<Utc>) -> i64 {
    beijing(now).num_days_from_ce().into()
}

pub(crate) fn mini_refusal(route: Route, exceeded: Exceeded) -> MiniRefusal {
    match (exceeded, route) {
        (Exceeded::Daily, _) => MiniRefusal::new(45009, "reach max api daily quota limit"),
        (_, Route::UrlScheme | Route::UrlLink) => MiniRefusal::new(44990, "reach api frequency limit per second"),
        (_, Route::TextCheck | Route::MediaCheck) => MiniRefusal::new(44991, "reach api minute-quota limit"),
        (_, Route::UnlimitedCode) => MiniRefusal::new(45009, "reach max api minute quota limit"),
        _ => MiniRefusal::new(45011, "api minute-quota reach limit, must slower, retry next minute"),
    }
}

pub(crate) fn pay_refusal() -> Refusal {
    Refusal::too_frequent("频率超限，请降低请求频率")
}
