//! JSAPI / mini program prepay (page "JSAPI: place an order").

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::clock::shanghai;
use crate::outcome::Outcome;
use crate::pay::PayClient;
use crate::pay::exchange::PayCall;
use crate::pay::fields::{is_notify_url, is_openid, is_out_trade_no, is_text};

const PATH: &str = "/v3/pay/transactions/jsapi";

/// Longest `description`, in characters.
pub const DESCRIPTION_LIMIT_CHARS: usize = 127;

/// Longest `attach`, in characters.
const ATTACH_LIMIT_CHARS: usize = 128;

/// What is to be paid, by whom, until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrepayOrder {
    /// Shown in the buyer's bill; 1 to [`DESCRIPTION_LIMIT_CHARS`] characters.
    pub description: String,
    /// Our number: 6 to 32 of digits, letters, `_`, `-`, `|`, `*`. Burnt once closed.
    pub out_trade_no: String,
    /// Last moment to pay; sent with whole seconds and +08:00. WeChat raises it silently to a minute from now.
    pub time_expire: DateTime<Utc>,
    /// Comes back in queries and notifies once paid; at most 128 characters.
    pub attach: Option<String>,
    /// Where the payment notify goes: https, no query string, at most 255 bytes.
    pub notify_url: String,
    /// The amount, in fen, at least 1.
    pub total_fen: i64,
    /// The buyer; only this person can pay. Of the same appid.
    pub payer_openid: String,
}

impl PrepayOrder {
    fn faults(&self) -> Vec<String> {
        let attach_fits = self.attach.as_ref().is_none_or(|text| is_text(text, ATTACH_LIMIT_CHARS));
        let checks = [
            (
                is_text(&self.description, DESCRIPTION_LIMIT_CHARS),
                "description must be 1 to 127 characters, none of them a control character",
            ),
            (is_out_trade_no(&self.out_trade_no), "out_trade_no must be 6 to 32 of digits, letters, _ - | *"),
            (attach_fits, "attach must be 1 to 128 characters, or absent"),
            (is_notify_url(&self.notify_url), "notify_url must be https without query, at most 255 bytes"),
            (self.total_fen >= 1, "total must be at least 1 fen"),
            (is_openid(&self.payer_openid), "payer openid must be 1 to 128 visible characters"),
        ];
        checks.into_iter().filter(|(fits, _)| !fits).map(|(_, fault)| fault.to_owned()).collect()
    }
}

/// The field order is part of the bytes that are stored and repeated; absent fields are left out, because WeChat
/// refuses null.
#[derive(Serialize)]
struct PrepayBody<'o> {
    appid: &'o str,
    mchid: &'o str,
    description: &'o str,
    out_trade_no: &'o str,
    time_expire: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    attach: Option<&'o str>,
    notify_url: &'o str,
    amount: PrepayAmount,
    payer: Payer<'o>,
}

#[derive(Serialize)]
struct PrepayAmount {
    total: i64,
    currency: &'static str,
}

#[derive(Serialize)]
struct Payer<'o> {
    openid: &'o str,
}

#[derive(Deserialize)]
struct PrepayAnswer {
    prepay_id: String,
}

impl PayClient {
    /// The bytes of a prepay request. Store them: WeChat gives a new `prepay_id` for the same number only if every
    /// parameter is the same. Reports all faults of the order.
    pub fn prepay_body(&self, order: &PrepayOrder) -> Result<Vec<u8>, Vec<String>> {
        let faults = order.faults();
        if !faults.is_empty() {
            return Err(faults);
        }
        let time_expire = order.time_expire.with_timezone(&shanghai());
        let body = PrepayBody {
            appid: &self.merchant.appid,
            mchid: &self.merchant.mchid,
            description: &order.description,
            out_trade_no: &order.out_trade_no,
            time_expire: time_expire.format("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            attach: order.attach.as_deref(),
            notify_url: &order.notify_url,
            amount: PrepayAmount { total: order.total_fen, currency: "CNY" },
            payer: Payer { openid: &order.payer_openid },
        };
        serde_json::to_vec(&body).map_err(|fault| vec![fault.to_string()])
    }

    /// Sends exactly these bytes and gives the `prepay_id`, good for 2 hours. After an unknown outcome send the same
    /// bytes again. Refusals to expect: [`OrderPaid`](crate::RefusalCode::OrderPaid) (query),
    /// [`OrderClosed`](crate::RefusalCode::OrderClosed) (the number is burnt),
    /// [`InvalidRequest`](crate::RefusalCode::InvalidRequest) (other bytes than the first time).
    pub async fn prepay(&self, body: &[u8]) -> Outcome<String> {
        let answer = self.exchange(PayCall::post(PATH, body).repeatable()).await?;
        let read: PrepayAnswer = answer.parsed("prepay answer")?;
        // The id becomes a line of what paySign signs.
        let id = read.prepay_id;
        let fits = (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
        if !fits {
            return Err(answer.unreadable("prepay_id out of shape".to_owned()));
        }
        Ok(id)
    }
}
