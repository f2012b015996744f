//! Everything the stand-in remembers, as records that are upserted one by one.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::bills::BillLink;
use super::complaints::Complaint;
use super::customs::Declaration;
use super::picture::Picture;
use super::settings::{RefundStatus, Settings};
use super::shipping::Shipping;
use super::tables::{Dated, Keyed, Recent, Table};
use super::waybill::Waybill;
use crate::keys::PlatformKey;
use crate::seal::Seal;

/// One line of the journal: the whole new value of one row.
#[derive(Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub(crate) enum Record {
    Owner(Owner),
    /// How many times this data folder was opened.
    Openings {
        count: u64,
    },
    Clock {
        offset_ms: i64,
    },
    Settings(Settings),
    User(User),
    LoginCode(LoginCode),
    PhoneCode(PhoneCode),
    Tokens(Tokens),
    Payment(Box<Payment>),
    Prepay(Prepay),
    Refund(Box<Refund>),
    Notice(Box<Notice>),
    Shipping(Box<Shipping>),
    Waybill(Waybill),
    Allowance(Allowance),
    Declaration(Box<Declaration>),
    BillLink(BillLink),
    Complaint(Box<Complaint>),
    Picture(Picture),
    Console(Console),
    /// A page that is not published and got a code all the same.
    UncheckedPage {
        page: String,
    },
    PlatformKey(Box<PlatformKey>),
}

#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) appid: String,
    pub(crate) mchid: String,
}

/// A person with WeChat, by the name that tests use.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) openid: String,
    /// Only of an app that is bound to an open platform account.
    #[serde(default)]
    pub(crate) unionid: Option<String>,
    /// The one valid `session_key`, once a login code was redeemed.
    pub(crate) session_key: Option<String>,
    /// When the `session_key` dies; a reset keeps it (contract A.4).
    #[serde(default)]
    pub(crate) key_expires_at: Option<DateTime<Utc>>,
    /// The last time in the mini program.
    #[serde(default)]
    pub(crate) seen_at: Option<DateTime<Utc>>,
    /// WeChat refuses the login of a high-risk user (40226).
    #[serde(default)]
    pub(crate) blocked: bool,
    /// Whom WeChat knows this payer to be; whatever the merchant says is right while it is unknown.
    #[serde(default)]
    pub(crate) identity: Option<Identity>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) id_number: String,
    pub(crate) name: String,
}

impl User {
    pub(crate) fn new(name: &str, openid: String) -> Self {
        Self {
            name: name.to_owned(),
            openid,
            unionid: None,
            session_key: None,
            key_expires_at: None,
            seen_at: None,
            blocked: false,
            identity: None,
        }
    }
}

/// How many messages of a template a user has accepted and not got yet.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Allowance {
    pub(crate) key: String,
    pub(crate) left: u32,
}

impl Allowance {
    pub(crate) fn key_of(openid: &str, template: &str) -> String {
        format!("{openid} {template}")
    }
}

/// What the merchant set through calls.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Console {
    /// Where notifies of complaints go; empty for nowhere.
    pub(crate) complaint_url: String,
    /// The page behind WeChat's message "confirm receipt".
    pub(crate) jump_path: String,
    /// When WeChat last reminded that nothing was ever shipped.
    #[serde(default)]
    pub(crate) access_reminded_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LoginCode {
    pub(crate) code: String,
    pub(crate) user: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) used: bool,
}

/// A code of the phone button (contract A.5).
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PhoneCode {
    pub(crate) code: String,
    pub(crate) user: String,
    /// Without the country code.
    pub(crate) phone: String,
    pub(crate) country_code: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) used: bool,
}

