//! The rows that the stand-in keeps, and the record of one change, which is one entry of the journal.

pub(crate) mod buyers;
pub(crate) mod complaints;
pub(crate) mod customs;
pub(crate) mod files;
pub(crate) mod notices;
pub(crate) mod payments;
mod settings;
pub(crate) mod shipping;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub(crate) use buyers::{Allowance, Identity, LoginCode, PhoneCode, Token, Tokens, User};
pub(crate) use complaints::{Complaint, Step, TradeComplaint, TradeStep};
pub use customs::CustomsState;
pub(crate) use customs::Declaration;
pub(crate) use files::{Bill, BillLink, Link, Picture};
pub(crate) use notices::{Hold, Message, Notice, ServiceCard};
pub use payments::RefundStatus;
pub(crate) use payments::{PaidOrder, Payment, Prepay, Refund};
pub use settings::{CustomsFiling, Settings};
pub(crate) use shipping::{Parcel, Received, Shipping, Waybill};

use super::tables::Keyed;
use crate::keys::PlatformKey;

/// Every table, one line each: its field in the state, how it is kept, its row, and what takes a row in where an index follows.
macro_rules! tables {
    ($expand:ident) => {
        $expand! {
            users: Table<User>, put_user;
            login_codes: Recent<LoginCode>;
            phone_codes: Recent<PhoneCode>;
            payments: Table<Payment>, put_payment;
            prepays: Recent<Prepay>;
            refunds: Table<Refund>, put_refund;
            notices: Table<Notice>, put_notice;
            shippings: Table<Shipping>, put_shipping;
            waybills: Table<Waybill>;
            allowances: Table<Allowance>;
            declarations: Table<Declaration>;
            bill_links: Recent<BillLink>;
            links: Recent<Link>;
            service_cards: Table<ServiceCard>;
            trade_complaints: Table<TradeComplaint>;
            complaints: Table<Complaint>;
            pictures: Recent<Picture>;
            platform_keys: Table<PlatformKey>;
        }
    };
}
pub(crate) use tables;

macro_rules! record {
    ($($field:ident: $table:ident<$row:ident> $(, $put:ident)?;)*) => {
        /// The whole new value of one row, or of one of the few things that there is one of.
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
            Settings(Box<Settings>),
            Tokens(Tokens),
            /// Those of the older call.
            PlainTokens(Tokens),
            Console(Console),
            /// A page that is not published and got a code all the same.
            UncheckedPage {
                page: String,
            },
            $($row(Box<$row>),)*
        }

        $(impl From<$row> for Record {
            fn from(row: $row) -> Self {
                Self::$row(Box::new(row))
            }
        })*
    };
}
tables!(record);

impl From<Settings> for Record {
    fn from(settings: Settings) -> Self {
        Self::Settings(Box::new(settings))
    }
}

impl From<Console> for Record {
    fn from(console: Console) -> Self {
        Self::Console(console)
    }
}

#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) appid: String,
    pub(crate) mchid: String,
}

impl Keyed for PlatformKey {
    fn key(&self) -> &str {
        &self.serial
    }
}

/// What the merchant set through calls.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Console {
    /// Where notifies of complaints go; empty for nowhere.
    pub(crate) complaint_url: String,
    /// The page behind WeChat's message "confirm receipt".
    pub(crate) jump_path: String,
    /// The page behind an order in the order centre, with WeChat's word for its number.
    #[serde(default)]
    pub(crate) order_detail_path: String,
    /// Codes of the limited kind that were drawn.
    #[serde(default)]
    pub(crate) limited_codes: u32,
    /// When WeChat last reminded that nothing was ever shipped.
    #[serde(default)]
    pub(crate) access_reminded_at: Option<DateTime<Utc>>,
}
