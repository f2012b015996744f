//! The stand-in as a value: open it, serve it, call it, look into its books.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::core::calls::Call;
use crate::core::cash_desk;
use crate::core::exchange::Draft;
use crate::core::journal::Journal;
use crate::core::records::RefundStatus;
use crate::core::upload_form::Form;
use crate::core::{Core, authorization, mini, phone, push, refund, token};
use crate::courier::Courier;
use crate::inspector::{Inspector, Outcome};
use crate::keys::Keys;
use crate::message::UPLOAD_LIMIT;
use crate::{
    Account, Answer, BODY_LIMIT, Clock, Error, Fault, FaultKind, Ledger, Paid, PayParams, Refused, Request, Response,
    Settings,
};

/// Who sends notifies when they are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// A loop that looks for due notifies about every 50 ms; it starts with [`MockWechat::serve`].
    Background,
    /// Nobody, until [`MockWechat::deliver_due`] or `POST /_mock/deliver` is called.
    Manual,
}

/// How to open the stand-in.
pub struct Options {
    /// Where ledger and clock offset are kept; `None` keeps them in memory. One process at a time.
    pub data_dir: Option<PathBuf>,
    /// The merchant. To keep it over restarts use [`Account::load_or_generate`].
    pub account: Account,
    /// The clock; an offset that was stored earlier moves it forward.
    pub clock: Clock,
    /// Same seed, same requests, same times: same answers. Restarts on one folder go on differently.
    pub seed: u64,
    /// Who sends notifies.
    pub delivery: Delivery,
}

/// A running stand-in. Clones are the same stand-in.
#[derive(Clone)]
pub struct MockWechat {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) keys: Keys,
    pub(crate) clock: Clock,
    pub(crate) delivery: Delivery,
    pub(crate) courier: Courier,
    pub(crate) inspector: Inspector,
    /// Of the authority, once the stand-in is served over TLS.
    pub(crate) ca_pem: OnceLock<String>,
    core: Mutex<Core>,
}

impl MockWechat {
    /// Continues what the data folder holds, or begins anew.
    pub fn open(options: Options) -> Result<Self, Error> {
        let keys = Keys::of(options.account)?;
        let journal = Journal::open(options.data_dir.as_deref())?;
        let core = Core::open(journal, &keys, options.seed)?;
        options.clock.restore(core.state.clock_offset_ms);
        Ok(Self {
            inner: Arc::new(Inner {
                keys,
                clock: options.clock,
                delivery: options.delivery,
                courier: Courier::new()?,
                inspector: Inspector::default(),
                ca_pem: OnceLock::new(),
                core: Mutex::new(core),
            }),
        })
    }

    /// The merchant.
    pub fn account(&self) -> &Account {
        &self.inner.keys.account
    }

