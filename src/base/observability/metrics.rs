//! Counters and histograms. Every label takes its values from a list fixed in the code (that is what `&'static str`
//! is for), so that no caller can make series without bound.

use std::time::Duration;

#[cfg(target_os = "linux")]
use prometheus::process_collector::ProcessCollector;
use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

use crate::base::db::DbLoad;
use crate::base::error::{Error, Result};

/// Seconds. The lower end tells a snapshot read from a database read, the upper end a slow WeChat.
const LATENCY_BUCKETS_S: [f64; 14] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// How a call to WeChat can end (`wechat_client::outcome_word`).
const CALL_OUTCOMES: [&str; 4] = ["done", "refused", "throttled", "unknown"];

macro_rules! wechat_calls {
    ($($name:ident = $text:literal),+) => {
        /// Calls to WeChat that the shop makes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum WechatCall { $(#[doc = concat!("`", $text, "`")] $name,)+ }

        impl WechatCall {
            const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its label.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

wechat_calls! {
    Login = "login", Phone = "phone", Nickname = "nickname",
    Prepay = "prepay", Query = "query", Close = "close", Refund = "refund", QueryRefund = "query_refund"
}

/// All metrics of the process. Cloning shares them.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    in_flight: IntGauge,
    wechat_calls: IntCounterVec,
    wechat_latency: HistogramVec,
    notifies: IntCounterVec,
    jobs: IntCounterVec,
    jobs_succeeded: IntGaugeVec,
    jobs_due: IntGaugeVec,
    jobs_oldest: IntGaugeVec,
    jobs_dead: IntGaugeVec,
    cases: IntCounterVec,
    last_backup: IntGauge,
    orders: IntGaugeVec,
    waiting_writes: IntGaugeVec,
    connections: IntGaugeVec,
}

/// One answered request.
#[derive(Clone, Copy, Debug)]
pub struct RequestSeen<'a> {
    /// HTTP method, `OTHER` if it is none of the usual.
    pub method: &'static str,
    /// Pattern of the route, never the path: `/api/v1/orders/{order_no}`.
    pub route: &'a str,
    pub status: u16,
    /// Until the head of the answer was ready.
    pub took: Duration,
}

impl Metrics {
    /// A registry with everything in it, at zero.
    pub fn new() -> Result<Self> {
        let registry = Registry::new();
        let requests =
            HistogramOpts::new("gunpo_http_request_seconds", "Requests by method, route and class of status")
                .buckets(LATENCY_BUCKETS_S.to_vec());
        let requests = HistogramVec::new(requests, &["method", "route", "status"]).map_err(unusable)?;
        registry.register(Box::new(requests.clone())).map_err(unusable)?;
        let latency =
            HistogramOpts::new("gunpo_wechat_call_seconds", "From the beginning of a call to WeChat to its end")
                .buckets(LATENCY_BUCKETS_S.to_vec());
        let wechat_latency = HistogramVec::new(latency, &["call"]).map_err(unusable)?;
        registry.register(Box::new(wechat_latency.clone())).map_err(unusable)?;
        let in_flight = IntGauge::new("gunpo_http_in_flight", "Requests being answered").map_err(unusable)?;
        registry.register(Box::new(in_flight.clone())).map_err(unusable)?;
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels).map_err(unusable)?;
            registry.register(Box::new(counter.clone())).map_err(unusable)?;
            Ok::<_, Error>(counter)
        };
        let gauge_by = |name: &str, help: &str, label: &str| {
            let gauge = IntGaugeVec::new(Opts::new(name, help), &[label]).map_err(unusable)?;
            registry.register(Box::new(gauge.clone())).map_err(unusable)?;
            Ok::<_, Error>(gauge)
        };
        let gauge = |name: &str, help: &str| gauge_by(name, help, "kind");
        // Memory, open files, seconds of CPU: what the process itself uses.
        #[cfg(target_os = "linux")]
        registry.register(Box::new(ProcessCollector::for_self())).map_err(unusable)?;
        let last_backup =
            IntGauge::new("gunpo_last_backup_timestamp_seconds", "When the last backup was begun, Unix time; 0: never");
        let last_backup = last_backup.map_err(unusable)?;
        registry.register(Box::new(last_backup.clone())).map_err(unusable)?;
        let metrics = Self {
            last_backup,
            wechat_latency,
            requests,
            in_flight,
            wechat_calls: counter("gunpo_wechat_calls_total", "Calls to WeChat by end", &["call", "outcome"])?,
            notifies: counter("gunpo_wechat_notifies_total", "Notifies of WeChat by end", &["outcome"])?,
            jobs: counter("gunpo_jobs_total", "Runs of jobs by end", &["kind", "outcome"])?,
            jobs_succeeded: gauge(
                "gunpo_jobs_last_success_timestamp_seconds",
                "When a job last ended well here, Unix time",
            )?,
            jobs_due: gauge("gunpo_jobs_due", "Jobs that are due and not begun; 1000 also means more")?,
            jobs_oldest: gauge("gunpo_jobs_oldest_due_seconds", "For how long the first of them has been due")?,
            jobs_dead: gauge("gunpo_jobs_dead", "Jobs that a person must look at; 1000 also means more")?,
            orders: gauge_by("gunpo_orders_open", "Orders that are not over, by state", "state")?,
            waiting_writes: gauge_by("gunpo_db_waiting_writes", "Writes that wait for SQLite's writer", "priority")?,
            connections: gauge_by("gunpo_db_connections", "Connections of the pool", "state")?,
            cases: counter("gunpo_cases_open_total", "Cases opened for a person", &["kind"])?,
            registry,
        };
        for call in WechatCall::ALL {
            metrics.wechat_latency.with_label_values(&[call.as_str()]);
            for outcome in CALL_OUTCOMES {
                metrics.wechat_calls.with_label_values(&[call.as_str(), outcome]);
            }
        }
        Ok(metrics)
    }

    /// Shows every kind of job, of case and of end of a notify at zero: an alert on what never happened yet sees nothing else.
    pub fn start_at_zero(&self, jobs: &[&'static str], cases: &[&'static str], notifies: &[&'static str]) {
        for kind in jobs {
            for outcome in ["done", "failed"] {
                self.jobs.with_label_values(&[kind, outcome]);
            }
            self.job_backlog(kind, 0, 0, 0);
        }
        for kind in cases {
            self.cases.with_label_values(&[kind]);
        }
        for outcome in notifies {
            self.notifies.with_label_values(&[outcome]);
        }
    }

    /// For gauges that belong to others, for example those of the database.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The text that Prometheus scrapes.
    pub fn render(&self) -> String {
        let mut text = Vec::new();
        if let Err(error) = TextEncoder::new().encode(&self.registry.gather(), &mut text) {
            log::error!("metrics can't be rendered: {error}");
        }
        String::from_utf8(text).unwrap_or_default()
    }

    /// A request was answered.
    pub fn request(&self, seen: RequestSeen<'_>) {
        self.latency_of(seen).observe(seen.took.as_secs_f64());
    }

    fn latency_of(&self, seen: RequestSeen<'_>) -> Histogram {
        let class = match seen.status {
            0..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        self.requests.with_label_values(&[seen.method, seen.route, class])
    }

    /// Requests being answered.
    pub fn in_flight(&self) -> &IntGauge {
        &self.in_flight
    }

    /// A call to WeChat ended after so long: `done`, `refused`, `throttled` or `unknown`.
    pub fn wechat_call(&self, call: WechatCall, outcome: &'static str, took: Duration) {
        self.wechat_calls.with_label_values(&[call.as_str(), outcome]).inc();
        self.wechat_latency.with_label_values(&[call.as_str()]).observe(took.as_secs_f64());
    }

    /// A notify came.
    pub fn notify(&self, outcome: &'static str) {
        self.notifies.with_label_values(&[outcome]).inc();
    }

    /// A job ran: `done` or `failed`, at this Unix time.
    pub fn job(&self, kind: &'static str, outcome: &'static str, at: i64) {
        self.jobs.with_label_values(&[kind, outcome]).inc();
        if outcome == "done" {
            self.jobs_succeeded.with_label_values(&[kind]).set(at);
        }
    }

    /// What waits of one kind: how many jobs, for how long the first (seconds), and how many are dead.
    pub fn job_backlog(&self, kind: &'static str, due: usize, oldest_s: i64, dead: usize) {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.jobs_due.with_label_values(&[kind]).set(number(due));
        self.jobs_oldest.with_label_values(&[kind]).set(oldest_s);
        self.jobs_dead.with_label_values(&[kind]).set(number(dead));
    }

    /// Orders that are not over, by state.
    pub fn orders_open(&self, state: &'static str, count: i64) {
        self.orders.with_label_values(&[state]).set(count);
    }

    /// How busy the database is.
    pub fn database(&self, load: DbLoad) {
        for (priority, waiting) in ["critical", "normal", "bulk"].into_iter().zip(load.waiting_writes) {
            self.waiting_writes.with_label_values(&[priority]).set(i64::try_from(waiting).unwrap_or(i64::MAX));
        }
        let busy = load.connections.saturating_sub(load.idle);
        for (state, count) in [("busy", busy), ("idle", load.idle)] {
            self.connections.with_label_values(&[state]).set(count.into());
        }
    }

    /// When the last backup was begun, Unix seconds.
    pub fn backup(&self, made_at_s: i64) {
        self.last_backup.set(made_at_s);
    }

    /// A case was opened.
    pub fn case_opened(&self, kind: &'static str) {
        self.cases.with_label_values(&[kind]).inc();
    }
}

fn unusable(error: prometheus::Error) -> Error {
    Error::internal(format!("metrics can't be registered: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_counted_is_rendered_under_its_fixed_name() {
        let metrics = Metrics::new().unwrap();
        let seen = RequestSeen { method: "GET", route: "/x/{id}", status: 404, took: Duration::from_millis(3) };
        metrics.request(seen);
        metrics.start_at_zero(&["expire"], &["payment", "stock"], &["acted"]);
        metrics.wechat_call(WechatCall::Prepay, "unknown", Duration::from_millis(70));
        metrics.job("expire", "done", 1_800_000_000);
        metrics.job_backlog("expire", 7, 3, 1);
        metrics.case_opened("payment");
        let text = metrics.render();
        for line in [
            "gunpo_http_request_seconds_count{method=\"GET\",route=\"/x/{id}\",status=\"4xx\"} 1",
            "gunpo_http_in_flight 0",
            "gunpo_wechat_calls_total{call=\"prepay\",outcome=\"unknown\"} 1",
            "gunpo_wechat_calls_total{call=\"login\",outcome=\"refused\"} 0",
            "gunpo_wechat_call_seconds_count{call=\"prepay\"} 1",
            "gunpo_wechat_call_seconds_bucket{call=\"prepay\",le=\"0.05\"} 0",
            "gunpo_wechat_notifies_total{outcome=\"acted\"} 0",
            "gunpo_jobs_total{kind=\"expire\",outcome=\"done\"} 1",
            "gunpo_jobs_total{kind=\"expire\",outcome=\"failed\"} 0",
            "gunpo_jobs_last_success_timestamp_seconds{kind=\"expire\"} 1800000000",
            "gunpo_jobs_due{kind=\"expire\"} 7",
            "gunpo_jobs_oldest_due_seconds{kind=\"expire\"} 3",
            "gunpo_jobs_dead{kind=\"expire\"} 1",
            "gunpo_cases_open_total{kind=\"payment\"} 1",
            "gunpo_cases_open_total{kind=\"stock\"} 0",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
