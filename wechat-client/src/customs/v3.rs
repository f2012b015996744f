//! The way of WeChat Pay Global: JSON under the v3 signature (pages "customs", chapter 4.3 of the external
//! documents).
//!
//! Whether a mainland merchant may use it is unconfirmed, so [`CustomsClient`](crate::CustomsClient) is the
//! default, and the host, the path's prefix and the padding can be chosen.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::customs::declaration::{
    CustomsKey, CustomsQuery, CustomsState, Declaration, DeclarationList, DeclarationRecord, DeclareOrder, DeclarePart,
    IdentityCheck, PayerIdentity, Redeclare, VerifyDepartment,
};
use crate::outcome::{CallError, Outcome, UnknownCause};
use crate::pay::{FieldPadding, PayCall, PayClient, optional_fen, refused_for};

/// WeChat Pay Global's host for merchants of the region: the `base_url` of a [`PayClient`] for these calls.
pub const PAY_GLOBAL_BASE_URL: &str = "https://apihk.mch.weixin.qq.com";

/// The path's prefix in newer pages; older ones write `/global/v3/customs`.
pub const GLOBAL_CUSTOMS_PATH: &str = "/v3/global/customs";

/// Most records of one page of a query.
const PAGE_LIMIT: usize = 20;

/// What pages and times disagree about.
#[derive(Debug, Clone)]
pub struct GlobalCustomsSettings {
    /// [`GLOBAL_CUSTOMS_PATH`], or `/global/v3/customs`.
    pub path: String,
    /// Padding of identity fields; the customs pages ask for PKCS#1 v1.5, all others for OAEP.
    pub padding: FieldPadding,
}

impl Default for GlobalCustomsSettings {
    fn default() -> Self {
        Self { path: GLOBAL_CUSTOMS_PATH.to_owned(), padding: FieldPadding::Pkcs1V15 }
    }
}

/// The customs calls of WeChat Pay Global. The client behind it has its own host and keys.
pub struct GlobalCustoms {
    pay: Arc<PayClient>,
    settings: GlobalCustomsSettings,
}

impl fmt::Debug for GlobalCustoms {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("GlobalCustoms").field("pay", &self.pay).field("settings", &self.settings).finish()
    }
}

#[derive(Serialize)]
struct DeclareBody<'o> {
    appid: &'o str,
    mchid: &'o str,
    out_trade_no: &'o str,
    transaction_id: &'o str,
    customs: &'o str,
    merchant_customs_no: &'o str,
    #[serde(skip_serializing_if = "Option::is_none")]
    duty: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_order_no: Option<&'o str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fee_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_fee: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transport_fee: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_fee: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_name: Option<String>,
}

#[derive(Serialize)]
struct RedeclareBody<'r> {
    appid: &'r str,
    mchid: &'r str,
    customs: &'r str,
    merchant_customs_no: &'r str,
    #[serde(flatten)]
    by: std::collections::BTreeMap<&'static str, &'r str>,
}

#[derive(Deserialize)]
struct DeclareAnswer {
    state: String,
    #[serde(default)]
    out_trade_no: Option<String>,
    #[serde(default)]
    transaction_id: Option<String>,
    #[serde(default)]
    sub_order_no: Option<String>,
    #[serde(default)]
    sub_order_id: Option<String>,
    #[serde(default)]
    modify_time: Option<String>,
    #[serde(default)]
    verify_department: Option<String>,
    #[serde(default)]
    verify_department_trade_id: Option<String>,
    #[serde(default)]
    explanation: Option<String>,
}

#[derive(Deserialize)]
struct CheckAnswer {
    #[serde(default)]
    transaction_id: Option<String>,
    certificate_check_result: String,
}

#[derive(Deserialize)]
struct QueryAnswer {
    #[serde(default)]
    transaction_id: Option<String>,
    #[serde(default)]
    verify_department: Option<String>,
    #[serde(default)]
    verify_department_trade_id: Option<String>,
    total_count: usize,
    data: Vec<QueryRecord>,
}

