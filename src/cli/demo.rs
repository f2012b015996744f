//! `demo`: the shop and the stand-in of WeChat in one process, with a catalogue, stock, a buyer and a manager. Everything is kept in one
//! folder and is still there at the next start.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use mock_wechat::{Account, Delivery, MockWechat, Options};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{Fault, print, seed, variables};
use crate::base::clock::{Clock, Timestamp};
use crate::base::config::{REAL_CREDENTIALS, Settings};
use crate::base::db::{Db, Migrations};
use crate::base::ids::random_letters;
use crate::boot::{Built, Shop, bind};
use crate::domain::staff::Role;
use crate::domain::staff::service::{self as operators, FirstPassword};
use crate::platform::audit::{Entry, Peer};

/// The buyer that the demo brings.
const BUYER: &str = "alice";
/// The version of the privacy text and of the separate consent that the buyer agreed to (`demo/legal.json`).
const TEXTS_VERSION: &str = "2026-11-01";
/// The operator that it brings.
const MANAGER: &str = "manager";
/// What a load test may set: everything else is the demo's own.
const FOR_LOAD: [&str; 3] = ["RATE_LIMITS", "MAX_IN_FLIGHT", "MAX_SLOW_BODIES"];
/// Threads of the stand-in.
const STAND_IN_WORKERS: usize = 1;

#[derive(Args)]
pub(super) struct DemoArgs {
    /// Folder that keeps the shop's and the stand-in's data.
    #[arg(long, default_value = "./demo-data")]
    data: PathBuf,
    /// Where the shop listens; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where the stand-in of WeChat listens.
    #[arg(long, default_value = "127.0.0.1:8090")]
    wechat_listen: SocketAddr,
    /// Where /metrics listens.
    #[arg(long, default_value = "127.0.0.1:9090")]
    metrics_listen: SocketAddr,
}

pub(super) async fn run(args: DemoArgs) -> Result<(), Fault> {
    refuse_real_credentials(&variables()?)?;
    let data = args.data;
    std::fs::create_dir_all(&data).map_err(|error| format!("can't make {}: {error}", data.display()))?;
    let (listen, wechat_listen) = (bind(args.listen)?, bind(args.wechat_listen)?);
    let metrics_listen = bind(args.metrics_listen)?;
    let mut map = demo_variables(&data, &listen, &wechat_listen)?;
    map.extend(variables()?.into_iter().filter(|(name, _)| FOR_LOAD.contains(&name.as_str())));
    let settings = Settings::from_map(&map)?;
    Migrations::open(&settings.database)?.run()?;
    let wechat = open_wechat(&data)?;
    let clock = Clock::following(wechat.clock().offset_ms());
    // The snapshot is read when the app is built: the catalogue comes first.
    let db = Db::open(&settings.database)?;
    seed(&db, &clock, &settings.media_dir).await?;
    let first_password = hire(&db, clock.timestamp()).await?;
    drop(db);
    let built = Built::new(settings, clock).await?;
    let wechat_address = wechat_listen.local_addr()?;
    let wechat_server = wechat.serve(wechat_listen, STAND_IN_WORKERS)?;
    let wechat_handle = wechat_server.handle();
    actix_web::rt::spawn(wechat_server);
    let metrics_address = metrics_listen.local_addr()?;
    let shop = Shop::start(built, listen, Some(metrics_listen))?;
    set_up_messages(&wechat, &shop.address, &map)?;
    Visitor::new(&shop.address)?.settle_in(&wechat).await?;
    let manager = first_password.map_or_else(
        || MANAGER.to_owned(),
        |first| format!("{MANAGER}, one-time password {} (shown this once)", first.password.expose_secret()),
    );
    print(&format!(
        "Gunpo Mall is open.\n  shop     http://{address}/   (documents: http://{address}/docs/)\n  \
         WeChat   http://{wechat_address}/_mock/ledger   (a stand-in: no real money)\n  metrics  http://{metrics_address}/metrics\n  \
         buyer    {BUYER}\n  console  http://{address}/admin/   (login: {manager})\n  data     {}\nStop with Ctrl-C; the next start goes on from here.",
        data.display(),
        address = shop.address,
    ))?;
    let ended = shop.until_stopped().await;
    wechat_handle.stop(true).await;
    Ok(ended?)
}

/// Beside real keys a demo could be taken for the shop, or the shop for a demo.
fn refuse_real_credentials(map: &HashMap<String, String>) -> Result<(), Fault> {
    let found: Vec<_> = REAL_CREDENTIALS.iter().filter(|name| map.get(**name).is_some_and(|v| !v.is_empty())).collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(format!("demo does not run beside real credentials; found {found:?} in the environment or in .env").into())
}

/// The manager of a shop that has nobody yet.
async fn hire(db: &Db, now: Timestamp) -> Result<Option<FirstPassword>, Fault> {
    if !db.read(|rx| operators::list(rx)).await?.is_empty() {
        return Ok(None);
    }
    let first = FirstPassword::make().await?;
    let (hash, by) = (first.hash(), Entry::new("console:demo", "operator.added", Peer::Console));
    db.write(move |tx| operators::add(tx, MANAGER, Role::Manager, &hash, &by, now)).await?;
    Ok(Some(first))
}

/// What an owner of a mini program types into WeChat's console under 消息推送.
fn set_up_messages(wechat: &MockWechat, shop: &SocketAddr, map: &HashMap<String, String>) -> Result<(), Fault> {
    let of = |name: &str| map.get(name).cloned().unwrap_or_default();
    let settings = mock_wechat::Settings {
        message_url: format!("http://{shop}/wechat/message"),
        message_token: of("WECHAT_MESSAGE_TOKEN"),
        message_aes_key: of("WECHAT_MESSAGE_AES_KEY"),
        ..wechat.settings()
    };
    Ok(wechat.set_settings(settings)?)
}