/// The stable access token (contract A.3).
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Tokens {
    pub(crate) current: Token,
    /// Still good in the minutes after a regular renewal; gone after a forced one.
    pub(crate) previous: Option<Token>,
    pub(crate) forced_at: Option<DateTime<Utc>>,
    /// Forced renewals on the Beijing day of `forced_at`.
    pub(crate) forced_that_day: u32,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) value: String,
    pub(crate) expires_at: DateTime<Utc>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) out_trade_no: String,
    /// SHA-256 of the first prepay's parameters, for re-entry.
    pub(crate) params_sha256: String,
    pub(crate) openid: String,
    pub(crate) total_fen: i64,
    pub(crate) notify_url: String,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) attach: Option<String>,
    pub(crate) device_id: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    /// The last moment to pay.
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) paid: Option<PaidOrder>,
    pub(crate) closed_at: Option<DateTime<Utc>>,
    pub(crate) refunds: u32,
    /// Accepted refunds that are not `CLOSED`.
    pub(crate) refund_promised_fen: i64,
    /// Refunds with status `SUCCESS`.
    pub(crate) refunded_fen: i64,
    pub(crate) last_refund_at: Option<DateTime<Utc>>,
    /// WeChat has reminded to ship it.
    #[serde(default)]
    pub(crate) overdue_told: bool,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PaidOrder {
    pub(crate) transaction_id: String,
    pub(crate) at: DateTime<Utc>,
}

impl Payment {
    /// Contract B.7: a refund turns the state, whatever becomes of it.
    pub(crate) fn trade_state(&self) -> &'static str {
        match (&self.paid, self.closed_at) {
            (Some(_), _) if self.refunds > 0 => "REFUND",
            (Some(_), _) => "SUCCESS",
            (None, Some(_)) => "CLOSED",
            (None, None) => "NOTPAY",
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Prepay {
    pub(crate) id: String,
    pub(crate) out_trade_no: String,
    pub(crate) created_at: DateTime<Utc>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) out_refund_no: String,
    /// SHA-256 of the first request's parameters, for re-entry.
    pub(crate) params_sha256: String,
    pub(crate) id: String,
    pub(crate) out_trade_no: String,
    pub(crate) transaction_id: String,
    pub(crate) amount_fen: i64,
    pub(crate) total_fen: i64,
    pub(crate) notify_url: Option<String>,
    pub(crate) status: RefundStatus,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) success_time: Option<DateTime<Utc>>,
    /// Another way than back to where it came from, after an abnormal refund.
    #[serde(default)]
    pub(crate) channel: Option<String>,
    /// When it ends by itself, and how.
    pub(crate) settles: Option<(DateTime<Utc>, RefundStatus)>,
}

/// A notify in the queue, or done.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Notice {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) body: String,
    pub(crate) event_type: String,
    pub(crate) subject: String,
    pub(crate) seal: Seal,
    /// Follow the retry schedule after a failure.
    pub(crate) retried: bool,
    pub(crate) attempts: u32,
    pub(crate) last_status: Option<u16>,
    pub(crate) delivered: bool,
    pub(crate) due: Option<DateTime<Utc>>,
    pub(crate) hold: Hold,
    /// Set on events of the message push, which are signed in the query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<Message>,
}

/// An event of the message push.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Message {
    /// Stands in the query too.
    pub(crate) openid: String,
}

/// Whether a fault has put a notify off. That happens once at most.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Hold {
    Never,
    /// Waits for the next delivery of another notify.
    ForOther,
    Over,
}

macro_rules! keyed {
    ($($row:ty => $field:ident),*) => {
        $(impl Keyed for $row {
            fn key(&self) -> &str {
                &self.$field
            }
        })*
    };
}

keyed!(User => name, LoginCode => code, PhoneCode => code, Payment => out_trade_no, Prepay => id,
    Refund => out_refund_no, Notice => id, Shipping => transaction_id, Waybill => token, Allowance => key,
    Declaration => key, BillLink => token, Complaint => id, PlatformKey => serial);

impl Dated for LoginCode {
    const KEPT: TimeDelta = TimeDelta::hours(1);
    fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }
}

impl Dated for PhoneCode {
    const KEPT: TimeDelta = TimeDelta::hours(1);
    fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }
}

impl Dated for Prepay {
    const KEPT: TimeDelta = TimeDelta::days(1);
    fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }
}

impl Dated for BillLink {
    const KEPT: TimeDelta = TimeDelta::hours(1);
    fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }
}

