//! A client of WeChat for one merchant: the mini program's server API, WeChat Pay v3 of a direct merchant, customs declaration, and the
//! messages that WeChat pushes.
//!
//! The crate knows nothing of orders, customers or a database. It turns typed requests into signed bytes, and
//! answers and notifies that **prove** that WeChat sent them into typed values. Time comes from a
//! [`Clock`] of the application.
//!
//! ```text
//! PayClient / MiniClient  ->  Breaker  ->  ReqwestTransport  ->  WeChat (or its stand-in)
//!        |                                                              |
//!   Outcome<T>  <-  judge  <-  verify on raw bytes  <------------------ answer
//! ```
//!
//! - Every call ends as [`Outcome`]: done, [refused](CallError::Refused), [throttled](CallError::Throttled) or
//!   [unknown](CallError::Unknown). Unknown is never "failed": ask by the same number, or send the same bytes again.
//! - One [`ReqwestTransport`] in one [`Breaker`] serves both clients; the breaker keeps a state for each host:
//!
//!   ```
//!   # use std::sync::Arc;
//!   # use wechat_client::{Breaker, MiniClient, PayClient, RefusalCode, ReqwestTransport, SystemClock, Transport};
//!   # mod stand_in { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doctests/stand_in.rs")); }
//!   # #[actix_web::main]
//!   # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!   # let stand_in = stand_in::StandIn::start()?;
//!   # let (pay_credentials, mini_credentials) = (stand_in.pay_credentials(), stand_in.mini_credentials());
//!   # let settings = stand_in::plain_http();
//!   let clock = SystemClock;
//!   let direct = Arc::new(ReqwestTransport::new(&settings)?);
//!   let wechat: Arc<dyn Transport> = Arc::new(Breaker::new(direct, clock));
//!   // A constructor reports all faults of the credentials at once, in words for the operator.
//!   let told = |faults: Vec<String>| faults.join("; ");
//!   let pay = PayClient::new(&pay_credentials, wechat.clone(), clock).map_err(told)?;
//!   let mini = MiniClient::new(&mini_credentials, wechat, clock).map_err(told)?;
//!
//!   let refused = pay.query_by_out_trade_no("ORDER-0001").await.unwrap_err();
//!   assert_eq!(refused.refusal_code(), Some(&RefusalCode::OrderNotExist));
//!   assert!(mini.access_token().await.is_ok());
//!   # Ok(())
//!   # }
//!   ```
//! - Requests that may have to be repeated byte for byte ([`PayClient::prepay_body`], [`PayClient::refund_body`]) are
//!   built once, stored by the caller, and sent as stored.
//! - Money is `i64` fen. A fraction, a string or a negative amount in an answer makes the answer unreadable.
//! - No secret (`AppSecret`, `access_token`, `session_key`, `APIv3` key, private key) is in any `Debug`, `Display` or log line.
//! - An RSA signature takes about 1 ms of CPU. Callers may sign on an actix worker: it is rarer and shorter than the
//!   rest of an order, and a hop to another thread costs more than it saves.

#![warn(missing_docs, unreachable_pub)]

mod breaker;
mod clock;
mod crypto;
mod customs;
mod mini;
mod outcome;
mod pay;
mod push;
mod transport;

#[cfg(test)]
mod testing;

pub use breaker::{Breaker, BreakerSettings};
pub use clock::{Clock, SystemClock};
pub use crypto::{CryptoFault, OpenFault};
pub use customs::{
    CUSTOMS_BASE_URL, CUSTOMS_GUANGZHOU_ZS, CUSTOMS_ZONGSHU, CustomsClient, CustomsCredentials, CustomsKey,
    CustomsQuery, CustomsState, Declaration, DeclarationList, DeclarationRecord, DeclareOrder, DeclarePart,
    GLOBAL_CUSTOMS_PATH, GlobalCustoms, GlobalCustomsSettings, IdentityCheck, PAY_GLOBAL_BASE_URL, PayerIdentity,
    Redeclare, SignMethod, VerifyDepartment,
};
pub use mini::{
    CardGoods, CardState, CombinedUpload, ComplaintAnswer, Delivery, DeliveryCompany, FieldFault, ImageFormat,
    LineColour, Link, LinkExpiry, LocalTokens, Logistics, MINI_BASE_URL, ManagedOrder, ManagedParcel, MaskedPhone,
    MediaKind, MiniClient, MiniCode, MiniCredentials, MiniVersion, OpenDataFault, OrderKey, OrderListQuery, OrderPage,
    OrderState, Parcel, PhoneNumber, QrCode, QrImage, ServiceCard, Session, ShippingUpload, SubOrder, SubscribeMessage,
    TextCheck, TextDetail, TextScene, TextVerdict, TokenRecord, TokenStore, TokenStoreFault, TracedGoods, TracedParcel,
    TradeComplaint, Uploaded, Verdict, WaybillState, WaybillTrace, cut_to_thing, is_raw_data_signed,
};
pub use outcome::{CallError, Outcome, Refusal, RefusalCode, Throttle, Unknown, UnknownCause, outcome_word};
pub use pay::{
    AbnormalPayee, AbnormalRefund, Backoff, Bill, BillDirection, BillLink, BillTradeState, CertificateRefresh,
    ClockHealth, Complaint, ComplaintEvent, ComplaintNotice, ComplaintOrder, ComplaintPage, ComplaintReply,
    ComplaintSearch, ComplaintState, DESCRIPTION_LIMIT_CHARS, FieldPadding, FundAccount, FundFlowBill, FundFlowRow,
    MalformedData, NegotiationEntry, NegotiationPage, NotifyEvent, NotifyRefused, OddLine, PAY_BACKUP_URL,
    PAY_BASE_URL, PayClient, PayCredentials, PayParams, PayerPhone, PrepayOrder, ProblemType, Refund, RefundAmount,
    RefundNotice, RefundOrder, RefundStatus, RefundTarget, ReplyLink, SignatureHeaders, TradeBill, TradeBillKind,
    TradeBillRow, TradeState, Transaction, TransactionAmount, VerifiedNotify, VerifyFault,
};
pub use push::{
    ManagedTrade, MediaVerdict, MessagePush, PushCredentials, PushEvent, PushMessage, PushQuery, PushRefused,
    Settlement, SubscribeAnswer, SubscribeReport,
};
pub use transport::{
    AnswerLimits, InboundAnswer, Method, OutboundRequest, ReqwestTransport, Transport, TransportError,
    TransportSettings,
};

/// The example of the README, as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
