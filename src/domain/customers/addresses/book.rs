//! Use cases of addresses, and what orders and quotes take from them.

use std::sync::Arc;

use super::regions::Region;
use super::store::{self, Content, NewAddress, SealedAddress};
use super::{ADDRESSES_MAX, NO_PHONE, PUBLIC_ID_LETTERS, Phone};
use crate::base::clock::Timestamp;
use crate::base::db::{DbConn, Tx};
use crate::base::error::{Code, Error, FieldRule, Refusal, Result, Wrong};
use crate::base::ids::{CustomerId, random_letters};
use crate::domain::customers::{self, consents};
use crate::platform::app::App;
use crate::platform::sealing::{AadContext, DataKey, Sealer, Subject, mask_phone};
use crate::platform::session_token::BadToken;

/// Where an order goes, opened. To be sealed again on the order; never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct ShipTo {
    pub name: String,
    /// Mainland mobile number, 11 digits.
    pub phone: String,
    /// As the region has it.
    pub province: String,
    /// As the region has it.
    pub city: String,
    /// As the region has it.
    pub district: String,
    /// Street and house.
    pub detail: String,
    /// Six digits (GB/T 2260); the first two decide the freight.
    pub region_code: String,
}

impl std::fmt::Debug for ShipTo {
    /// The region only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ShipTo({})", self.region_code)
    }
}

/// One of the buyer's addresses, opened, for an order. 404 `not_found` naming `address_id`, be it missing or somebody
/// else's.
pub fn for_order(conn: &mut DbConn, sealer: &Sealer, customer: CustomerId, public_id: &str) -> Result<ShipTo> {
    let row = store::find(conn, customer, public_id)?.ok_or_else(no_such_address)?;
    Ok(open(conn, sealer, row)?.ship_to)
}

/// The region of one of the buyer's addresses, for a quote, and whether the buyer has left an identity. 404 `not_found` naming `address_id`.
pub fn for_quote(conn: &mut DbConn, customer: CustomerId, public_id: &str) -> Result<(String, bool)> {
    store::for_quote(conn, customer, public_id)?.ok_or_else(no_such_address)
}

fn no_such_address() -> Error {
    Refusal::new(Code::NotFound).and_field("address_id", Wrong::NotFound).into()
}

/// An address, opened.
pub(super) struct Address {
    pub(super) public_id: String,
    pub(super) ship_to: ShipTo,
    pub(super) is_default: bool,
}

/// What a buyer asks for, as typed.
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) phone: TypedPhone,
    pub(super) region: Region,
    pub(super) region_code: String,
    pub(super) detail: String,
    pub(super) is_default: bool,
}

/// A phone, or the mask under which the stored one was shown.
pub(super) enum TypedPhone {
    Number(Phone),
    Masked(String),
}

impl TypedPhone {
    /// A mask is taken only where there is a phone already.
    pub(super) fn parse(typed: &str, may_be_masked: bool) -> Result<Self, Wrong> {
        if may_be_masked && typed.contains('*') {
            return Ok(Self::Masked(typed.trim().to_owned()));
        }
        Phone::parse(typed).map(Self::Number)
    }

    /// The phone to be stored; none if the stored one stays.
    fn to_store(&self, stored: Option<&str>) -> Result<Option<&Phone>> {
        match self {
            Self::Number(phone) => Ok(Some(phone)),
            Self::Masked(mask) if stored.is_some_and(|stored| *mask == mask_phone(stored)) => Ok(None),
            Self::Masked(_) => Err(Refusal::field("phone", NO_PHONE).into()),
        }
    }
}

impl Typed {
    /// Seals what is to be written; `phone` is none if the stored one stays.
    fn seal(&self, key: &DataKey, public_id: &str, phone: Option<&Phone>, now: Timestamp) -> Result<Content> {
        let region = &self.region;
        let seal = |column, text: &str| key.seal(&place(column, public_id), text.as_bytes());
        Ok(Content {
            name_sealed: seal("name_sealed", self.name.trim())?,
            phone_sealed: phone.map(|phone| seal("phone_sealed", &phone.0)).transpose()?,
            detail_sealed: seal("detail_sealed", self.detail.trim())?,
            province: region.province.to_owned(),
            city: region.city.to_owned(),
            district: region.district.to_owned(),
            region_code: self.region_code.clone(),
            updated_at: now,
        })
    }
}

const ADDRESSES_FULL: FieldRule = FieldRule::new(
    "addresses",
    [
        "最多保存 20 个收货地址，请删除不用的地址后再添加。",
        "배송지는 20개까지 저장할 수 있습니다. 쓰지 않는 배송지를 삭제한 뒤 추가해 주세요.",
        "20 addresses are kept at most. Delete one first.",
    ],
);
const _: () = assert!(ADDRESSES_MAX == 20, "the texts above say 20");

fn place<'a>(column: &'a str, row: &'a str) -> AadContext<'a> {
    AadContext { table: "addresses", column, row }
}