/// All rows and the indexes over them.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) owner: Option<Owner>,
    pub(crate) openings: u64,
    pub(crate) clock_offset_ms: i64,
    pub(crate) settings: Settings,
    pub(crate) users: Table<User>,
    pub(crate) user_by_openid: HashMap<String, String>,
    pub(crate) login_codes: Recent<LoginCode>,
    pub(crate) phone_codes: Recent<PhoneCode>,
    pub(crate) tokens: Option<Tokens>,
    pub(crate) payments: Table<Payment>,
    pub(crate) number_by_transaction: HashMap<String, String>,
    pub(crate) prepays: Recent<Prepay>,
    pub(crate) refunds: Table<Refund>,
    pub(crate) notices: Table<Notice>,
    /// Notifies by the time of their next attempt.
    pub(crate) due: BTreeSet<(DateTime<Utc>, String)>,
    /// Refunds by the time when they end.
    pub(crate) settling: BTreeSet<(DateTime<Utc>, String)>,
    /// Notifies that wait for another one.
    pub(crate) waiting: BTreeSet<String>,
    pub(crate) shippings: Table<Shipping>,
    /// Shipped orders by the time when something happens to them.
    pub(crate) shipping_due: BTreeSet<(DateTime<Utc>, String)>,
    /// Something was shipped, ever.
    pub(crate) has_shipped: bool,
    /// Paid orders that are to be shipped and nobody was reminded of, by the time of payment.
    pub(crate) unshipped: BTreeSet<(DateTime<Utc>, String)>,
    pub(crate) waybills: Table<Waybill>,
    pub(crate) allowances: Table<Allowance>,
    pub(crate) declarations: Table<Declaration>,
    pub(crate) bill_links: Recent<BillLink>,
    pub(crate) complaints: Table<Complaint>,
    pub(crate) pictures: Recent<Picture>,
    pub(crate) console: Console,
    /// As many as the settings say, at most.
    pub(crate) unchecked_pages: BTreeSet<String>,
    /// Platform keys that came after the account's own.
    pub(crate) platform_keys: Table<PlatformKey>,
}

impl State {
    /// The only way in which state changes, live and at replay.
    pub(crate) fn apply(&mut self, record: Record) {
        match record {
            Record::Owner(owner) => self.owner = Some(owner),
            Record::Openings { count } => self.openings = count,
            Record::Clock { offset_ms } => self.clock_offset_ms = offset_ms,
            Record::Settings(settings) => self.settings = settings,
            Record::User(user) => {
                self.user_by_openid.insert(user.openid.clone(), user.name.clone());
                self.users.put(user);
            }
            Record::LoginCode(code) => self.login_codes.put(code),
            Record::PhoneCode(code) => self.phone_codes.put(code),
            Record::Tokens(tokens) => self.tokens = Some(tokens),
            Record::Payment(payment) => self.put_payment(*payment),
            Record::Prepay(prepay) => self.prepays.put(prepay),
            Record::Refund(refund) => self.put_refund(*refund),
            Record::Notice(notice) => self.put_notice(*notice),
            Record::Shipping(shipping) => self.put_shipping(*shipping),
            Record::Waybill(waybill) => drop(self.waybills.put(waybill)),
            Record::Allowance(allowance) => drop(self.allowances.put(allowance)),
            Record::Declaration(declaration) => drop(self.declarations.put(*declaration)),
            Record::BillLink(link) => self.bill_links.put(link),
            Record::Complaint(complaint) => drop(self.complaints.put(*complaint)),
            Record::Picture(picture) => self.pictures.put(picture),
            Record::Console(console) => self.console = console,
            Record::UncheckedPage { page } => {
                self.unchecked_pages.insert(page);
            }
            Record::PlatformKey(key) => drop(self.platform_keys.put(*key)),
        }
    }

    pub(crate) fn user_of(&self, openid: &str) -> Option<&User> {
        self.user_by_openid.get(openid).and_then(|name| self.users.get(name))
    }

