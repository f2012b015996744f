//! `/admin/v1/orders`: orders for operators. Who the parcel is for is masked; one order's consignee is shown after a step-up,
//! for a reason, and the audit log keeps both.

pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod reveal;
mod store;

pub(crate) use store::{AdminPayment, AdminRefund};

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::clock::Timestamp;
use crate::base::db::DbConn;
use crate::base::error::Result;
use crate::base::ids::CustomerId;
use crate::base::money::Fen;
use crate::domain::orders::{CancelReason, Hold, OrderContent, OrderState, Sums, consignee_or_nothing};
use crate::platform::sealing::{Sealer, mask_name, mask_phone};

/// An order as operators see it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdminOrder {
    pub(in crate::console) order_no: String,
    /// Whose: a number, for seeing that two orders are of one buyer.
    #[schema(value_type = String)]
    pub(in crate::console) customer_id: CustomerId,
    pub(in crate::console) state: OrderState,
    pub(in crate::console) hold: Option<Hold>,
    #[serde(flatten)]
    pub(in crate::console) sums: Sums,
    pub(in crate::console) paid_fen: Fen,
    /// Refunds asked for.
    pub(in crate::console) refund_committed_fen: Fen,
    /// Refunds paid out.
    pub(in crate::console) refunded_fen: Fen,
    /// Masked, and without the street.
    pub(in crate::console) consignee: MaskedConsignee,
    /// The code that was scanned.
    pub(in crate::console) scene: Option<String>,
    pub(in crate::console) placed_at: Timestamp,
    pub(in crate::console) expires_at: Timestamp,
    pub(in crate::console) paid_at: Option<Timestamp>,
    pub(in crate::console) cancelled_at: Option<Timestamp>,
    pub(in crate::console) cancel_reason: Option<CancelReason>,
}

/// Where an order goes, as far as everybody who works here may know.
#[derive(Serialize, ToSchema)]
pub(crate) struct MaskedConsignee {
    #[schema(example = "王**")]
    pub(in crate::console) name: String,
    #[schema(example = "138****8000")]
    pub(in crate::console) phone: String,
    pub(in crate::console) province: String,
    pub(in crate::console) city: String,
    pub(in crate::console) district: String,
}

impl AdminOrder {
    fn new(conn: &mut DbConn, order: OrderContent, sealer: &Sealer) -> Result<Self> {
        let consignee = consignee_or_nothing(conn, sealer, &order.order_no, &order.consignee_sealed)?;
        Ok(Self {
            consignee: MaskedConsignee {
                name: mask_name(&consignee.name),
                phone: mask_phone(&consignee.phone),
                province: order.place.province,
                city: order.place.city,
                district: order.place.district,
            },
            order_no: order.order_no,
            customer_id: order.customer_id,
            state: order.state,
            hold: order.hold,
            sums: order.sums,
            paid_fen: order.paid_fen,
            refund_committed_fen: order.refund_committed_fen,
            refunded_fen: order.refunded_fen,
            scene: order.scene,
            placed_at: order.placed_at,
            expires_at: order.expires_at,
            paid_at: order.paid_at,
            cancelled_at: order.cancelled_at,
            cancel_reason: order.cancel_reason,
        })
    }
}
