//! Rows of `addresses`. Every function takes whose they are.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::ADDRESSES_MAX;
use crate::base::clock::Timestamp;
use crate::base::db::schema::{addresses, identities};
use crate::base::db::{DbConn, Tx};
use crate::base::error::Result;
use crate::base::ids::{AddressId, CustomerId};

/// An address as it is stored.
#[derive(Clone, Queryable)]
pub(super) struct SealedAddress {
    pub(super) public_id: String,
    pub(super) name_sealed: Vec<u8>,
    pub(super) phone_sealed: Vec<u8>,
    pub(super) detail_sealed: Vec<u8>,
    pub(super) province: String,
    pub(super) city: String,
    pub(super) district: String,
    pub(super) region_code: String,
    pub(super) is_default: bool,
}

/// What a buyer can change. Without a phone, the stored one stays.
#[derive(Clone, Insertable, AsChangeset)]
#[diesel(table_name = addresses)]
pub(super) struct Content {
    pub(super) name_sealed: Vec<u8>,
    pub(super) phone_sealed: Option<Vec<u8>>,
    pub(super) detail_sealed: Vec<u8>,
    pub(super) province: String,
    pub(super) city: String,
    pub(super) district: String,
    pub(super) region_code: String,
    pub(super) updated_at: Timestamp,
}

#[derive(Insertable)]
#[diesel(table_name = addresses)]
pub(super) struct NewAddress<'a> {
    pub(super) public_id: &'a str,
    pub(super) customer_id: CustomerId,
    pub(super) is_default: bool,
    pub(super) created_at: Timestamp,
    #[diesel(embed)]
    pub(super) content: Content,
}

type Columns = (
    addresses::public_id,
    addresses::name_sealed,
    addresses::phone_sealed,
    addresses::detail_sealed,
    addresses::province,
    addresses::city,
    addresses::district,
    addresses::region_code,
    addresses::is_default,
);

const COLUMNS: Columns = (
    addresses::public_id,
    addresses::name_sealed,
    addresses::phone_sealed,
    addresses::detail_sealed,
    addresses::province,
    addresses::city,
    addresses::district,
    addresses::region_code,
    addresses::is_default,
);

/// The default first, then the newest.
pub(super) fn list(conn: &mut DbConn, customer: CustomerId) -> Result<Vec<SealedAddress>> {
    conn.rows(
        addresses::table
            .filter(addresses::customer_id.eq(customer))
            .order((addresses::is_default.desc(), addresses::id.desc()))
            .limit(ADDRESSES_MAX)
            .select(COLUMNS),
    )
}

pub(super) fn find(conn: &mut DbConn, customer: CustomerId, public_id: &str) -> Result<Option<SealedAddress>> {
    conn.row(
        addresses::table
            .filter(addresses::public_id.eq(public_id))
            .filter(addresses::customer_id.eq(customer))
            .select(COLUMNS)
            .limit(1),
    )
}

pub(super) fn for_quote(conn: &mut DbConn, customer: CustomerId, public_id: &str) -> Result<Option<(String, bool)>> {
    conn.row(
        addresses::table
            .filter(addresses::public_id.eq(public_id))
            .filter(addresses::customer_id.eq(customer))
            .select((addresses::region_code, exists(identities::table.find(customer))))
            .limit(1),
    )
}

pub(super) fn count(conn: &mut DbConn, customer: CustomerId) -> Result<i64> {
    Ok(addresses::table.filter(addresses::customer_id.eq(customer)).count().get_result(conn)?)
}

pub(super) fn insert(tx: &mut Tx, address: NewAddress) -> Result<()> {
    tx.execute(diesel::insert_into(addresses::table).values(address))?;
    Ok(())
}

/// `false` if the buyer has no such address.
pub(super) fn update(tx: &mut Tx, customer: CustomerId, public_id: &str, content: &Content) -> Result<bool> {
    let own = addresses::table.filter(addresses::public_id.eq(public_id)).filter(addresses::customer_id.eq(customer));
    Ok(tx.execute(diesel::update(own).set(content))? == 1)
}

/// Whether the deleted one was the default; nothing if the buyer has no such address.
pub(super) fn delete(tx: &mut Tx, customer: CustomerId, public_id: &str) -> Result<Option<bool>> {
    let own = addresses::table.filter(addresses::public_id.eq(public_id)).filter(addresses::customer_id.eq(customer));
    tx.returning(diesel::delete(own).returning(addresses::is_default))
}

/// Forgets all addresses of a buyer. Orders keep their own copy.
pub(crate) fn delete_all(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    tx.execute(diesel::delete(addresses::table.filter(addresses::customer_id.eq(customer))))?;
    Ok(())
}

pub(super) fn clear_default(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    let default = addresses::table.filter(addresses::customer_id.eq(customer)).filter(addresses::is_default.eq(true));
    tx.execute(diesel::update(default).set(addresses::is_default.eq(false)))?;
    Ok(())
}

/// `false` if the buyer has no such address.
pub(super) fn set_default(tx: &mut Tx, customer: CustomerId, public_id: &str) -> Result<bool> {
    let own = addresses::table.filter(addresses::public_id.eq(public_id)).filter(addresses::customer_id.eq(customer));
    Ok(tx.execute(diesel::update(own).set(addresses::is_default.eq(true)))? == 1)
}

/// Makes the newest address the default, if there is one.
pub(super) fn set_newest_default(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    let newest: Option<AddressId> = tx.row(
        addresses::table
            .filter(addresses::customer_id.eq(customer))
            .order(addresses::id.desc())
            .select(addresses::id)
            .limit(1),
    )?;
    if let Some(id) = newest {
        tx.execute(diesel::update(addresses::table.find(id)).set(addresses::is_default.eq(true)))?;
    }
    Ok(())
}
