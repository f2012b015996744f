//! The way of a mainland direct merchant: XML, signed with the `APIv2` key (pages "customs declaration" 4011985151,
//! "query" 4011985273, "push again" 4011985318).

mod answers;

use std::fmt;
use std::sync::Arc;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use crate::customs::declaration::{
    CustomsQuery, Declaration, DeclarationList, DeclareOrder, DeclarePart, PayerIdentity, Redeclare,
};
use crate::customs::sign::SignMethod;
use crate::customs::xml::{self, Values};
use crate::outcome::{CallError, Outcome, UnknownCause};
use crate::pay::{delivered, is_appid, refused_for};
use crate::transport::{Method, OutboundRequest, Transport, checked_base_url, unsent_or_unknown};

/// WeChat Pay's mainland host, which also takes customs calls.
pub const CUSTOMS_BASE_URL: &str = "https://api.mch.weixin.qq.com";

const DECLARE_PATH: &str = "/cgi-bin/mch/customs/customdeclareorder";
const QUERY_PATH: &str = "/cgi-bin/mch/customs/customdeclarequery";
const REDECLARE_PATH: &str = "/cgi-bin/mch/newcustoms/customdeclareredeclare";

/// What the customs calls need of the merchant.
#[derive(Clone)]
pub struct CustomsCredentials {
    /// The appid that was paid with.
    pub appid: String,
    /// The merchant's number, digits.
    pub mchid: String,
    /// The `APIv2` key, exactly 32 ASCII characters. Not the `APIv3` key.
    pub api_v2_key: SecretString,
    /// How to sign; MD5 unless WeChat says otherwise.
    pub sign_method: SignMethod,
    /// [`CUSTOMS_BASE_URL`], or the address of the stand-in.
    pub base_url: String,
}

impl fmt::Debug for CustomsCredentials {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CustomsCredentials")
            .field("appid", &self.appid)
            .field("mchid", &self.mchid)
            .field("sign_method", &self.sign_method)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl CustomsCredentials {
    /// Checks everything, and reports all faults in words for the operator. No fault quotes a secret.
    pub fn validate(&self) -> Result<(), Vec<String>> {
        self.checked().map(|_| ())
    }

    fn checked(&self) -> Result<Url, Vec<String>> {
        let mut faults = Vec::new();
        if !is_appid(&self.appid) {
            faults.push("appid must be wx and 16 lower-case letters or digits".to_owned());
        }
        let digits = self.mchid.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !(1..=32).contains(&self.mchid.len()) {
            faults.push("mchid must be 1 to 32 digits".to_owned());
        }
        let key = self.api_v2_key.expose_secret();
        if key.len() != 32 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            faults.push("APIv2 key must be exactly 32 ASCII characters".to_owned());
        }
        match checked_base_url(&self.base_url) {
            Ok(url) if faults.is_empty() => Ok(url),
            Ok(_) => Err(faults),
            Err(fault) => {
                faults.push(format!("base URL {fault}"));
                Err(faults)
            }
        }
    }
}

/// The customs calls of a mainland direct merchant. Share it in an `Arc`.
///
/// ```
/// use wechat_client::{CUSTOMS_GUANGZHOU_ZS, CustomsClient, CustomsKey, CustomsQuery, CustomsState, DeclareOrder};
///
/// # mod stand_in { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doctests/stand_in.rs")); }
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let wechat = stand_in::StandIn::start()?;
/// # let (credentials, transport) = (wechat.customs_credentials(), wechat.transport.clone());
/// # let pay = wechat.pay_client()?;
/// # let transaction_id = wechat.paid_order(&pay, "https://shop.example/notify").await?.transaction_id;
/// let customs = CustomsClient::new(&credentials, transport).map_err(|faults| faults.join("; "))?;
/// let order = DeclareOrder {
///     out_trade_no: "ORDER-0001".to_owned(),
///     transaction_id: transaction_id.clone(), // of a payment that is `Success`
///     customs: CUSTOMS_GUANGZHOU_ZS.to_owned(),
///     merchant_customs_no: "3713W6K001".to_owned(),
///     duty_fen: None,
///     part: None,
///     identity: None,
/// };
/// // Query first: a declaration sent twice is not promised to be harmless.
/// let by = CustomsKey::TransactionId(transaction_id);
/// let query = CustomsQuery { by, customs: order.customs.clone() };
/// assert!(customs.query(&query).await?.records.is_empty());
/// assert_eq!(customs.declare(&order).await?.state, CustomsState::Undeclared);
///
/// // There is no callback: ask again later, here after ten seconds of the stand-in's time.
/// # wechat.mock.clock().advance(std::time::Duration::from_secs(10));
/// let declared = customs.query(&query).await?;
/// assert_eq!(declared.records.first().map(|record| &record.state), Some(&CustomsState::Success));
/// # Ok(())
/// # }
/// ```
pub struct CustomsClient {
    credentials: CustomsCredentials,
    base_url: Url,
    backup_url: Option<Url>,
    transport: Arc<dyn Transport>,
}

impl fmt::Debug for CustomsClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("CustomsClient").field(&self.credentials).finish()
    }
}

impl CustomsClient {
    /// Checks the credentials and reports all their faults. Wrap the transport in a
    /// [`Breaker`](crate::Breaker).
    pub fn new(credentials: &CustomsCredentials, transport: Arc<dyn Transport>) -> Result<Self, Vec<String>> {
        let base_url = credentials.checked()?;
        Ok(Self { credentials: credentials.clone(), base_url, backup_url: None, transport })
    }

