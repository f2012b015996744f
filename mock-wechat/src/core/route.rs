//! WeChat's paths that the stand-in knows, as one table.

use serde::{Deserialize, Serialize};

use super::picture::Form;
use crate::message::{Request, decode};

/// What a fault can be laid on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// Every call to WeChat, but no notify.
    #[serde(alias = "*")]
    Any,
    /// `GET /sns/jscode2session`
    #[serde(rename = "code2session")]
    Code2Session,
    /// `POST /cgi-bin/stable_token`
    StableToken,
    /// `POST /wxa/business/getuserphonenumber`
    PhoneNumber,
    /// `GET /wxa/checksession`
    CheckSession,
    /// `GET /wxa/resetusersessionkey`
    ResetSession,
    /// `POST /wxa/getwxacodeunlimit`
    UnlimitedCode,
    /// `POST /wxa/generatescheme`
    UrlScheme,
    /// `POST /wxa/generate_urllink`
    UrlLink,
    /// `POST /cgi-bin/message/subscribe/send`
    SubscribeSend,
    /// `POST /wxa/msg_sec_check`
    TextCheck,
    /// `POST /wxa/media_check_async`
    MediaCheck,
    /// `POST /wxa/sec/order/upload_shipping_info`
    ShippingUpload,
    /// `POST /wxa/sec/order/upload_combined_shipping_info`
    ShippingCombined,
    /// `POST /wxa/sec/order/get_order`
    ShippingOrder,
    /// `POST /wxa/sec/order/get_order_list`
    ShippingOrders,
    /// `POST /wxa/sec/order/notify_confirm_receive`
    ShippingRemind,
    /// `POST /wxa/sec/order/is_trade_managed` and `.../is_trade_management_confirmation_completed`
    TradeManaged,
    /// `POST /wxa/sec/order/set_msg_jump_path`
    MessageJumpPath,
    /// `POST /cgi-bin/express/delivery/open_msg/get_delivery_list`
    DeliveryList,
    /// `POST /cgi-bin/express/delivery/open_msg/trace_waybill`
    TraceWaybill,
    /// `POST /cgi-bin/express/delivery/open_msg/query_trace`
    QueryTrace,
    /// `POST /v3/pay/transactions/jsapi`
    Prepay,
    /// `GET /v3/pay/transactions/out-trade-no/{out_trade_no}` and `.../id/{transaction_id}`
    Query,
    /// `POST /v3/pay/transactions/out-trade-no/{out_trade_no}/close`
    Close,
    /// `POST /v3/refund/domestic/refunds`
    Refund,
    /// `GET /v3/refund/domestic/refunds/{out_refund_no}`
    RefundQuery,
    /// `POST /v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund`
    AbnormalRefund,
    /// `GET /v3/certificates`
    Certificates,
    /// `GET /v3/bill/tradebill`
    TradeBill,
    /// `GET /v3/bill/fundflowbill`
    FundFlowBill,
    /// `GET /v3/billdownload/file`
    BillFile,
    /// `/v3/merchant-service/complaints-v2...` and `/v3/merchant-service/complaint-notifications`
    Complaints,
    /// `POST /v3/merchant-service/images/upload`
    ImageUpload,
    /// `POST /cgi-bin/mch/customs/customdeclareorder`
    CustomsDeclare,
    /// `POST /cgi-bin/mch/customs/customdeclarequery`
    CustomsQuery,
    /// `POST /cgi-bin/mch/newcustoms/customdeclareredeclare`
    CustomsRedeclare,
    /// `/v3/global/customs/...`, and `/global/v3/customs/...` as older pages write
    GlobalCustoms,
    /// An attempt to deliver a notify.
    Notify,
}

/// How a call is authenticated, and how it is answered (contract part 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// `errcode` in JSON, always HTTP 200.
    Mini,
    /// Signed both ways.
    Pay,
    /// Signed by the merchant only: the file of a bill.
    PayFile,
    /// Pay v2: signed XML, always HTTP 200.
    Xml,
}