/// The request says `merchant_customs_no`, this answer `mch_customs_no`.
#[derive(Deserialize)]
struct QueryRecord {
    #[serde(default)]
    sub_order_no: Option<String>,
    #[serde(default)]
    sub_order_id: Option<String>,
    #[serde(default, alias = "merchant_customs_no")]
    mch_customs_no: Option<String>,
    #[serde(default)]
    customs: Option<String>,
    #[serde(default, deserialize_with = "optional_fen")]
    order_fee: Option<i64>,
    #[serde(default, deserialize_with = "optional_fen")]
    duty: Option<i64>,
    #[serde(default, deserialize_with = "optional_fen")]
    transport_fee: Option<i64>,
    #[serde(default, deserialize_with = "optional_fen")]
    product_fee: Option<i64>,
    state: String,
    #[serde(default)]
    explanation: Option<String>,
    #[serde(default)]
    modify_time: Option<String>,
}

impl GlobalCustoms {
    /// Takes a client whose host is [`PAY_GLOBAL_BASE_URL`] (or the stand-in).
    pub fn new(pay: Arc<PayClient>, settings: GlobalCustomsSettings) -> Result<Self, String> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'/';
        let path = &settings.path;
        if !path.starts_with('/') || path.ends_with('/') || !path.bytes().all(fits) {
            return Err("path must begin, and not end, with a slash".to_owned());
        }
        Ok(Self { pay, settings })
    }

    /// Declares a payment. An identity in it is not sent: [`verify_identity`](Self::verify_identity) is its own call.
    /// After an unknown outcome [query](Self::query).
    pub async fn declare(&self, order: &DeclareOrder) -> Outcome<Declaration> {
        refused_for(order.faults())?;
        let body = json(&self.declare_body(order))?;
        self.declared(PayCall::post(&self.path("/orders"), &body), &asked(order)).await
    }

    /// Changes a declaration.
    pub async fn modify(&self, order: &DeclareOrder) -> Outcome<Declaration> {
        refused_for(order.faults())?;
        let body = json(&self.declare_body(order))?;
        self.declared(PayCall::patch(&self.path("/orders"), &body), &asked(order)).await
    }

    /// Pushes a document once more, because the electronic port lost it.
    pub async fn redeclare(&self, what: &Redeclare) -> Outcome<Declaration> {
        refused_for(what.faults())?;
        let by = what.part.as_ref().unwrap_or(&what.payment);
        let body = json(&RedeclareBody {
            appid: self.pay.appid(),
            mchid: self.pay.mchid(),
            customs: &what.customs,
            merchant_customs_no: &what.merchant_customs_no,
            by: [(by.name(), by.value())].into(),
        })?;
        self.declared(PayCall::post(&self.path("/redeclare"), &body), std::slice::from_ref(by)).await
    }

    /// What WeChat has on record, its first 20 documents. An empty list: nothing was declared.
    pub async fn query(&self, query: &CustomsQuery) -> Outcome<DeclarationList> {
        refused_for(query.faults())?;
        let call = PayCall::get(&self.path("/orders"))
            .with("appid", self.pay.appid())
            .with("mchid", self.pay.mchid())
            .with("order_type", query.by.name())
            .with("order_no", query.by.value())
            .with("customs", query.customs.as_str())
            .with("offset", "0")
            .with("limit", PAGE_LIMIT.to_string());
        let answer = self.pay.exchange(call).await?;
        let read: QueryAnswer = answer.parsed("customs query")?;
        if read.data.len() != read.total_count.min(PAGE_LIMIT) {
            // An empty list makes a caller declare, so it has to be empty on purpose.
            return Err(answer.unreadable("as many records as announced are not there".to_owned()));
        }
        if let (CustomsKey::TransactionId(asked), Some(found)) = (&query.by, &read.transaction_id)
            && !found.is_empty()
            && found != asked
        {
            return Err(answer.unreadable("it is about another payment".to_owned()));
        }
        Ok(DeclarationList {
            transaction_id: read.transaction_id.filter(|id| !id.is_empty()),
            verify_department: read.verify_department.as_deref().map(VerifyDepartment::read),
            verify_department_trade_id: read.verify_department_trade_id,
            records: read.data.into_iter().map(QueryRecord::into_record).collect(),
        })
    }

    /// Compares the buyer of the order with the payer. Name and number leave encrypted.
    pub async fn verify_identity(&self, order: &DeclareOrder, identity: &PayerIdentity) -> Outcome<IdentityCheck> {
        let mut faults = order.faults();
        faults.extend(identity.faults());
        refused_for(faults)?;
        let sealer = self.pay.field_sealer(self.settings.padding).await?;
        let whole = self.declare_body(order);
        let body = json(&DeclareBody {
            duty: None,
            fee_type: None,
            order_fee: None,
            transport_fee: None,
            product_fee: None,
            certificate_type: Some("IDCARD"),
            certificate_id: Some(sealer.seal(&identity.id_number)?),
            certificate_name: Some(sealer.seal(&identity.name)?),
            ..whole
        })?;
        let call = PayCall::post(&self.path("/verify-certificate"), &body).encrypted_for(sealer.serial());
        let answer = self.pay.exchange(call).await?;
        let read: CheckAnswer = answer.parsed("identity check")?;
        if read.transaction_id.is_some_and(|found| found != order.transaction_id) {
            return Err(answer.unreadable("it is about another payment".to_owned()));
        }
        Ok(IdentityCheck::read(&read.certificate_check_result))
    }

    fn path(&self, rest: &str) -> String {
        format!("{}{rest}", self.settings.path)
    }

    fn declare_body<'o>(&'o self, order: &'o DeclareOrder) -> DeclareBody<'o> {
        let part = order.part.as_ref();
        DeclareBody {
            appid: self.pay.appid(),
            mchid: self.pay.mchid(),
            out_trade_no: &order.out_trade_no,
            transaction_id: &order.transaction_id,
            customs: &order.customs,
            merchant_customs_no: &order.merchant_customs_no,
            duty: order.duty_fen,
            sub_order_no: part.map(|part| part.sub_order_no.as_str()),
            fee_type: part.map(|_| "CNY"),
            order_fee: part.and_then(DeclarePart::order_fen),
            transport_fee: part.map(|part| part.transport_fen),
            product_fee: part.map(|part| part.product_fen),
            certificate_type: None,
            certificate_id: None,
            certificate_name: None,
        }
    }

    /// The signature of an answer does not cover the question: what it names has to be what was asked.
    async fn declared(&self, call: PayCall, asked: &[CustomsKey]) -> Outcome<Declaration> {
        let answer = self.pay.exchange(call).await?;
        let read: DeclareAnswer = answer.parsed("customs declaration")?;
        for key in asked {
            let found = match key {
                CustomsKey::SubOrderId(_) => &read.sub_order_id,
                CustomsKey::SubOrderNo(_) => &read.sub_order_no,
                CustomsKey::TransactionId(_) => &read.transaction_id,
                CustomsKey::OutTradeNo(_) => &read.out_trade_no,
            };
            if found.as_deref().is_some_and(|found| !found.is_empty() && found != key.value()) {
                return Err(answer.unreadable("it is about another payment".to_owned()));
            }
        }
        Ok(Declaration {
            state: CustomsState::read(&read.state),
            sub_order_id: read.sub_order_id,
            modified_at: time(read.modify_time.as_deref()),
            verify_department: read.verify_department.as_deref().map(VerifyDepartment::read),
            verify_department_trade_id: read.verify_department_trade_id,
            identity: None,
            explanation: read.explanation,
        })
    }
}

impl QueryRecord {
    fn into_record(self) -> DeclarationRecord {
        DeclarationRecord {
            sub_order_no: self.sub_order_no,
            sub_order_id: self.sub_order_id,
            merchant_customs_no: self.mch_customs_no,
            customs: self.customs,
            order_fen: self.order_fee,
            duty_fen: self.duty,
            transport_fen: self.transport_fee,
            product_fen: self.product_fee,
            state: CustomsState::read(&self.state),
            explanation: self.explanation,
            modified_at: time(self.modify_time.as_deref()),
            identity: None,
        }
    }
}

fn asked(order: &DeclareOrder) -> Vec<CustomsKey> {
    let mut keys = vec![
        CustomsKey::TransactionId(order.transaction_id.clone()),
        CustomsKey::OutTradeNo(order.out_trade_no.clone()),
    ];
    keys.extend(order.part.as_ref().map(|part| CustomsKey::SubOrderNo(part.sub_order_no.clone())));
    keys
}

fn json(body: &impl Serialize) -> Outcome<Vec<u8>> {
    serde_json::to_vec(body).map_err(|fault| CallError::unknown(UnknownCause::NotSent(fault.to_string())))
}

fn time(text: Option<&str>) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(text?).ok()?.with_timezone(&Utc))
}
