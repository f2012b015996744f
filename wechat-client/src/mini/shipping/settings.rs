//! Reminding the buyer, and the settings of order management.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::mini::exchange::{Call, Done, Repeat};
use crate::mini::shipping::{OrderKey, QueryKey};
use crate::mini::{MiniClient, is_id, require};
use crate::outcome::Outcome;

/// Longest page path, in bytes.
const PATH_LIMIT_BYTES: usize = 1024;
/// WeChat's word for `out_trade_no`.
const ORDER_NUMBER: &str = "${商品订单号}";
/// A time of receipt so far in our future is a mistake.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

#[derive(Serialize)]
struct ReceivedRequest<'c> {
    #[serde(flatten)]
    order: QueryKey<'c>,
    received_time: i64,
}

#[derive(Serialize)]
struct PathRequest<'c> {
    path: &'c str,
}

#[derive(Serialize)]
struct AppidRequest<'c> {
    appid: &'c str,
}

#[derive(Deserialize)]
struct PathAnswer {
    path: Option<String>,
}

#[derive(Deserialize)]
struct ManagedAnswer {
    is_trade_managed: bool,
}

#[derive(Deserialize)]
struct CompletedAnswer {
    completed: bool,
}

impl MiniClient {
    /// Reminds the buyer to confirm a parcel that the carrier delivered at this time: once an order, express only. Refusals
    /// to expect: [`NotShippedYet`](super::super::MiniCode::NotShippedYet),
    /// [`ReceivedTimeInvalid`](super::super::MiniCode::ReceivedTimeInvalid),
    /// [`ReminderUsed`](super::super::MiniCode::ReminderUsed) (also after an unknown outcome that took effect),
    /// [`NotExpress`](super::super::MiniCode::NotExpress). Page: `notifyConfirmReceive`.
    pub async fn remind_to_confirm(&self, order: &OrderKey, received_at: DateTime<Utc>) -> Outcome<()> {
        require(received_at <= self.clock.now() + AHEAD, "received_at: in the future; look at the clock")?;
        let request = ReceivedRequest { order: order.for_query()?, received_time: received_at.timestamp() };
        let call = Call::post("/wxa/sec/order/notify_confirm_receive", &request, Repeat::Never)?;
        self.call::<Done>(call).await.map(|_| ())
    }

    /// Sets the page that WeChat's messages about orders open; WeChat appends `transaction_id`, `merchant_id` and
    /// `merchant_trade_no`. An unknown page makes it WeChat's own. Page: `setMsgJumpPath`.
    pub async fn set_order_page(&self, path: &str) -> Outcome<()> {
        require(is_id(path, PATH_LIMIT_BYTES), "path: 1 to 1024 visible ASCII characters")?;
        let call = Call::post("/wxa/sec/order/set_msg_jump_path", &PathRequest { path }, Repeat::Safe)?;
        self.call::<Done>(call).await.map(|_| ())
    }

    /// Sets the page behind an order in the buyer's own list (小程序购物订单, `我-订单与卡包`); WeChat puts `out_trade_no` in the place of
    /// `${商品订单号}`, which has to be there. Acts after some ten minutes. Refusal to expect:
    /// [`OrderPathInvalid`](super::super::MiniCode::OrderPathInvalid). Page: `updateOrderDetailPath`.
    pub async fn set_order_detail_path(&self, path: &str) -> Outcome<()> {
        let fits = path.contains(ORDER_NUMBER) && is_id(&path.replace(ORDER_NUMBER, "0"), PATH_LIMIT_BYTES);
        require(fits, "path: visible ASCII with ${商品订单号} in it")?;
        let call = Call::post("/wxa/sec/order/update_order_detail_path", &PathRequest { path }, Repeat::Safe)?;
        self.call::<Done>(call).await.map(|_| ())
    }

    /// The page behind orders; `None` while none was set. Page: `getOrderDetailPath`.
    pub async fn order_detail_path(&self) -> Outcome<Option<String>> {
        let call = Call::post("/wxa/sec/order/get_order_detail_path", &serde_json::json!({}), Repeat::Safe)?;
        let answer: PathAnswer = self.call(call).await?;
        Ok(answer.path.filter(|path| !path.is_empty()))
    }

    /// Whether this mini program is under order management, so that its money waits for uploads. Page: `isTradeManaged`.
    pub async fn is_trade_managed(&self) -> Outcome<bool> {
        let request = AppidRequest { appid: &self.credentials.appid };
        let call = Call::post("/wxa/sec/order/is_trade_managed", &request, Repeat::Safe)?;
        let answer: ManagedAnswer = self.call(call).await?;
        Ok(answer.is_trade_managed)
    }

    /// Whether the settlement authorisation is done. Page: `isTradeManagementConfirmationCompleted`.
    pub async fn is_trade_management_confirmed(&self) -> Outcome<bool> {
        let request = AppidRequest { appid: &self.credentials.appid };
        let path = "/wxa/sec/order/is_trade_management_confirmation_completed";
        let answer: CompletedAnswer = self.call(Call::post(path, &request, Repeat::Safe)?).await?;
        Ok(answer.completed)
    }
}