fn open_wechat(data: &Path) -> Result<MockWechat, Fault> {
    let folder = data.join("wechat");
    let account = Account::load_or_generate(&folder)?;
    Ok(MockWechat::open(Options {
        data_dir: Some(folder),
        account,
        clock: mock_wechat::Clock::system(),
        seed: 1,
        delivery: Delivery::Background,
    })?)
}

/// The same variables that `serve` reads, so that the demo tests what production runs. Its secrets are made at the first start.
fn demo_variables(
    data: &Path,
    listen: &TcpListener,
    wechat_listen: &TcpListener,
) -> Result<HashMap<String, String>, Fault> {
    let account = Account::load_or_generate(&data.join("wechat"))?;
    write_private(&data.join("apiclient_key.pem"), &account.merchant_private_key_pem)?;
    write_private(&data.join("pub_key.pem"), &account.public_key_pem)?;
    let path = |name: &str| data.join(name).display().to_string();
    let wechat = format!("http://{}", wechat_listen.local_addr()?);
    let mut map = secrets(&data.join("secrets.env"))?;
    let rest = [
        ("DATABASE_URL", format!("sqlite:{}", path("shop.db"))),
        ("PUBLIC_URL", format!("http://{}", listen.local_addr()?)),
        ("MEDIA_DIR", path("media")),
        ("WECHAT_APPID", account.appid),
        ("WECHAT_APP_SECRET", account.app_secret),
        ("WECHAT_API_URL", wechat.clone()),
        ("WECHATPAY_MCHID", account.mchid),
        ("WECHATPAY_MERCHANT_SERIAL", account.merchant_serial),
        ("WECHATPAY_MERCHANT_KEY_FILE", path("apiclient_key.pem")),
        ("WECHATPAY_APIV3_KEY", account.api_v3_key),
        ("WECHATPAY_PUBLIC_KEY_ID", account.public_key_id),
        ("WECHATPAY_PUBLIC_KEY_FILE", path("pub_key.pem")),
        ("WECHATPAY_URL", wechat),
    ];
    map.extend(rest.map(|(name, value)| (name.to_owned(), value)));
    Ok(map)
}

/// Keeps the demo's own secrets: with new ones, what is sealed could not be opened at the second start.
fn secrets(file: &Path) -> Result<HashMap<String, String>, Fault> {
    if !file.exists() {
        let lines = format!(
            "JWT_SECRET={}\nDATA_KEYS=d1:{}\nBLIND_INDEX_KEY={}\nWECHAT_MESSAGE_TOKEN={}\nWECHAT_MESSAGE_AES_KEY={}\n",
            random_letters(48)?,
            random_key()?,
            random_key()?,
            random_letters(32)?,
            random_letters(43)?,
        );
        write_private(file, &lines)?;
    }
    Ok(dotenvy::from_path_iter(file)?.collect::<Result<_, _>>()?)
}

fn random_key() -> Result<String, Fault> {
    let mut key = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut key).map_err(|_| "the random generator failed")?;
    Ok(STANDARD.encode(key))
}

/// A file that only its owner reads.
fn write_private(path: &Path, text: &str) -> Result<(), Fault> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    Ok(file.write_all(text.as_bytes())?)
}

/// The demo's buyer, who uses the shop's API like any phone.
struct Visitor {
    shop: String,
    http: reqwest::Client,
}

impl Visitor {
    fn new(shop: &SocketAddr) -> Result<Self, Fault> {
        Ok(Self { shop: format!("http://{shop}/api/v1"), http: reqwest::Client::builder().no_proxy().build()? })
    }

    /// Logs in; at the first start writes an address and an identity down.
    async fn settle_in(&self, wechat: &MockWechat) -> Result<(), Fault> {
        let login = json!({ "code": wechat.login(BUYER) });
        let login = self.send(self.http.post(format!("{}/auth/login", self.shop)), Some(&login)).await?;
        let token = login["access_token"].as_str().ok_or("the shop gave no token")?;
        let addresses = format!("{}/addresses", self.shop);
        let known = self.send(self.http.get(&addresses).bearer_auth(token), None).await?;
        if known["items"].as_array().is_some_and(|items| !items.is_empty()) {
            return Ok(());
        }
        let privacy = json!({ "document": "privacy", "version": TEXTS_VERSION, "age_confirmed": true });
        let consents = format!("{}/me/consents", self.shop);
        self.send(self.http.post(consents).bearer_auth(token), Some(&privacy)).await?;
        let address = json!({ "name": "金爱丽", "phone": "13800138000", "province": "山东省", "city": "临沂市",
            "district": "兰山区", "detail": "沂蒙路 1 号 军浦馆", "region_code": "371302", "is_default": true });
        self.send(self.http.post(&addresses).bearer_auth(token), Some(&address)).await?;
        // The sample number of GB 11643-1999: nobody's.
        let identity = json!({ "name": "金爱丽", "id_number": "11010519491231002X", "consent_version": TEXTS_VERSION });
        self.send(self.http.put(format!("{}/identity", self.shop)).bearer_auth(token), Some(&identity)).await?;
        Ok(())
    }

    async fn send(&self, request: reqwest::RequestBuilder, body: Option<&Value>) -> Result<Value, Fault> {
        let request = match body {
            Some(body) => request.header("Content-Type", "application/json").body(body.to_string()),
            None => request,
        };
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            return Err(format!("the demo's buyer was refused: {status} {text}").into());
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}