    /// The clock, to be moved.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The state after everything that time alone brings about.
    pub(crate) fn core(&self) -> MutexGuard<'_, Core> {
        let inner = &self.inner;
        let mut core = inner.core.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = core.tick(&inner.keys, inner.clock.now(), inner.clock.current_offset_ms()) {
            log::error!("{error}");
        }
        core
    }

    /// Answers one request, as over HTTP: with verification, signature and faults.
    pub async fn handle(&self, request: Request) -> Response {
        let mut call = Call::of(&request);
        let limit = if call.is_upload() { UPLOAD_LIMIT } else { BODY_LIMIT };
        if request.body.len() > limit {
            let body = json!({ "code": "PARAM_ERROR", "message": "请求体过大" });
            return Response::Answer(Answer::json(413, &body));
        }
        if let Some(refused) = self.foreign(&request) {
            return Response::Answer(refused);
        }
        if request.path() == "/_mock" || request.path().starts_with("/_mock/") {
            return Response::Answer(match self.desk(&request).await {
                Some(answer) => answer,
                None => self.control(&request).await,
            });
        }
        let keys = &self.inner.keys;
        let now = self.inner.clock.now();
        if call.is_upload() {
            call.form = Form::read(&request).await;
        }
        let verified =
            if call.wants_authorization() { authorization::verify(keys, &request, &call, now) } else { Ok(()) };
        let draft = self.core().exchange(keys, &request, &call, verified, now);
        let response = self.send(draft, now).await;
        self.inner.inspector.note(now, false, request, Outcome::of(&response));
        response
    }

    /// Signs a draft and lets its fault happen.
    async fn send(&self, draft: Draft, now: chrono::DateTime<chrono::Utc>) -> Response {
        let Draft { mut answer, seal, fault } = draft;
        match &fault {
            Some(FaultKind::TimeoutBeforeEffect { hold_ms } | FaultKind::TimeoutAfterEffect { hold_ms }) => {
                let held = Duration::from_millis(*hold_ms);
                return Response::TimedOut { held };
            }
            Some(FaultKind::CutBeforeEffect | FaultKind::CutAfterEffect) => return Response::Cut,
            _ => {}
        }
        if let Some((seal, nonce)) = seal {
            match seal.headers(&self.inner.keys, now, &nonce, &answer.body) {
                Ok(headers) => answer.headers.extend(headers),
                Err(error) => log::error!("{error}"),
            }
        }
        match fault {
            Some(FaultKind::SlowBody { bytes, pause_ms }) => {
                let piece_bytes = usize::try_from(bytes).unwrap_or(usize::MAX).max(1);
                return Response::Trickled { answer, piece_bytes, pause: Duration::from_millis(pause_ms) };
            }
            Some(FaultKind::DelayMs { delay_ms }) => tokio::time::sleep(Duration::from_millis(delay_ms)).await,
            Some(FaultKind::ContentType { value }) => {
                answer.headers.retain(|(name, _)| name != "Content-Type");
                answer.headers.push(("Content-Type".to_owned(), value));
            }
            Some(fault) => spoil_body(&mut answer, &fault),
            None => {}
        }
        Response::Answer(answer)
    }

    /// Forgets people, orders, notifies, faults and what the inspector shows, as between two tests. Account, keys, clock and what
    /// the merchant set up stay; the switches only if they are asked to.
    pub fn reset(&self, with_settings: bool) -> Result<(), Error> {
        self.inner.inspector.clear();
        self.core().reset(with_settings)
    }

    /// A snapshot of the books. Costs time and memory in proportion to the history.
    pub fn ledger(&self) -> Ledger {
        self.core().state.ledger()
    }

    /// What `wx.login` gives on the phone of this user: a code that is good once, for five minutes.
    /// Empty when it could not be stored.
    pub fn login(&self, user: &str) -> String {
        self.act(|context| Ok::<_, Error>(mini::login(context, user))).unwrap_or_else(logged)
    }

    /// What the phone button gives on the phone of this user: a code that is good once, for five minutes. The number is
    /// always the same for one name. Empty when it could not be stored.
    pub fn phone(&self, user: &str) -> String {
        self.act(|context| Ok::<_, Error>(phone::code(context, user, None, phone::MAINLAND))).unwrap_or_else(logged)
    }

    /// The openid of this user, who becomes known by this if need be.
    pub fn openid_of(&self, user: &str) -> String {
        let registered = self.act(|context| {
            let known = mini::user(context, user);
            let openid = known.openid.clone();
            context.save(known);
            Ok::<_, Error>(openid)
        });
        registered.unwrap_or_else(logged)
    }

    /// Whether WeChat would accept this access token now (contract A.3).
    pub fn accepts_access_token(&self, token: &str) -> bool {
        token::accepts(&self.core().state, token, self.inner.clock.now())
    }

    /// What the client app does with `wx.requestPayment`: checks, pays, queues the notify.
    #[expect(clippy::unused_async, reason = "a cash desk that waits for its payer stays possible")]
    pub async fn request_payment(&self, user: &str, params: &PayParams) -> Result<Paid, Refused> {
        self.act(|context| cash_desk::request_payment(context, user, params))
    }

    /// Money for an order without the client app. A closed or expired order takes none unless forced.
    pub fn pay_direct(&self, out_trade_no: &str, force: bool) -> Result<Paid, Refused> {
        self.act(|context| cash_desk::pay_direct(context, out_trade_no, force))
    }

    /// Ends a refund that is `PROCESSING` or `ABNORMAL`; `PROCESSING` keeps it from ending by itself.
    pub fn decide_refund(&self, out_refund_no: &str, status: RefundStatus) -> Result<(), Error> {
        self.act(|context| refund::decide(context, out_refund_no, status))
            .map_err(|undecidable| Error::Control(undecidable.to_string()))
    }

    /// Queues a notify made by hand; the argument is the body of `POST /_mock/push`. Gives its id.
    pub fn push(&self, event: Value) -> Result<String, Error> {
        let event = serde_json::from_value(event).map_err(|error| Error::Control(error.to_string()))?;
        self.act(|context| push::push(context, event))
    }

    /// Arms a fault. Faults live in memory; beyond [`crate::MOST_FAULTS`] the oldest gives way.
    pub fn add_fault(&self, fault: Fault) {
        self.core().faults.arm(fault);
    }

    /// Disarms all faults.
    pub fn clear_faults(&self) {
        self.core().faults.clear();
    }

    /// The switches of behaviour.
    pub fn settings(&self) -> Settings {
        self.core().state.settings.clone()
    }

    /// Sets all switches; they are kept in the data folder.
    pub fn set_settings(&self, settings: Settings) -> Result<(), Error> {
        if let Some(problem) = settings.problem() {
            return Err(Error::Control(problem.to_owned()));
        }
        self.core().commit(vec![settings.into()])
    }

    pub(crate) fn act<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&mut crate::core::context::Context<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let now = self.inner.clock.now();
        self.core().act(&self.inner.keys, now, work)
    }
}

/// The most bytes that an oversized body gains.
const MOST_OVERSIZE: usize = 64 << 20;

/// What a fault does to a body that is signed already.
fn spoil_body(answer: &mut Answer, fault: &FaultKind) {
    match fault {
        FaultKind::EmptyBody => answer.body.clear(),
        FaultKind::HtmlBody => {
            answer.headers.retain(|(name, _)| name != "Content-Type");
            answer.headers.push(("Content-Type".to_owned(), "text/html".to_owned()));
            answer.body = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>".to_vec();
        }
        FaultKind::TruncatedBody => answer.body.truncate(answer.body.len() / 2),
        FaultKind::OversizedBody { bytes } => {
            let more = usize::try_from(*bytes).unwrap_or(MOST_OVERSIZE).min(MOST_OVERSIZE);
            answer.body.resize(answer.body.len() + more, b' ');
        }
        _ => {}
    }
}

fn logged<T: Default>(error: Error) -> T {
    log::error!("{error}");
    T::default()
}