    /// Gives the client a second host, [`PAY_BACKUP_URL`](crate::PAY_BACKUP_URL) as a rule: used when no
    /// connection could be made, and for queries. A declaration that may have arrived is never sent to it.
    pub fn with_backup(mut self, base_url: &str) -> Result<Self, String> {
        self.backup_url = Some(checked_base_url(base_url)?);
        Ok(self)
    }

    /// Declares a payment (`action_type` ADD). Done means that WeChat took it; ask for the state later. After an unknown
    /// outcome [query](Self::query): declaring once more is not promised to be harmless.
    pub async fn declare(&self, order: &DeclareOrder) -> Outcome<Declaration> {
        self.submit(order, "ADD").await
    }

    /// Changes a declaration (`action_type` MODIFY), after [`Fail`](crate::CustomsState::Fail) above all.
    pub async fn modify(&self, order: &DeclareOrder) -> Outcome<Declaration> {
        self.submit(order, "MODIFY").await
    }

    async fn submit(&self, order: &DeclareOrder, action: &str) -> Outcome<Declaration> {
        refused_for(order.faults())?;
        let mut values = self.values();
        put(&mut values, "out_trade_no", &order.out_trade_no);
        put(&mut values, "transaction_id", &order.transaction_id);
        put(&mut values, "customs", &order.customs);
        put(&mut values, "mch_customs_no", &order.merchant_customs_no);
        put(&mut values, "action_type", action);
        if let Some(duty_fen) = order.duty_fen {
            put(&mut values, "duty", &duty_fen.to_string());
        }
        if let Some(part) = &order.part {
            put_part(&mut values, part);
        }
        if let Some(identity) = &order.identity {
            put_identity(&mut values, identity);
        }
        let answer = self.exchange(DECLARE_PATH, values).await?;
        answer.must_repeat("out_trade_no", &order.out_trade_no)?;
        answer.must_repeat("transaction_id", &order.transaction_id)?;
        if let Some(part) = &order.part {
            answer.must_repeat("sub_order_no", &part.sub_order_no)?;
        }
        answer.declaration()
    }

    /// What WeChat has on record. An empty list: nothing was declared.
    pub async fn query(&self, query: &CustomsQuery) -> Outcome<DeclarationList> {
        refused_for(query.faults())?;
        let mut values = self.values_of_type();
        put(&mut values, "customs", &query.customs);
        put(&mut values, query.by.name(), query.by.value());
        let answer = self.exchange(QUERY_PATH, values).await?;
        answer.declarations(query)
    }

    /// Pushes a document once more, because the electronic port lost it.
    pub async fn redeclare(&self, what: &Redeclare) -> Outcome<Declaration> {
        refused_for(what.faults())?;
        let mut values = self.values_of_type();
        put(&mut values, "customs", &what.customs);
        put(&mut values, "mch_customs_no", &what.merchant_customs_no);
        let keys = [Some(&what.payment), what.part.as_ref()];
        for key in keys.into_iter().flatten() {
            put(&mut values, key.name(), key.value());
        }
        let answer = self.exchange(REDECLARE_PATH, values).await?;
        for key in keys.into_iter().flatten() {
            answer.must_repeat(key.name(), key.value())?;
        }
        answer.declaration()
    }

    fn values(&self) -> Values {
        let mut values = Values::new();
        put(&mut values, "appid", &self.credentials.appid);
        put(&mut values, "mch_id", &self.credentials.mchid);
        // The table of the submit call has no sign_type, so it is named only where it is not the default.
        if self.credentials.sign_method != SignMethod::Md5 {
            put(&mut values, "sign_type", self.credentials.sign_method.as_str());
        }
        values
    }

    fn values_of_type(&self) -> Values {
        let mut values = self.values();
        put(&mut values, "sign_type", self.credentials.sign_method.as_str());
        values
    }

    async fn exchange(&self, path: &str, mut values: Values) -> Outcome<answers::Answer> {
        let sign = self.credentials.sign_method.sign(&values, &self.credentials.api_v2_key);
        values.insert("sign".to_owned(), sign);
        let body =
            xml::written(&values).map_err(|fault| CallError::unknown(UnknownCause::NotSent(fault.to_string())))?;
        let mut url = self.base_url.clone();
        url.set_path(path);
        let headers = vec![("Content-Type", "text/xml; charset=utf-8".to_owned()), ("Accept", "*/*".to_owned())];
        let request = OutboundRequest { method: Method::Post, url, headers, body };
        let repeatable = path == QUERY_PATH;
        let answer = delivered(self.transport.as_ref(), self.backup_url.as_ref(), request, repeatable)
            .await
            .map_err(unsent_or_unknown)?;
        answers::judged(&answer, &self.credentials)
    }
}

fn put(values: &mut Values, name: &str, value: &str) {
    values.insert(name.to_owned(), value.to_owned());
}

fn put_part(values: &mut Values, part: &DeclarePart) {
    put(values, "sub_order_no", &part.sub_order_no);
    put(values, "fee_type", "CNY");
    put(values, "order_fee", &part.order_fen().unwrap_or_default().to_string());
    put(values, "transport_fee", &part.transport_fen.to_string());
    put(values, "product_fee", &part.product_fen.to_string());
}

fn put_identity(values: &mut Values, identity: &PayerIdentity) {
    put(values, "cert_type", "IDCARD");
    put(values, "cert_id", identity.id_number.expose_secret());
    put(values, "name", identity.name.expose_secret());
}
