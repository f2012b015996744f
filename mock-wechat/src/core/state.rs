//! Everything the stand-in remembers: tables of rows that are replaced one by one, and the indexes over them.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::records::Settings;
use super::records::{
    Allowance, BillLink, Complaint, Console, Declaration, Hold, Link, LoginCode, Notice, Owner, Payment, PhoneCode,
    Picture, Prepay, Record, Refund, ServiceCard, Shipping, Token, Tokens, TradeComplaint, User, Waybill, tables,
};
use super::tables::{Recent, Table};
use crate::keys::PlatformKey;

/// Takes a row into its table, through what keeps an index where there is one.
macro_rules! put {
    ($state:ident, $row:expr, $field:ident) => {{
        $state.$field.put($row);
    }};
    ($state:ident, $row:expr, $field:ident, $put:ident) => {
        $state.$put($row)
    };
}

macro_rules! state {
    ($($field:ident: $table:ident<$row:ident> $(, $put:ident)?;)*) => {
        /// All rows and the indexes over them.
        #[derive(Default)]
        pub(crate) struct State {
            pub(crate) owner: Option<Owner>,
            pub(crate) openings: u64,
            pub(crate) clock_offset_ms: i64,
            pub(crate) settings: Settings,
            pub(crate) tokens: Option<Tokens>,
            pub(crate) plain_tokens: Option<Tokens>,
            pub(crate) console: Console,
            /// As many as the settings say, at most.
            pub(crate) unchecked_pages: BTreeSet<String>,
            $(pub(crate) $field: $table<$row>,)*
            pub(crate) user_by_openid: HashMap<String, String>,
            pub(crate) number_by_transaction: HashMap<String, String>,
            /// Notifies by the time of their next attempt.
            pub(crate) due: BTreeSet<(DateTime<Utc>, String)>,
            /// Notifies that wait for another one.
            pub(crate) waiting: BTreeSet<String>,
            /// Refunds by the time when they end.
            pub(crate) settling: BTreeSet<(DateTime<Utc>, String)>,
            /// Shipped orders by the time when something happens to them.
            pub(crate) shipping_due: BTreeSet<(DateTime<Utc>, String)>,
            /// Something was shipped, ever.
            pub(crate) has_shipped: bool,
            /// Paid orders that are to be shipped and nobody was reminded of, by the time of payment.
            pub(crate) unshipped: BTreeSet<(DateTime<Utc>, String)>,
        }

        impl State {
            /// The only way in which state changes, live and at replay.
            pub(crate) fn apply(&mut self, record: Record) {
                match record {
                    Record::Owner(owner) => self.owner = Some(owner),
                    Record::Openings { count } => self.openings = count,
                    Record::Clock { offset_ms } => self.clock_offset_ms = offset_ms,
                    Record::Settings(settings) => self.settings = *settings,
                    Record::Tokens(tokens) => self.tokens = Some(tokens),
                    Record::PlainTokens(tokens) => self.plain_tokens = Some(tokens),
                    Record::Console(console) => self.console = console,
                    Record::UncheckedPage { page } => {
                        self.unchecked_pages.insert(page);
                    }
                    $(Record::$row(row) => put!(self, *row, $field $(, $put)?),)*
                }
            }

            /// As few records as describe the same state.
            pub(crate) fn records(&self) -> impl Iterator<Item = Record> {
                let single = [
                    self.owner.clone().map(Record::Owner),
                    Some(Record::Openings { count: self.openings }),
                    Some(Record::Clock { offset_ms: self.clock_offset_ms }),
                    Some(self.settings.clone().into()),
                    self.tokens.clone().map(Record::Tokens),
                    self.plain_tokens.clone().map(Record::PlainTokens),
                    Some(Record::Console(self.console.clone())),
                ];
                let pages = self.unchecked_pages.iter().cloned().map(|page| Record::UncheckedPage { page });
                single.into_iter().flatten().chain(pages)$(.chain(self.$field.rows().cloned().map(Record::from)))*
            }
        }
    };
}
tables!(state);

impl State {
    /// Tokens of both calls, of which some may have expired.
    pub(crate) fn access_tokens(&self) -> impl Iterator<Item = &Token> {
        let both = self.tokens.iter().chain(&self.plain_tokens);
        both.flat_map(|tokens| [Some(&tokens.current), tokens.previous.as_ref()]).flatten()
    }

    pub(crate) fn user_of(&self, openid: &str) -> Option<&User> {
        self.user_by_openid.get(openid).and_then(|name| self.users.get(name))
    }

    fn put_user(&mut self, user: User) {
        self.user_by_openid.insert(user.openid.clone(), user.name.clone());
        self.users.put(user);
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
}
