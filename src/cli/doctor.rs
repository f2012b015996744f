//! `doctor`: everything that can be checked without moving anything, all faults at once.

use std::time::Duration;

use super::{Fault, print, variables};
use crate::base::clock::Clock;
use crate::base::config::{DataKeys, DatabaseSettings, HttpSettings, Settings, WechatSettings};
use crate::base::db::Db;
use crate::base::db::backup::BackupRecord;
use crate::base::text::Lang;
use crate::boot::files;
use crate::boot::jobs::listed;
use crate::domain::cases;
use crate::flows::audit::audit;
use crate::flows::{keys, opening};
use crate::http::connections_max;
use crate::platform::jobs;
use crate::platform::sealing::Sealer;

/// A day, and two hours for a night that is slow.
const BACKUP_AGE_MAX_S: i64 = 26 * 3_600;
/// How long an epoch key wraps: what has ended can be opened in a backup for as long again, and no longer.
const ROTATED_EVERY: Duration = Duration::from_hours(30 * 24);

pub(super) async fn run(lang: Lang) -> Result<(), Fault> {
    let map = variables()?;
    let mut faults = Vec::new();
    match Settings::from_map(&map) {
        Ok(settings) => {
            print("configuration: ok")?;
            faults.extend(files::fault(connections_max(settings.http.workers)));
            faults.extend(proxies(&settings.http));
            faults.extend(push(&settings.wechat));
        }
        Err(found) => faults.extend(found.0),
    }
    if let Ok(settings) = DatabaseSettings::from_map(&map) {
        let keys = Settings::from_map(&map).ok().map(|settings| settings.data_keys);
        faults.extend(database(&settings, keys, lang).await?);
    }
    if faults.is_empty() {
        return print("no faults");
    }
    Err(format!("{} fault(s):\n  - {}", faults.len(), faults.join("\n  - ")).into())
}

async fn database(settings: &DatabaseSettings, data_keys: Option<DataKeys>, lang: Lang) -> Result<Vec<String>, Fault> {
    let db = match Db::open_reading(settings) {
        Ok(db) => db,
        Err(error) => return Ok(vec![error.to_string()]),
    };
    let pending = db.pending_migrations()?;
    if !pending.is_empty() {
        return Ok(vec![format!("migrations are pending: {}", pending.join(", "))]);
    }
    let newer = db.unknown_migrations()?;
    if !newer.is_empty() {
        return Ok(vec![format!("the database is newer than this program: {}", newer.join(", "))]);
    }
    let now = Clock::system().timestamp();
    let (mut faults, dead, open) =
        db.read(|rx| Ok((audit(rx)?, jobs::list(rx, Some(jobs::JobState::Dead))?, cases::list_open(rx)?))).await?;
    faults.extend(db.read(move |rx| opening::lacking(rx, now)).await?);
    print(&format!("database: {}, schema up to date", db.backend_name()))?;
    faults.extend(backup(settings)?);
    if let Some(data_keys) = data_keys {
        faults.extend(keys(&db, data_keys).await?);
    }
    let listed = listed();
    faults.extend(dead.into_iter().map(|job| {
        let act = listed.iter().find(|known| known.facts.name == job.kind).map_or("", |known| known.act.get(lang));
        format!("job {} {} {} is dead. {act}", job.id, job.kind, job.payload)
    }));
    faults.extend(open.into_iter().map(|case| {
        let act = case.kind().map_or("", |kind| kind.act().get(lang));
        format!("case {} of {} is open. {act}", case.kind, case.subject)
    }));
    Ok(faults)
}

/// Each epoch key that wraps something must open it; a key that has been in use for long is to be replaced, for backups live as long as it does.
async fn keys(db: &Db, data_keys: DataKeys) -> Result<Vec<String>, Fault> {
    let sealer = Sealer::new(&data_keys)?;
    let first = sealer.epoch()?.to_owned();
    let status = db.read(move |rx| keys::status(rx, &sealer)).await?;
    let lost = status.lost.iter().map(|used| {
        let (id, wraps) = (&used.epoch, used.keys);
        format!("key '{id}' of DATA_KEYS is missing or another one: {wraps} data key(s) can't be opened. Put it back")
    });
    let mut faults: Vec<_> = lost.collect();
    if status.left.sum() > 0 {
        let left = status.left.sum();
        faults.push(format!(
            "{left} row(s) are sealed without a subject's key; the running shop seals them anew (job reseal)"
        ));
    }
    let now = Clock::system().timestamp();
    let oldest = status.epochs.iter().filter(|used| used.epoch == first).find_map(|used| used.oldest);
    if oldest.is_some_and(|at| at.plus(ROTATED_EVERY) < now) {
        faults.push(format!(
            "key '{first}' of DATA_KEYS has wrapped for more than 30 days: rotate it (docs/operations.md, Keys)"
        ));
    }
    Ok(faults)
}

/// The shop speaks no TLS: who has an https address has a proxy in front, and all the world would be that proxy's address.
fn proxies(http: &HttpSettings) -> Option<String> {
    let is_behind_one = http.public_url.starts_with("https://") && http.trusted_proxies.is_empty();
    is_behind_one.then(|| {
        "PUBLIC_URL is https, so a proxy stands in front, but TRUSTED_PROXIES is empty: all callers count as one address, and a few wrong \
         passwords of anybody lock every operator out"
            .to_owned()
    })
}

/// What users take back in WeChat's settings must be deleted; only a sealed push is believed.
fn push(wechat: &WechatSettings) -> Option<String> {
    let is_plain = wechat.message.as_ref().is_some_and(|(_, aes_key)| aes_key.is_none());
    is_plain.then(|| {
        "WECHAT_MESSAGE_TOKEN is set without WECHAT_MESSAGE_AES_KEY: what users take back in WeChat is not deleted here. Choose the sealed \
         mode in WeChat's console and set the key"
            .to_owned()
    })
}

/// A shop that makes backups must go on making them.
fn backup(settings: &DatabaseSettings) -> Result<Option<String>, Fault> {
    let Some(last) = BackupRecord::read(&settings.url) else {
        print("backup: none was ever made (gunpo-mall backup FILE)")?;
        return Ok(None);
    };
    let age_s = Clock::system().timestamp().utc().timestamp() - last.made_at_s;
    print(&format!("backup: {} h old, {} bytes", age_s / 3_600, last.bytes))?;
    Ok((age_s > BACKUP_AGE_MAX_S).then(|| format!("the last backup is {} h old", age_s / 3_600)))
}
