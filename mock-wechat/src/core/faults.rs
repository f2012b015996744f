//! Faults on demand: what goes wrong, on which route, how often.

use serde::{Deserialize, Serialize};

use super::route::Route;

/// The most faults that are armed at once; the oldest gives way.
pub const MOST_FAULTS: usize = 1000;

/// How long a connection is held by a timeout fault unless it says otherwise, in milliseconds.
const HOLD_MS: u64 = 30_000;

/// The pause between two pieces of a slow body unless it says otherwise, in milliseconds.
const PAUSE_MS: u64 = 100;

/// One order to go wrong. Of several that fit, the one armed first is used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// Where.
    pub route: Route,
    /// How.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// How often; 0 means until faults are cleared. 1 by default.
    #[serde(default = "once")]
    pub times: u32,
    /// How many fitting calls are let through first. 0 by default.
    #[serde(default)]
    pub skip: u32,
    /// Only calls whose URL or body contains this; only notifies about this number or event type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

const fn once() -> u32 {
    1
}

const fn hold() -> u64 {
    HOLD_MS
}

const fn yes() -> bool {
    true
}

const fn oversize() -> u32 {
    16 << 20
}

const fn one() -> u32 {
    1
}

const fn pause() -> u64 {
    PAUSE_MS
}

const fn two() -> u8 {
    2
}

impl Fault {
    /// A fault that strikes once.
    pub fn new(route: Route, kind: FaultKind) -> Self {
        Self { route, kind, times: 1, skip: 0, subject: None }
    }

    /// Strikes so many times; 0 means until cleared.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Strikes only where this text occurs.
    #[must_use]
    pub fn subject(mut self, subject: &str) -> Self {
        self.subject = Some(subject.to_owned());
        self
    }
}

/// What goes wrong. In JSON, `kind` names it in `snake_case`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// Calls: nothing is done and no answer comes.
    TimeoutBeforeEffect {
        /// How long a real connection is held, in milliseconds.
        #[serde(default = "hold")]
        hold_ms: u64,
    },
    /// Calls: it is done, but no answer comes.
    TimeoutAfterEffect {
        /// How long a real connection is held, in milliseconds.
        #[serde(default = "hold")]
        hold_ms: u64,
    },
    /// Calls: nothing is done and the connection is cut.
    CutBeforeEffect,
    /// Calls: it is done and the connection is cut.
    #[serde(alias = "cut")]
    CutAfterEffect,
    /// Calls: this answer instead of the right one.
    Status {
        /// The HTTP status.
        status: u16,
        /// Pay's `code`, the decimal `errcode` of a mini program call, or the `err_code` of customs v2. `SYSTEM_ERROR` or
        /// -1; without one customs v2 answers `return_code` FAIL.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// Pay's `message`, or `errmsg`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// The whole body instead of code and message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
        /// Whether a Pay answer is signed. True by default.
        #[serde(default = "yes")]
        signed: bool,
        /// Whether the call takes effect all the same. False by default.
        #[serde(default)]
        effect: bool,
    },
    /// Pay calls and notifies: a well-formed signature over other bytes.
    BadSignature,
    /// Pay calls and notifies: no `Wechatpay-*` headers.
    AbsentSignature,
    /// Pay calls and notifies: WeChat's probe, `WECHATPAY/SIGNTEST/...` (contract B.2).
    #[serde(alias = "signtest")]
    SigntestSignature,
    /// Pay calls and notifies: rightly signed, but ten minutes old.
    StaleTimestamp,
    /// Pay calls and notifies: a serial that nobody has seen.
    UnknownSerial,
    /// Calls: it is done, the answer comes late.
    DelayMs {
        /// Real milliseconds.
        delay_ms: u64,
    },
    /// Calls: the right body under another content type.
    ContentType {
        /// The value of the header.
        value: String,
    },
    /// Calls: it is done, but the body is empty. The signature covers the right body.
    EmptyBody,
    /// Calls: it is done, but a page of a gateway comes instead, with status 200 and no signature that fits.
    HtmlBody,
    /// Calls: it is done, but only the first half of the body comes.
    TruncatedBody,
    /// Calls: it is done, and so many more bytes of white space follow the body, at most 64 MiB.
    OversizedBody {
        /// How many. 16 MiB by default.
        #[serde(default = "oversize")]
        bytes: u32,
    },
    /// Calls: it is done and the right answer comes, but its body trickles in.
    SlowBody {
        /// Bytes of a piece. 1 by default.
        #[serde(default = "one")]
        bytes: u32,
        /// Real milliseconds before each piece. 100 by default.
        #[serde(default = "pause")]
        pause_ms: u64,
    },
    /// Notifies: several copies of one attempt at the same time.
    Duplicate {
        /// How many in all, at most 100. 2 by default.
        #[serde(default = "two")]
        copies: u8,
        /// The same headers in each, instead of a nonce and signature of its own.
        #[serde(default)]
        exact: bool,
    },
    /// Notifies: this attempt gets lost, the next follows the schedule.
    Lose,
    /// Notifies: this and all later attempts of the notify get lost.
    LoseForEver,
    /// Notifies: the attempt is made later. Once for one notify.
    Delay {
        /// Seconds on the clock.
        delay_s: u32,
    },
    /// Notifies: the attempt waits until another notify was tried, or for a minute on the clock.
    /// Once for one notify.
    Reorder,
}