    fn put_shipping(&mut self, shipping: Shipping) {
        let id = shipping.transaction_id.clone();
        let next = shipping.next;
        if shipping.shipped_at.is_some() {
            self.has_shipped = true;
            let number = &shipping.out_trade_no;
            if let Some(paid) = self.payments.get(number).and_then(|payment| payment.paid.as_ref()) {
                self.unshipped.remove(&(paid.at, number.clone()));
            }
        }
        if let Some(at) = self.shippings.put(shipping).and_then(|old| old.next) {
            self.shipping_due.remove(&(at, id.clone()));
        }
        if let Some(at) = next {
            self.shipping_due.insert((at, id));
        }
    }

    fn put_payment(&mut self, payment: Payment) {
        if let Some(paid) = &payment.paid {
            let number = &payment.out_trade_no;
            self.number_by_transaction.insert(paid.transaction_id.clone(), number.clone());
            let shipped = self.shippings.get(&paid.transaction_id).is_some_and(|row| row.shipped_at.is_some());
            if shipped || payment.overdue_told || payment.refunded_fen >= payment.total_fen {
                self.unshipped.remove(&(paid.at, number.clone()));
            } else {
                self.unshipped.insert((paid.at, number.clone()));
            }
        }
        self.payments.put(payment);
    }

    fn put_refund(&mut self, refund: Refund) {
        let number = refund.out_refund_no.clone();
        let settles = refund.settles;
        let old = self.refunds.put(refund).and_then(|old| old.settles);
        if let Some((at, _)) = old {
            self.settling.remove(&(at, number.clone()));
        }
        if let Some((at, _)) = settles {
            self.settling.insert((at, number));
        }
    }

    fn put_notice(&mut self, notice: Notice) {
        let id = notice.id.clone();
        let due = notice.due;
        if notice.hold == Hold::ForOther {
            self.waiting.insert(id.clone());
        } else {
            self.waiting.remove(&id);
        }
        if let Some(at) = self.notices.put(notice).and_then(|old| old.due) {
            self.due.remove(&(at, id.clone()));
        }
        if let Some(at) = due {
            self.due.insert((at, id));
        }
    }

    /// As few records as describe the same state.
    pub(crate) fn records(&self) -> impl Iterator<Item = Record> {
        let head = [
            self.owner.clone().map(Record::Owner),
            Some(Record::Openings { count: self.openings }),
            Some(Record::Clock { offset_ms: self.clock_offset_ms }),
            Some(Record::Settings(self.settings.clone())),
            self.tokens.clone().map(Record::Tokens),
            Some(Record::Console(self.console.clone())),
        ];
        head.into_iter()
            .flatten()
            .chain(self.users.rows().cloned().map(Record::User))
            .chain(self.login_codes.rows().cloned().map(Record::LoginCode))
            .chain(self.phone_codes.rows().cloned().map(Record::PhoneCode))
            .chain(self.payments.rows().cloned().map(|row| Record::Payment(Box::new(row))))
            .chain(self.prepays.rows().cloned().map(Record::Prepay))
            .chain(self.refunds.rows().cloned().map(|row| Record::Refund(Box::new(row))))
            .chain(self.notices.rows().cloned().map(|row| Record::Notice(Box::new(row))))
            .chain(self.shippings.rows().cloned().map(|row| Record::Shipping(Box::new(row))))
            .chain(self.waybills.rows().cloned().map(Record::Waybill))
            .chain(self.allowances.rows().cloned().map(Record::Allowance))
            .chain(self.declarations.rows().cloned().map(|row| Record::Declaration(Box::new(row))))
            .chain(self.bill_links.rows().cloned().map(Record::BillLink))
            .chain(self.complaints.rows().cloned().map(|row| Record::Complaint(Box::new(row))))
            .chain(self.pictures.rows().cloned().map(Record::Picture))
            .chain(self.unchecked_pages.iter().cloned().map(|page| Record::UncheckedPage { page }))
            .chain(self.platform_keys.rows().cloned().map(|row| Record::PlatformKey(Box::new(row))))
    }
}
