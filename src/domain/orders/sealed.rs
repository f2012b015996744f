//! What is sealed on an order.

use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::db::DbConn;
use crate::base::error::{Error, Result};
use crate::platform::sealing::{AadContext, DataKey, Sealer};

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
    pub(crate) fn open(conn: &mut DbConn, sealer: &Sealer, order_no: &str, sealed: &[u8]) -> Result<Self> {
        if sealed.is_empty() {
            return Ok(Self::default());
        }
        match sealer.open_of_subject(conn, &consignee_of(order_no), sealed)? {
            Some(opened) => {
                serde_json::from_slice(&opened).map_err(|_| Error::internal("a sealed consignee can't be read"))
            }
            None => Ok(Self::default()),
        }
    }
}

/// For lists: one value that can't be opened must not take the others with it. The fault is in the log.
pub(crate) fn consignee_or_nothing(
    conn: &mut DbConn,
    sealer: &Sealer,
    order_no: &str,
    sealed: &[u8],
) -> Result<Consignee> {
    match Consignee::open(conn, sealer, order_no, sealed) {
        Err(Error::Internal(why)) => {
            log::error!("order {order_no} is shown without its consignee: {why}");
            Ok(Consignee::default())
        }
        opened => opened,
    }
}

/// Seals a consignee for one order: moved to another row it does not open.
pub(crate) fn seal_consignee(key: &DataKey, order_no: &str, consignee: &Consignee) -> Result<Vec<u8>> {
    key.seal(&consignee_of(order_no), &json(consignee)?)
}

/// Seals the orderer's name and ID number for one order.
pub(crate) fn seal_identity(key: &DataKey, order_no: &str, identity: &impl Serialize) -> Result<Vec<u8>> {
    key.seal(&identity_of(order_no), &json(identity)?)
}

/// Opens what [`seal_identity`] sealed, for a copy of the buyer's own data. Nothing once its time is over.
pub(crate) fn open_identity(
    conn: &mut DbConn,
    sealer: &Sealer,
    order_no: &str,
    sealed: &[u8],
) -> Result<Option<Value>> {
    let Some(opened) = sealer.open_of_subject(conn, &identity_of(order_no), sealed)? else { return Ok(None) };
    serde_json::from_slice(&opened).map(Some).map_err(|_| Error::internal("a sealed identity can't be read"))
}

/// What a person left on an order, sealed.
#[derive(Clone, Default, diesel::Queryable)]
pub(crate) struct SealedParts {
    pub(crate) consignee: Vec<u8>,
    pub(crate) identity: Option<Vec<u8>>,
}

impl SealedParts {
    /// Sealed anew under another key: an order that is paid is the trade's from then on. What opens no more, because its person has gone
    /// meanwhile, is left empty.
    pub(crate) fn under(&self, conn: &mut DbConn, sealer: &Sealer, key: &DataKey, order_no: &str) -> Result<Self> {
        let mut anew = |place: &AadContext, sealed: &[u8]| match sealer.open_of_subject(conn, place, sealed)? {
            Some(opened) => key.seal(place, &opened).map(Some),
            None => Ok(None),
        };
        let consignee = if self.consignee.is_empty() { None } else { anew(&consignee_of(order_no), &self.consignee)? };
        let identity = match &self.identity {
            Some(sealed) => anew(&identity_of(order_no), sealed)?,
            None => None,
        };
        Ok(Self { consignee: consignee.unwrap_or_default(), identity })
    }
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
