//! What the first programs sealed under one key for everybody, sealed anew under its person's.

use diesel::prelude::*;

use crate::base::clock::Timestamp;
use crate::base::db::schema::{addresses, customers, identities};
use crate::base::db::{DbConn, Tx};
use crate::base::error::{Code, Result};
use crate::base::ids::CustomerId;
use crate::platform::sealing::{AadContext, DataKey, Found, Sealer, Subject};

/// Addresses of one buyer, and more than one may have.
const ADDRESSES_MAX: i64 = 100;

type Profile = (CustomerId, Option<Vec<u8>>, Option<Vec<u8>>);
type NicknameAndPhone = (Option<Vec<u8>>, Option<Vec<u8>>);
type Three = (Vec<u8>, Vec<u8>, Vec<u8>);

/// Looks at up to `limit` buyers after this one.
pub(crate) fn without_subject(conn: &mut DbConn, after: CustomerId, limit: i64) -> Result<Found<CustomerId>> {
    let is_old = |sealed: &Vec<u8>| Sealer::is_without_subject(sealed);
    let page = customers::table.filter(customers::id.gt(after)).order(customers::id).limit(limit);
    let profiles: Vec<Profile> =
        conn.rows(page.select((customers::id, customers::nickname_sealed, customers::phone_sealed)))?;
    let Some(last) = profiles.last().map(|(id, ..)| *id) else { return Ok(Found::nothing()) };
    let of_page = identities::customer_id.gt(after).and(identities::customer_id.le(last));
    let named: Vec<(CustomerId, Vec<u8>)> = conn.rows(
        identities::table
            .filter(of_page)
            .order(identities::customer_id)
            .limit(limit)
            .select((identities::customer_id, identities::name_sealed)),
    )?;
    let of_page = addresses::customer_id.gt(after).and(addresses::customer_id.le(last));
    let lived: Vec<(CustomerId, Three)> = conn.rows(
        addresses::table
            .filter(of_page)
            .order((addresses::customer_id, addresses::id))
            .limit(limit * ADDRESSES_MAX)
            .select((
                addresses::customer_id,
                (addresses::name_sealed, addresses::phone_sealed, addresses::detail_sealed),
            )),
    )?;
    let profiles = profiles.iter().filter(|(_, nickname, phone)| nickname.iter().chain(phone).any(is_old));
    let mut ids: Vec<CustomerId> = profiles.map(|(id, ..)| *id).collect();
    ids.extend(named.iter().filter(|(_, name)| is_old(name)).map(|(id, _)| *id));
    ids.extend(lived.iter().filter(|(_, (a, b, c))| [a, b, c].into_iter().any(is_old)).map(|(id, _)| *id));
    ids.sort_unstable();
    ids.dedup();
    Ok(Found { last: Some(last), ids })
}

/// Everything of one buyer. An account that ended meanwhile has nothing.
pub(crate) fn reseal(tx: &mut Tx, sealer: &Sealer, customer: CustomerId, now: Timestamp) -> Result<()> {
    match super::lock(tx, customer) {
        Ok(()) => {}
        Err(error) if error.code() == Some(Code::Unauthorized) => return Ok(()),
        Err(error) => return Err(error),
    }
    let anew = Anew { sealer, key: &*sealer.key_of(tx, Subject::Person(customer), now)? };
    let row = customer.to_string();
    let own = customers::table.find(customer);
    let profile: Option<NicknameAndPhone> =
        tx.row(own.select((customers::nickname_sealed, customers::phone_sealed)))?;
    if let Some((nickname, phone)) = profile {
        let changed = (
            customers::nickname_sealed
                .eq(nickname.map(|old| anew.of("customers", "nickname_sealed", &row, &old)).transpose()?),
            customers::phone_sealed
                .eq(phone.map(|old| anew.of("customers", "phone_sealed", &row, &old)).transpose()?),
        );
        tx.execute(diesel::update(own).set(changed))?;
    }
    let own = identities::table.find(customer);
    let identity: Option<(Vec<u8>, Vec<u8>)> =
        tx.row(own.select((identities::name_sealed, identities::id_number_sealed)))?;
    if let Some((name, number)) = identity {
        let changed = (
            identities::name_sealed.eq(anew.of("identities", "name_sealed", &row, &name)?),
            identities::id_number_sealed.eq(anew.of("identities", "id_number_sealed", &row, &number)?),
        );
        tx.execute(diesel::update(own).set(changed))?;
    }
    let own = addresses::table.filter(addresses::customer_id.eq(customer)).order(addresses::id).limit(ADDRESSES_MAX);
    let lived: Vec<(String, Three)> = tx.rows(
        own.select((addresses::public_id, (addresses::name_sealed, addresses::phone_sealed, addresses::detail_sealed))),
    )?;
    for (id, (name, phone, detail)) in lived {
        let changed = (
            addresses::name_sealed.eq(anew.of("addresses", "name_sealed", &id, &name)?),
            addresses::phone_sealed.eq(anew.of("addresses", "phone_sealed", &id, &phone)?),
            addresses::detail_sealed.eq(anew.of("addresses", "detail_sealed", &id, &detail)?),
        );
        tx.execute(diesel::update(addresses::table.filter(addresses::public_id.eq(&id))).set(changed))?;
    }
    Ok(())
}

struct Anew<'a> {
    sealer: &'a Sealer,
    key: &'a DataKey,
}

impl Anew<'_> {
    fn of(&self, table: &str, column: &str, row: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        if !Sealer::is_without_subject(sealed) {
            return Ok(sealed.to_vec());
        }
        let place = AadContext { table, column, row };
        self.key.seal(&place, &self.sealer.open(&place, sealed)?)
    }
}