impl Route {
    pub(crate) fn family(self) -> Family {
        match self {
            Self::Any
            | Self::Prepay
            | Self::Query
            | Self::Close
            | Self::Refund
            | Self::RefundQuery
            | Self::AbnormalRefund
            | Self::Certificates
            | Self::TradeBill
            | Self::FundFlowBill
            | Self::Complaints
            | Self::ImageUpload
            | Self::GlobalCustoms
            | Self::Notify => Family::Pay,
            Self::BillFile => Family::PayFile,
            Self::CustomsDeclare | Self::CustomsQuery | Self::CustomsRedeclare => Family::Xml,
            _ => Family::Mini,
        }
    }

    /// Answers of Pay v3 carry `Wechatpay-*` headers.
    pub(crate) fn is_signed(self) -> bool {
        self.family() == Family::Pay
    }

    /// The merchant has to sign the request with `Authorization`.
    pub(crate) fn wants_authorization(self) -> bool {
        matches!(self.family(), Family::Pay | Family::PayFile)
    }
}

/// A call to WeChat with what its path says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Code2Session,
    StableToken,
    PhoneNumber,
    /// Any other mini program call: all of them take an access token.
    Mini(Route),
    Prepay,
    QueryByNumber(String),
    QueryByTransaction(String),
    Close(String),
    Refund,
    RefundQuery(String),
    /// With the `refund_id`.
    AbnormalRefund(String),
    Certificates,
    TradeBill,
    FundFlowBill,
    BillFile,
    Complaint(Complaint),
    /// A picture for a complaint, once the form is read.
    ImageUpload(Form),
    /// Pay v2 in XML.
    Customs(Route),
    GlobalCustoms(Global),
    /// Known path with another method, or no path of WeChat's.
    Unknown,
}

/// Consumer complaints (contract B.17).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Complaint {
    List,
    Detail(String),
    History(String),
    Response(String),
    Complete(String),
    RefundProgress(String),
    CreateUrl,
    ReadUrl,
    ChangeUrl,
    DeleteUrl,
}

/// Customs through v3 (contract C.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Global {
    Declare,
    Modify,
    Query,
    Identity,
    Redeclare,
}

impl Call {
    pub(crate) fn of(request: &Request) -> Self {
        let segments: Vec<&str> = request.path().split('/').skip(1).collect();
        match (request.method.as_str(), segments.as_slice()) {
            (_, ["sns", "jscode2session"]) => Self::Code2Session,
            (_, ["cgi-bin", "stable_token"]) => Self::StableToken,
            (_, ["wxa", "business", "getuserphonenumber"]) => Self::PhoneNumber,
            (method, ["v3", rest @ ..]) => Self::pay(method, rest),
            (method, ["global", "v3", "customs", last]) => global(method, last),
            (_, path) => match other(path) {
                Some(route) if route.family() == Family::Xml => Self::Customs(route),
                Some(route) => Self::Mini(route),
                None => Self::Unknown,
            },
        }
    }

    fn pay(method: &str, path: &[&str]) -> Self {
        match (method, path) {
            ("POST", ["pay", "transactions", "jsapi"]) => Self::Prepay,
            ("GET", ["pay", "transactions", "out-trade-no", number]) => Self::QueryByNumber(decode(number)),
            ("GET", ["pay", "transactions", "id", id]) => Self::QueryByTransaction(decode(id)),
            ("POST", ["pay", "transactions", "out-trade-no", number, "close"]) => Self::Close(decode(number)),
            ("POST", ["refund", "domestic", "refunds"]) => Self::Refund,
            ("GET", ["refund", "domestic", "refunds", number]) => Self::RefundQuery(decode(number)),
            ("POST", ["refund", "domestic", "refunds", id, "apply-abnormal-refund"]) => {
                Self::AbnormalRefund(decode(id))
            }
            ("GET", ["certificates"]) => Self::Certificates,
            ("GET", ["bill", "tradebill"]) => Self::TradeBill,
            ("GET", ["bill", "fundflowbill"]) => Self::FundFlowBill,
            ("GET", ["billdownload", "file"]) => Self::BillFile,
            ("POST", ["merchant-service", "images", "upload"]) => Self::ImageUpload(Form::default()),
            (method, ["merchant-service", rest @ ..]) => complaint(method, rest).map_or(Self::Unknown, Self::Complaint),
            (method, ["global", "customs", last]) => global(method, last),
            _ => Self::Unknown,
        }
    }