impl FaultKind {
    /// Whether this can happen on the route.
    pub(crate) fn fits(&self, route: Route) -> bool {
        match self {
            Self::BadSignature
            | Self::AbsentSignature
            | Self::SigntestSignature
            | Self::StaleTimestamp
            | Self::UnknownSerial => route.is_signed(),
            Self::Duplicate { .. } | Self::Lose | Self::LoseForEver | Self::Delay { .. } | Self::Reorder => {
                route == Route::Notify
            }
            _ => route != Route::Notify,
        }
    }

    fn puts_off(&self) -> bool {
        matches!(self, Self::Delay { .. } | Self::Reorder)
    }
}

/// The faults that are armed, oldest first.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn arm(&mut self, fault: Fault) {
        if self.0.len() >= MOST_FAULTS {
            self.0.remove(0);
        }
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn armed(&self) -> &[Fault] {
        &self.0
    }

    /// The fault for a call on `route`, used up by this.
    pub(crate) fn for_call(&mut self, route: Route, mentions: impl Fn(&str) -> bool) -> Option<FaultKind> {
        self.strike(|fault| {
            (fault.route == route || fault.route == Route::Any)
                && fault.kind.fits(route)
                && fault.subject.as_deref().is_none_or(&mentions)
        })
    }

    /// The fault for an attempt to deliver, used up by this.
    pub(crate) fn for_notify(&mut self, subject: &str, event_type: &str, put_off: bool) -> Option<FaultKind> {
        self.strike(|fault| {
            let meant = |wanted: &str| wanted == subject || wanted == event_type;
            fault.route == Route::Notify
                && fault.kind.fits(Route::Notify)
                && !(put_off && fault.kind.puts_off())
                && fault.subject.as_deref().is_none_or(meant)
        })
    }

    fn strike(&mut self, fits: impl Fn(&Fault) -> bool) -> Option<FaultKind> {
        let at = self.0.iter_mut().position(|fault| {
            let meets = fits(fault);
            let lets_through = meets && fault.skip > 0;
            fault.skip -= u32::from(lets_through);
            meets && !lets_through
        })?;
        let fault = self.0.get_mut(at)?;
        let kind = fault.kind.clone();
        match fault.times {
            0 => {}
            1 => drop(self.0.remove(at)),
            _ => fault.times -= 1,
        }
        Some(kind)
    }
}
