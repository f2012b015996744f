//! What every handler and job sees.

use std::sync::Arc;

use secrecy::SecretString;

use crate::access_token::SharedToken;
use crate::auth::Auth;
use crate::catalogue::Catalogue;
use crate::clock::Clock;
use crate::config::{Settings, WechatSettings};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::jobs::Kind;
use crate::observability::Metrics;
use crate::operators::Operators;
use crate::privacy::Sealer;
use crate::web::limits::Doors;
use crate::wechat::{
    Breaker, MessagePush, MiniClient, MiniCredentials, PayClient, PayCredentials, PushCredentials, ReqwestTransport,
    Transport, TransportSettings,
};
use crate::{jobs, payments, refunds, rights, upkeep};

/// The running shop: shared by all workers as `web::Data<App>`.
pub struct App {
    /// How it was set up.
    pub settings: Settings,
    /// The only source of time.
    pub clock: Clock,
    /// The three doors to the database.
    pub db: Db,
    /// Seals and opens personal data.
    pub sealer: Arc<Sealer>,
    /// Tokens and sessions.
    pub auth: Auth,
    /// The same of the people who run the shop.
    pub operators: Operators,
    /// Snapshot of what is for sale.
    pub catalogue: Catalogue,
    /// WeChat Pay.
    pub pay: PayClient,
    /// The mini program's side of WeChat.
    pub mini: MiniClient,
    /// What WeChat posts to us; nothing if it is not set up.
    pub message_push: Option<MessagePush>,
    /// What lets callers in.
    pub doors: Doors,
    /// Kinds of jobs that this binary can run.
    pub job_kinds: Vec<Kind>,
    /// Counters and histograms.
    pub metrics: Metrics,
}

impl App {
    /// Opens the database and builds everything on it. Refuses while migrations are pending, and where newer ones were run: code must
    /// not meet a schema that it does not know.
    pub async fn build(settings: Settings, clock: Clock) -> Result<Arc<Self>> {
        let db = Db::open(&settings.database)?;
        let pending = db.pending_migrations()?;
        if !pending.is_empty() {
            let names = pending.join(", ");
            return Err(Error::internal(format!("migrations are pending ({names}); run: gunpo-mall migrate")));
        }
        let newer = db.unknown_migrations()?;
        if !newer.is_empty() {
            let names = newer.join(", ");
            return Err(Error::internal(format!(
                "the database is newer than this program ({names}); start the newer one"
            )));
        }
        let message_push = message_push(&settings.wechat, &clock)?;
        let sealer = Arc::new(Sealer::new(&settings.data_keys)?);
        let (pay, mini) = wechat_clients(&settings.wechat, &clock)?;
        let token = SharedToken::new(db.clone(), Arc::clone(&sealer), &settings.wechat.appid);
        let mini = mini.with_token_store(Arc::new(token));
        let auth = Auth::new(&settings.jwt_secret, clock.clone())?;
        let operators = Operators::new(&settings.jwt_secret, clock.clone())?;
        let catalogue = Catalogue::load(&db).await?;
        let metrics = Metrics::new()?;
        let doors = Doors::new(&settings.limits, settings.http.workers, clock.clone(), &metrics)?;
        let job_kinds = [payments::jobs::KINDS, refunds::jobs::KINDS, rights::jobs::KINDS, upkeep::KINDS].concat();
        let app = Self {
            settings,
            clock,
            db,
            sealer,
            auth,
            operators,
            catalogue,
            pay,
            mini,
            message_push,
            doors,
            job_kinds,
            metrics,
        };
        let now = app.clock.timestamp();
        app.db.write(move |tx| recurring(tx, now)).await?;
        Ok(Arc::new(app))
    }
}

fn recurring(tx: &mut Tx, now: crate::clock::Timestamp) -> Result<()> {
    for (kind, every) in upkeep::RECURRING.into_iter().chain(rights::jobs::RECURRING) {
        jobs::ensure_recurring(tx, kind, every, now)?;
    }
    Ok(())
}

/// Both clients share one pooled transport behind one breaker.
fn wechat_clients(settings: &WechatSettings, clock: &Clock) -> Result<(PayClient, MiniClient)> {
    // Certificates of authorities are read only where TLS is spoken: the stand-in needs none.
    let load_tls_roots = [&settings.api_url, &settings.pay_url].iter().any(|url| url.starts_with("https://"));
    let transport = ReqwestTransport::new(&TransportSettings { load_tls_roots, ..TransportSettings::default() })
        .map_err(Error::internal)?;
    let transport: Arc<dyn Transport> = Arc::new(Breaker::new(Arc::new(transport), clock.clone()));
    let pay = PayCredentials {
        appid: settings.appid.clone(),
        mchid: settings.mchid.clone(),
        merchant_serial: settings.merchant_serial.clone(),
        merchant_private_key_pem: settings.merchant_key_pem.clone(),
        api_v3_key: settings.api_v3_key.clone(),
        public_key: settings.public_key.clone(),
        base_url: settings.pay_url.clone(),
    };
    let mini = MiniCredentials {
        appid: settings.appid.clone(),
        app_secret: SecretString::clone(&settings.app_secret),
        base_url: settings.api_url.clone(),
    };
    let mut pay = PayClient::new(&pay, Arc::clone(&transport), clock.clone()).map_err(all_faults)?;
    let mut mini = MiniClient::new(&mini, transport, clock.clone()).map_err(all_faults)?;
    if let Some(url) = &settings.pay_backup_url {
        pay = pay.with_backup(url).map_err(Error::internal)?;
    }
    if let Some(url) = &settings.api_backup_url {
        mini = mini.with_backup_url(url).map_err(Error::internal)?;
    }
    Ok((pay, mini))
}

fn message_push(settings: &WechatSettings, clock: &Clock) -> Result<Option<MessagePush>> {
    let Some((token, aes_key)) = &settings.message else { return Ok(None) };
    let credentials = PushCredentials { appid: settings.appid.clone(), token: token.clone(), aes_key: aes_key.clone() };
    // The console sets the form; both are read, so that a change there loses no event.
    MessagePush::new(&credentials, clock.clone()).map(|push| Some(push.with_xml())).map_err(all_faults)
}

fn all_faults(faults: Vec<String>) -> Error {
    Error::internal(format!("the WeChat account can't be used: {}", faults.join("; ")))
}