    pub(crate) fn route(&self) -> Route {
        match self {
            Self::Code2Session => Route::Code2Session,
            Self::StableToken => Route::StableToken,
            Self::PhoneNumber => Route::PhoneNumber,
            Self::Prepay => Route::Prepay,
            Self::QueryByNumber(_) | Self::QueryByTransaction(_) => Route::Query,
            Self::Close(_) => Route::Close,
            Self::Refund => Route::Refund,
            Self::RefundQuery(_) => Route::RefundQuery,
            Self::AbnormalRefund(_) => Route::AbnormalRefund,
            Self::Certificates => Route::Certificates,
            Self::TradeBill => Route::TradeBill,
            Self::FundFlowBill => Route::FundFlowBill,
            Self::BillFile => Route::BillFile,
            Self::Complaint(_) => Route::Complaints,
            Self::ImageUpload(_) => Route::ImageUpload,
            Self::GlobalCustoms(_) => Route::GlobalCustoms,
            Self::Mini(route) | Self::Customs(route) => *route,
            Self::Unknown => Route::Any,
        }
    }
}

/// Calls whose method is judged later, because WeChat answers it in the body.
fn other(path: &[&str]) -> Option<Route> {
    Some(match path {
        ["wxa", "checksession"] => Route::CheckSession,
        ["wxa", "resetusersessionkey"] => Route::ResetSession,
        ["wxa", "getwxacodeunlimit"] => Route::UnlimitedCode,
        ["wxa", "generatescheme"] => Route::UrlScheme,
        ["wxa", "generate_urllink"] => Route::UrlLink,
        ["wxa", "msg_sec_check"] => Route::TextCheck,
        ["wxa", "media_check_async"] => Route::MediaCheck,
        ["cgi-bin", "message", "subscribe", "send"] => Route::SubscribeSend,
        ["wxa", "sec", "order", call] => match *call {
            "upload_shipping_info" => Route::ShippingUpload,
            "upload_combined_shipping_info" => Route::ShippingCombined,
            "get_order" => Route::ShippingOrder,
            "get_order_list" => Route::ShippingOrders,
            "notify_confirm_receive" => Route::ShippingRemind,
            "is_trade_managed" | "is_trade_management_confirmation_completed" => Route::TradeManaged,
            "set_msg_jump_path" => Route::MessageJumpPath,
            _ => return None,
        },
        ["cgi-bin", "express", "delivery", "open_msg", call] => match *call {
            "get_delivery_list" => Route::DeliveryList,
            "trace_waybill" => Route::TraceWaybill,
            "query_trace" => Route::QueryTrace,
            _ => return None,
        },
        ["cgi-bin", "mch", "customs", "customdeclareorder"] => Route::CustomsDeclare,
        ["cgi-bin", "mch", "customs", "customdeclarequery"] => Route::CustomsQuery,
        ["cgi-bin", "mch", "newcustoms", "customdeclareredeclare"] => Route::CustomsRedeclare,
        _ => return None,
    })
}

fn complaint(method: &str, path: &[&str]) -> Option<Complaint> {
    Some(match (method, path) {
        ("GET", ["complaints-v2"]) => Complaint::List,
        ("GET", ["complaints-v2", id]) => Complaint::Detail(decode(id)),
        ("GET", ["complaints-v2", id, "negotiation-historys"]) => Complaint::History(decode(id)),
        ("POST", ["complaints-v2", id, "response"]) => Complaint::Response(decode(id)),
        ("POST", ["complaints-v2", id, "complete"]) => Complaint::Complete(decode(id)),
        ("POST", ["complaints-v2", id, "update-refund-progress"]) => Complaint::RefundProgress(decode(id)),
        ("POST", ["complaint-notifications"]) => Complaint::CreateUrl,
        ("GET", ["complaint-notifications"]) => Complaint::ReadUrl,
        ("PUT", ["complaint-notifications"]) => Complaint::ChangeUrl,
        ("DELETE", ["complaint-notifications"]) => Complaint::DeleteUrl,
        _ => return None,
    })
}

fn global(method: &str, last: &str) -> Call {
    Call::GlobalCustoms(match (method, last) {
        ("POST", "orders") => Global::Declare,
        ("PATCH", "orders") => Global::Modify,
        ("GET", "orders") => Global::Query,
        ("POST", "verify-certificate") => Global::Identity,
        ("POST", "redeclare") => Global::Redeclare,
        _ => return Call::Unknown,
    })
}
