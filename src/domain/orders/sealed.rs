//! What is sealed on an order.

use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::error::{Error, Result};
use crate::platform::sealing::{AadContext, Sealer};

/// The parts of an address that point at a person, and what the buyer wrote, which may name people and numbers too.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Consignee {
    pub(crate) name: String,
    pub(crate) phone: String,
    pub(crate) detail: String,
    #[serde(default)]
    pub(crate) remark: String,
}

impl Consignee {
    /// Opens what is sealed on an order. It is empty, and so is what is shown, once its time is over.
    pub(crate) fn open(sealer: &Sealer, order_no: &str, sealed: &[u8]) -> Result<Self> {
        if sealed.is_empty() {
            return Ok(Self::default());
        }
        let opened = sealer.open(&consignee_of(order_no), sealed)?;
        serde_json::from_slice(&opened).map_err(|_| Error::internal("a sealed consignee can't be read"))
    }
}

/// Seals a consignee for one order: moved to another row it does not open.
pub(crate) fn seal_consignee(sealer: &Sealer, order_no: &str, consignee: &Consignee) -> Result<Vec<u8>> {
    sealer.seal(&consignee_of(order_no), &json(consignee)?)
}

/// Seals the orderer's name and ID number for one order.
pub(crate) fn seal_identity(sealer: &Sealer, order_no: &str, identity: &impl Serialize) -> Result<Vec<u8>> {
    sealer.seal(&identity_of(order_no), &json(identity)?)
}

/// Opens what [`seal_identity`] sealed, for a copy of the buyer's own data.
pub(crate) fn open_identity(sealer: &Sealer, order_no: &str, sealed: &[u8]) -> Result<Value> {
    let opened = sealer.open(&identity_of(order_no), sealed)?;
    serde_json::from_slice(&opened).map_err(|_| Error::internal("a sealed identity can't be read"))
}

fn consignee_of(order_no: &str) -> AadContext<'_> {
    AadContext { table: "orders", column: "consignee", row: order_no }
}

fn identity_of(order_no: &str) -> AadContext<'_> {
    AadContext { table: "orders", column: "identity", row: order_no }
}

/// JSON of something personal, wiped from memory after sealing.
fn json(value: &impl Serialize) -> Result<Zeroizing<Vec<u8>>> {
    serde_json::to_vec(value).map(Zeroizing::new).map_err(|_| Error::internal("a sealed value can't be written"))
}
