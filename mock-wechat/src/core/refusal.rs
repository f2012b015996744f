//! WeChat Pay's refusals (contract B.13), made by intent.

use serde_json::{Value, json};

use crate::Error;

/// Becomes `{"code","message","detail"?}`.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    detail: Option<Value>,
    /// The last part of `Request-ID` (contract B.5, "Request Id tail codes").
    pub(crate) tail: u32,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>, tail: u32) -> Self {
        Self { status, code, message: message.into(), detail: None, tail }
    }

    /// `field` is a JSON pointer, `issue` says what is wrong with it.
    pub(crate) fn parameter(field: &str, value: &Value, issue: impl Into<String>) -> Self {
        let issue = issue.into();
        let mut refusal = Self::new(400, "PARAM_ERROR", format!("参数错误: {field} {issue}"), 268_435_461);
        refusal.detail = Some(json!({ "field": field, "value": value, "issue": issue, "location": "body" }));
        refusal
    }

    pub(crate) fn query(name: &str, issue: &str) -> Self {
        let mut refusal = Self::new(400, "PARAM_ERROR", format!("参数错误: {name} {issue}"), 268_435_461);
        refusal.detail = Some(json!({ "field": name, "issue": issue, "location": "query" }));
        refusal
    }

    pub(crate) fn extra_field(field: &str) -> Self {
        let mut refusal = Self::new(400, "PARAM_ERROR", format!("不合法的额外参数: {field}"), 270_924_358);
        refusal.detail = Some(json!({ "field": field, "issue": "illegal extra parameter", "location": "body" }));
        refusal
    }

    pub(crate) fn header(message: &str) -> Self {
        Self::new(400, "PARAM_ERROR", message, 268_435_461)
    }

    pub(crate) fn signature(issue: &str) -> Self {
        let message = format!("错误的签名，验签失败: {issue}");
        let mut refusal = Self::new(401, "SIGN_ERROR", message, 268_443_699);
        refusal.detail = Some(json!({ "field": "signature", "issue": issue, "location": "authorization" }));
        refusal
    }

    pub(crate) fn unknown_merchant() -> Self {
        Self::new(400, "MCH_NOT_EXISTS", "商户号不存在", 268_443_715)
    }

    pub(crate) fn invalid_request(message: &str) -> Self {
        Self::new(400, "INVALID_REQUEST", message, 268_435_464)
    }

    pub(crate) fn other_parameters() -> Self {
        Self::new(400, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致", 268_498_688)
    }

    pub(crate) fn appid_not_bound() -> Self {
        Self::new(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配", 268_445_527)
    }

    pub(crate) fn openid_of_another_appid() -> Self {
        Self::new(500, "OPENID_MISMATCH", "openid和appid不匹配", 268_501_013)
    }

    pub(crate) fn order_paid() -> Self {
        Self::new(400, "ORDERPAID", "该订单已支付", 268_449_538)
    }

    pub(crate) fn order_closed() -> Self {
        Self::new(400, "ORDER_CLOSED", "该订单已关闭", 268_447_914)
    }

    /// B.5 gives the same code for an order whose time to pay is over.
    pub(crate) fn order_expired() -> Self {
        Self::new(400, "ORDER_CLOSED", "订单已失效", 268_447_914)
    }

    pub(crate) fn order_not_found() -> Self {
        Self::new(404, "ORDER_NOT_EXIST", "订单不存在", 268_512_771)
    }

    pub(crate) fn resource_not_found(message: &str) -> Self {
        Self::new(404, "RESOURCE_NOT_EXISTS", message, 268_512_771)
    }

    pub(crate) fn no_permission(message: &str) -> Self {
        Self::new(403, "NO_AUTH", message, 268_448_010)
    }

    pub(crate) fn too_frequent(message: &str) -> Self {
        Self::new(429, "FREQUENCY_LIMITED", message, 268_447_840)
    }

    pub(crate) fn not_enough() -> Self {
        Self::new(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起", 268_448_010)
    }

    pub(crate) fn statement_creating() -> Self {
        Self::new(400, "STATEMENT_CREATING", "账单生成中，请在每日10点后获取", 268_435_464)
    }

    pub(crate) fn no_statement() -> Self {
        Self::new(400, "NO_STATEMENT_EXIST", "账单文件不存在", 268_435_464)
    }

    pub(crate) fn unknown_path() -> Self {
        Self::new(404, "NOT_FOUND", "请求的资源不存在", 268_435_461)
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = json!({ "code": self.code, "message": self.message });
        if let Some(detail) = &self.detail {
            body["detail"] = detail.clone();
        }
        body
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        log::error!("{error}");
        Self::new(500, "SYSTEM_ERROR", "系统异常，请稍后重试", 268_435_456)
    }
}