fn open(conn: &mut DbConn, sealer: &Sealer, row: SealedAddress) -> Result<Address> {
    let mut opened = |column, text: &[u8]| {
        let opened = sealer.open_text_of_subject(conn, &place(column, &row.public_id), text)?;
        // With the account the address went too.
        opened.ok_or_else(|| Error::from(BadToken::SessionEnded))
    };
    let ship_to = ShipTo {
        name: opened("name_sealed", &row.name_sealed)?,
        phone: opened("phone_sealed", &row.phone_sealed)?,
        detail: opened("detail_sealed", &row.detail_sealed)?,
        province: row.province,
        city: row.city,
        district: row.district,
        region_code: row.region_code,
    };
    Ok(Address { public_id: row.public_id, ship_to, is_default: row.is_default })
}

/// The buyer's addresses, the default first, then the newest.
pub(super) fn list(conn: &mut DbConn, sealer: &Sealer, customer: CustomerId) -> Result<Vec<Address>> {
    store::list(conn, customer)?.into_iter().map(|row| open(conn, sealer, row)).collect()
}

/// Where a buyer's parcels may go, opened, for a copy of the buyer's own data.
pub fn copy(conn: &mut DbConn, sealer: &Sealer, customer: CustomerId) -> Result<Vec<ShipTo>> {
    Ok(list(conn, sealer, customer)?.into_iter().map(|address| address.ship_to).collect())
}

/// Adds an address; the first one is the default whatever is asked.
pub(super) async fn create(app: &Arc<App>, customer: CustomerId, typed: Typed) -> Result<Address> {
    let (context, now) = (Arc::clone(app), app.clock.timestamp());
    let public_id = random_letters(PUBLIC_ID_LETTERS)?;
    app.db.write(move |tx| add(tx, &context.sealer, customer, &public_id, &typed, now)).await
}

/// Replaces an address. A phone that is the mask of the stored one stays; the default can be set, not unset.
pub(super) async fn update(app: &Arc<App>, customer: CustomerId, public_id: String, typed: Typed) -> Result<Address> {
    let (context, now) = (Arc::clone(app), app.clock.timestamp());
    app.db.write(move |tx| replace(tx, &context.sealer, customer, &public_id, &typed, now)).await
}

/// Deletes an address. Orders keep their own copy.
pub(super) async fn delete(app: &App, customer: CustomerId, public_id: String) -> Result<()> {
    app.db.write(move |tx| remove(tx, customer, &public_id)).await
}

fn add(
    tx: &mut Tx,
    sealer: &Sealer,
    customer: CustomerId,
    public_id: &str,
    typed: &Typed,
    now: Timestamp,
) -> Result<Address> {
    let phone = typed.phone.to_store(None)?;
    customers::lock(tx, customer)?;
    consents::require_privacy(tx, customer, now)?;
    let count = store::count(tx, customer)?;
    if count >= ADDRESSES_MAX {
        return Err(Refusal::new(Code::LimitReached).because(ADDRESSES_FULL).into());
    }
    let is_default = typed.is_default || count == 0;
    if is_default {
        store::clear_default(tx, customer)?;
    }
    let key = sealer.key_of(tx, Subject::Person(customer), now)?;
    let content = typed.seal(&key, public_id, phone, now)?;
    store::insert(tx, NewAddress { public_id, customer_id: customer, is_default, created_at: now, content })?;
    written(tx, sealer, customer, public_id)
}

fn replace(
    tx: &mut Tx,
    sealer: &Sealer,
    customer: CustomerId,
    public_id: &str,
    typed: &Typed,
    now: Timestamp,
) -> Result<Address> {
    customers::lock(tx, customer)?;
    consents::require_privacy(tx, customer, now)?;
    let before = written(tx, sealer, customer, public_id)?;
    let phone = typed.phone.to_store(Some(&before.ship_to.phone))?;
    let key = sealer.key_of(tx, Subject::Person(customer), now)?;
    store::update(tx, customer, public_id, &typed.seal(&key, public_id, phone, now)?)?;
    if typed.is_default {
        store::clear_default(tx, customer)?;
        store::set_default(tx, customer, public_id)?;
    }
    written(tx, sealer, customer, public_id)
}

fn remove(tx: &mut Tx, customer: CustomerId, public_id: &str) -> Result<()> {
    customers::lock(tx, customer)?;
    let was_default = store::delete(tx, customer, public_id)?.ok_or(Code::NotFound)?;
    if was_default {
        store::set_newest_default(tx, customer)?;
    }
    Ok(())
}

fn written(tx: &mut Tx, sealer: &Sealer, customer: CustomerId, public_id: &str) -> Result<Address> {
    let row = store::find(tx, customer, public_id)?.ok_or(Code::NotFound)?;
    open(tx, sealer, row)
}

#[cfg(test)]
mod tests;
