//! The mini program's `access_token` in the database: one for all nodes. A node that fetched one for itself would be answered with the
//! same in WeChat's normal mode, but a forced refresh ends everybody's, and a day has only so many.

mod store;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};

use crate::base::clock::Timestamp;
use crate::base::db::{Db, DbConn, Tx};
use crate::base::error::{Error, Result};
use crate::platform::sealing::{AadContext, Sealer};
use wechat_client::{TokenRecord, TokenStore, TokenStoreFault};

use store::Row;

/// The row of one appid.
pub struct SharedToken {
    db: Db,
    sealer: Arc<Sealer>,
    appid: String,
}

impl SharedToken {
    /// Of this appid. Nothing is read yet.
    pub fn new(db: Db, sealer: Arc<Sealer>, appid: &str) -> Self {
        Self { db, sealer, appid: appid.to_owned() }
    }

    async fn read(&self) -> Result<Option<TokenRecord>> {
        let appid = self.appid.clone();
        let Some(row) = self.db.read_one(move |rx| store::find(rx, &appid)).await? else { return Ok(None) };
        let token = SecretString::from(self.sealer.open_text(&place(&self.appid), &row.token_sealed)?);
        let Row { generation, fetched_at, expires_at, forced_at, forced_that_day, .. } = row;
        Ok(Some(TokenRecord {
            generation,
            token,
            fetched_at: fetched_at.utc(),
            expires_at: expires_at.utc(),
            forced_at: forced_at.map(Timestamp::utc),
            forced_that_day: u32::try_from(forced_that_day).unwrap_or(u32::MAX),
        }))
    }

    async fn write(&self, record: TokenRecord) -> Result<bool> {
        let row = Row {
            generation: record.generation,
            token_sealed: self.sealer.seal(&place(&self.appid), record.token.expose_secret().as_bytes())?,
            fetched_at: record.fetched_at.into(),
            expires_at: record.expires_at.into(),
            forced_at: record.forced_at.map(Timestamp::from),
            forced_that_day: i32::try_from(record.forced_that_day).unwrap_or(i32::MAX),
        };
        let appid = self.appid.clone();
        self.db.write(move |tx| store::replace_older(tx, &appid, &row)).await
    }
}

impl TokenStore for SharedToken {
    fn load(&self) -> BoxFuture<'_, std::result::Result<Option<TokenRecord>, TokenStoreFault>> {
        Box::pin(async { self.read().await.map_err(fault) })
    }

    fn store_if_newer(&self, record: TokenRecord) -> BoxFuture<'_, std::result::Result<bool, TokenStoreFault>> {
        Box::pin(async { self.write(record).await.map_err(fault) })
    }

    fn take_lease<'s>(
        &'s self,
        holder: &'s str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'s, std::result::Result<bool, TokenStoreFault>> {
        let (appid, holder) = (self.appid.clone(), holder.to_owned());
        let (now, until) = (Timestamp::from(now), Timestamp::from(until));
        Box::pin(async move {
            self.db.write(move |tx| store::take_lease(tx, &appid, &holder, now, until)).await.map_err(fault)
        })
    }

    fn release_lease<'s>(&'s self, holder: &'s str) -> BoxFuture<'s, std::result::Result<(), TokenStoreFault>> {
        let (appid, holder) = (self.appid.clone(), holder.to_owned());
        Box::pin(async move { self.db.write(move |tx| store::release_lease(tx, &appid, &holder)).await.map_err(fault) })
    }
}

fn place(appid: &str) -> AadContext<'_> {
    AadContext { table: "access_tokens", column: "token", row: appid }
}

/// How many tokens an older epoch key seals.
pub(crate) fn older_secrets(conn: &mut DbConn, sealer: &Sealer) -> Result<usize> {
    Ok(store::sealed(conn)?.iter().filter(|(_, sealed)| sealer.is_of_an_older_epoch(sealed)).count())
}

/// Seals these anew under the newest; gives how many.
pub(crate) fn reseal_secrets(tx: &mut Tx, sealer: &Sealer) -> Result<usize> {
    let mut tokens = store::sealed(tx)?;
    tokens.retain(|(_, sealed)| sealer.is_of_an_older_epoch(sealed));
    let mut resealed = 0;
    for (appid, sealed) in &tokens {
        if let Some(anew) = sealer.seal_anew(&place(appid), sealed)? {
            store::reseal(tx, appid, sealed, &anew)?;
            resealed += 1;
        }
    }
    Ok(resealed)
}

/// Without the driver's text, which may quote values.
fn fault(error: Error) -> TokenStoreFault {
    TokenStoreFault(match error {
        Error::Unavailable { reason, .. } => reason.into_owned(),
        Error::OutcomeUnknown(_) => "the outcome of a write is unknown".to_owned(),
        _ => "the database refuses".to_owned(),
    })
}
