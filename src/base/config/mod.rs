//! Typed configuration from variables. Everything is read once at the start, and all faults are reported together.
//! Every variable is explained in `.env.example`; a test compares the two.

mod limits;
mod reader;
mod secrets;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use actix_web::http::Uri;
use ipnet::IpNet;
use secrecy::SecretString;

pub use limits::{LimitSettings, RateSetting};
use reader::Reader;
pub use secrets::DataKeys;

/// Where real credentials are looked for before `demo` agrees to start.
pub const REAL_CREDENTIALS: [&str; 4] =
    ["WECHAT_APP_SECRET", "WECHATPAY_MCHID", "WECHATPAY_APIV3_KEY", "WECHATPAY_MERCHANT_KEY_FILE"];

/// Beginnings of names in a process's environment that can only be meant for this program.
const OURS: [&str; 2] = ["WECHAT_", "WECHATPAY_"];
/// Beginnings of names that a `.env` may hold for those who read it too.
const OF_OTHERS: [&str; 3] = ["RUST_", "COMPOSE_", "POSTGRES_"];
/// How many letters may be wrong in a name for another to be proposed.
const NEAR: usize = 3;

/// WeChat Pay, and its other host in another city (page "access points").
const PAY_URL: &str = "https://api.mch.weixin.qq.com";
const PAY_BACKUP_URL: &str = "https://api2.mch.weixin.qq.com";

/// Everything the server needs to know.
pub struct Settings {
    /// Where data is.
    pub database: DatabaseSettings,
    /// Where and how it listens.
    pub http: HttpSettings,
    /// Limits on what is let in.
    pub limits: LimitSettings,
    /// Signs access and refresh tokens.
    pub jwt_secret: SecretString,
    /// Seals personal data.
    pub data_keys: DataKeys,
    /// The mini program and the merchant account.
    pub wechat: WechatSettings,
    /// Folder of product pictures, served under `/media`.
    pub media_dir: PathBuf,
    /// Which accounts have ended, for `restore`.
    pub ended_accounts: PathBuf,
}

/// Where data is.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// Backend and place.
    pub url: DatabaseUrl,
    /// SQLite: reading connections.
    pub read_connections: u32,
    /// PostgreSQL: connections in all.
    pub connections: u32,
}

/// The scheme of `DATABASE_URL` chooses the backend.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// `sqlite:PATH`.
    Sqlite(PathBuf),
    /// `postgres://...`.
    Postgres(String),
}

impl std::fmt::Debug for DatabaseUrl {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres:(hidden)"),
        }
    }
}

impl DatabaseUrl {
    /// Parses; an unknown scheme is refused, never guessed.
    pub fn parse(url: &str) -> Result<Self, String> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
        match path {
            Some("") => Err("DATABASE_URL names no file after sqlite:".into()),
            Some(":memory:") => Err("DATABASE_URL must name a file: an in-memory database can't be shared".into()),
            Some(path) => Ok(Self::Sqlite(PathBuf::from(path))),
            None => {
                let scheme = url.split(':').next().unwrap_or_default();
                Err(format!("DATABASE_URL has the unknown scheme '{scheme}'; use sqlite: or postgres://"))
            }
        }
    }

    /// Name of the backend, also the Cargo feature that brings it.
    pub fn backend(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }
}

/// Where and how it listens.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Address of the API.
    pub listen: SocketAddr,
    /// Address of `/metrics`: loopback unless told otherwise, for it is not behind a login.
    pub metrics_listen: SocketAddr,
    /// Threads that serve requests.
    pub workers: usize,
    /// Peers whose `X-Forwarded-For` is believed. Nobody's by default.
    pub trusted_proxies: Vec<IpNet>,
    /// Web pages of other origins that may call the API from a browser. None by default.
    pub cors_origins: Vec<String>,
    /// The API as WeChat and the mini program reach it; no slash at the end.
    pub public_url: String,
    /// Seconds that open requests get at a stop.
    pub shutdown_s: u64,
}

/// The mini program and the merchant account.
pub struct WechatSettings {
    pub appid: String,
    pub app_secret: SecretString,
    /// `https://api.weixin.qq.com`, or the stand-in.
    pub api_url: String,
    /// Tried once where the first can't be reached.
    pub api_backup_url: Option<String>,
    /// Message push (消息推送): token and `EncodingAESKey`. Without the token, nothing is received.
    pub message: Option<(SecretString, Option<SecretString>)>,
    pub mchid: String,
    /// Serial number of the merchant certificate, 40 hex digits.
    pub merchant_serial: String,
    /// Private key of the merchant certificate, PKCS#8 PEM.
    pub merchant_key_pem: SecretString,
    /// `APIv3` key, 32 ASCII characters.
    pub api_v3_key: SecretString,
    /// WeChat Pay's public key: id (`PUB_KEY_ID_...`) and PEM. Without it, platform certificates are downloaded.
    pub public_key: Option<(String, String)>,
    /// `https://api.mch.weixin.qq.com`, or the stand-in.
    pub pay_url: String,
    /// WeChat Pay's other host, for what may be sent twice (page \"access points\").
    pub pay_backup_url: Option<String>,
}

/// Every fault of a configuration.
#[derive(Debug, thiserror::Error)]
#[error("the configuration can't be used:\n  - {}", .0.join("\n  - "))]
pub struct ConfigFaults(pub Vec<String>);

impl Settings {
    /// From the environment over a `.env` file, if there is one.
    pub fn from_env() -> Result<Self, ConfigFaults> {
        Self::from_map(&environment(Path::new(".env"))?)
    }

    /// From a map; reports all faults at once.
    pub fn from_map(map: &HashMap<String, String>) -> Result<Self, ConfigFaults> {
        let mut reader = Reader::new(map);
        let settings = read(&mut reader);
        let faults = reader.into_faults();
        match (settings, faults.is_empty()) {
            (Some(settings), true) => Ok(settings),
            (_, _) => Err(ConfigFaults(faults)),
        }
    }

    /// The names of all variables, for the test that compares them with `.env.example`.
    pub fn variables() -> Vec<&'static str> {
        let map = HashMap::new();
        let mut reader = Reader::new(&map);
        let _ = read(&mut reader);
        let mut names: Vec<_> = reader.asked().iter().copied().collect();
        names.extend(["LOG_FORMAT", "RUST_LOG"]);
        names.sort_unstable();
        names
    }
}

impl DatabaseSettings {
    /// Only the database's part, for `migrate`, `jobs` and `seed`, which need no WeChat account.
    pub fn from_map(map: &HashMap<String, String>) -> Result<Self, ConfigFaults> {
        let mut reader = Reader::new(map);
        let settings = database(&mut reader);
        let faults = reader.into_faults();
        match (settings, faults.is_empty()) {
            (Some(settings), true) => Ok(settings),
            (_, _) => Err(ConfigFaults(faults)),
        }
    }
}

/// What a restore needs to know of ended accounts: where the list is and, if there is one, the keys.
pub struct EndedAccounts {
    /// The list.
    pub file: PathBuf,
    /// Nothing if there is no list.
    pub data_keys: Option<DataKeys>,
}

impl EndedAccounts {
    /// Refuses a list without the keys that it needs.
    pub fn from_map(map: &HashMap<String, String>, url: &DatabaseUrl) -> Result<Self, ConfigFaults> {
        let mut reader = Reader::new(map);
        let file = ended_accounts(&mut reader, url);
        let data_keys = if file.exists() { secrets::data_keys(&mut reader) } else { None };
        let faults = reader.into_faults();
        if faults.is_empty() { Ok(Self { file, data_keys }) } else { Err(ConfigFaults(faults)) }
    }
}

/// The process's variables over those of a `.env` file. The process's environment itself is never changed.
pub fn environment(dotenv: &Path) -> Result<HashMap<String, String>, ConfigFaults> {
    let mut map = HashMap::new();
    if dotenv.exists() {
        let unreadable = |error| ConfigFaults(vec![format!("{} can't be read: {error}", dotenv.display())]);
        for pair in dotenvy::from_path_iter(dotenv).map_err(unreadable)? {
            let (name, value) = pair.map_err(unreadable)?;
            map.insert(name, value);
        }
    }
    let mut faults = unknown_names(map.keys().map(String::as_str), &dotenv.display().to_string(), |_| true);
    let process: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    // Others use the environment of a process too; names that begin like ours are meant for us.
    faults.extend(unknown_names(process.iter().map(|(name, _)| name.as_str()), "the environment", |name| {
        OURS.iter().any(|prefix| name.starts_with(prefix))
    }));
    map.extend(process);
    if faults.is_empty() { Ok(map) } else { Err(ConfigFaults(faults)) }
}

/// A name that is misspelt would leave its setting at the default without a word.
fn unknown_names<'a>(
    names: impl Iterator<Item = &'a str>,
    place: &str,
    is_meant: impl Fn(&str) -> bool,
) -> Vec<String> {
    let known = Settings::variables();
    let is_of_others = |name: &str| OF_OTHERS.iter().any(|prefix| name.starts_with(prefix));
    let mut unknown: Vec<&str> =
        names.filter(|name| is_meant(name) && !known.contains(name) && !is_of_others(name)).collect();
    unknown.sort_unstable();
    let told = |name: &str| {
        let near = known.iter().map(|known| (strsim::levenshtein(known, name), known)).min();
        let hint = near.filter(|(distance, _)| *distance <= NEAR).map(|(_, known)| format!("; is {known} meant?"));
        format!("{name} in {place} is no variable of this program{}", hint.unwrap_or_default())
    };
    unknown.into_iter().map(told).collect()
}

fn read(reader: &mut Reader) -> Option<Settings> {
    let database = database(reader);
    let http = http(reader);
    let limits = limits::limits(reader);
    let jwt_secret = secrets::jwt_secret(reader);
    let data_keys = secrets::data_keys(reader);
    let wechat = wechat(reader);
    let media_dir = PathBuf::from(reader.text("MEDIA_DIR", "media"));
    let database = database?;
    let ended_accounts = ended_accounts(reader, &database.url);
    Some(Settings { database, http, limits, jwt_secret, data_keys: data_keys?, wechat, media_dir, ended_accounts })
}

/// Beside the SQLite file; with PostgreSQL in the folder where the shop runs.
fn ended_accounts(reader: &mut Reader, url: &DatabaseUrl) -> PathBuf {
    let usual = match url {
        DatabaseUrl::Sqlite(file) => format!("{}.ended", file.display()),
        DatabaseUrl::Postgres(_) => "gunpo-mall.ended".to_owned(),
    };
    PathBuf::from(reader.text("ENDED_ACCOUNTS_FILE", &usual))
}

fn database(reader: &mut Reader) -> Option<DatabaseSettings> {
    let url = match DatabaseUrl::parse(&reader.text("DATABASE_URL", "sqlite:gunpo-mall.db")) {
        Ok(url) => Some(url),
        Err(fault) => {
            reader.fault(fault);
            None
        }
    };
    let read_connections = reader.number("DATABASE_READ_CONNECTIONS", 4, 1..=64);
    let connections = reader.number("DATABASE_CONNECTIONS", 16, 2..=256);
    Some(DatabaseSettings { url: url?, read_connections, connections })
}

fn http(reader: &mut Reader) -> HttpSettings {
    let listen = reader.parsed("LISTEN", SocketAddr::from(([127, 0, 0, 1], 8080)));
    let metrics_listen = reader.parsed("METRICS_LISTEN", SocketAddr::from(([127, 0, 0, 1], 9090)));
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let workers = reader.number("HTTP_WORKERS", workers, 1..=256);
    let trusted_proxies = trusted_proxies(reader);
    let cors_origins = cors_origins(reader);
    let public_url = reader.required("PUBLIC_URL", "where WeChat reaches this server, https://...").to_owned();
    check_url(reader, "PUBLIC_URL", &public_url);
    let shutdown_s = reader.number("SHUTDOWN_SECONDS", 20, 1..=300);
    HttpSettings { listen, metrics_listen, workers, trusted_proxies, cors_origins, public_url, shutdown_s }
}

fn trusted_proxies(reader: &mut Reader) -> Vec<IpNet> {
    let list = reader.text("TRUSTED_PROXIES", "");
    let mut networks = Vec::new();
    for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        match entry.parse::<IpNet>().or_else(|_| entry.parse::<IpAddr>().map(IpNet::from)) {
            Ok(network) => networks.push(network),
            Err(_) => reader.fault(format!("TRUSTED_PROXIES: '{entry}' is neither an address nor a network")),
        }
    }
    networks
}

/// As browsers write them: scheme, host and port, nothing behind.
fn cors_origins(reader: &mut Reader) -> Vec<String> {
    let list = reader.text("CORS_ORIGINS", "");
    let origins: Vec<String> =
        list.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect();
    for origin in &origins {
        if !is_origin(origin) {
            reader.fault(format!("CORS_ORIGINS: '{origin}' is no origin, as https://shop.example"));
        }
    }
    origins
}

/// Whether a browser would write it so: lower case, no port that goes without saying. Anything else would never match.
fn is_origin(origin: &str) -> bool {
    let Ok(uri) = origin.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
    let silent_port = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return false,
    };
    let plain = !authority.host().is_empty() && !authority.as_str().contains(['@', '*']);
    plain
        && authority.port_u16() != Some(silent_port)
        && !origin.chars().any(char::is_uppercase)
        && origin == format!("{scheme}://{authority}")
}

/// WeChat takes notifies only at https; plain http is for loopback, where the stand-in listens.
fn check_url(reader: &mut Reader, name: &'static str, url: &str) {
    if url.is_empty() {
        return;
    }
    let authority = url.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    // What stands before an @ is a name and a password, whatever it looks like: http://127.0.0.1:x@evil.example
    if authority.contains('@') {
        reader.fault(format!("{name} must hold no user and no password"));
    }
    let host = authority.split(':').next().unwrap_or_default();
    let loopback = matches!(host, "127.0.0.1" | "localhost");
    if !(url.starts_with("https://") || url.starts_with("http://") && loopback) || host.is_empty() {
        reader.fault(format!("{name} must begin with https:// (http:// only for 127.0.0.1)"));
    }
    if url.ends_with('/') || url.contains(['?', '#']) {
        reader.fault(format!("{name} must have no slash at its end, no query and no fragment"));
    }
}

fn wechat(reader: &mut Reader) -> WechatSettings {
    let appid = reader.required("WECHAT_APPID", "the mini program's id").to_owned();
    let app_secret = reader.required_secret("WECHAT_APP_SECRET", "the mini program's secret");
    let api_url = reader.text("WECHAT_API_URL", "https://api.weixin.qq.com");
    check_url(reader, "WECHAT_API_URL", &api_url);
    let api_backup_url = backup_url(reader, "WECHAT_API_BACKUP_URL", None);
    let message = secrets::message_push(reader);
    let mchid = reader.required("WECHATPAY_MCHID", "the merchant number").to_owned();
    let merchant_serial = reader.required("WECHATPAY_MERCHANT_SERIAL", "serial of the merchant certificate").to_owned();
    let key_file = reader.required("WECHATPAY_MERCHANT_KEY_FILE", "apiclient_key.pem");
    let merchant_key_pem = SecretString::from(secrets::file(reader, "WECHATPAY_MERCHANT_KEY_FILE", key_file));
    let api_v3_key = secrets::api_v3_key(reader);
    let public_key = secrets::platform_public_key(reader);
    let pay_url = reader.text("WECHATPAY_URL", PAY_URL);
    check_url(reader, "WECHATPAY_URL", &pay_url);
    // Only the real WeChat Pay has the other host: whoever names another one names its back-up too, or has none.
    let pay_backup_url = backup_url(reader, "WECHATPAY_BACKUP_URL", (pay_url == PAY_URL).then_some(PAY_BACKUP_URL));
    WechatSettings {
        appid,
        app_secret,
        api_url,
        api_backup_url,
        message,
        mchid,
        merchant_serial,
        merchant_key_pem,
        api_v3_key,
        public_key,
        pay_url,
        pay_backup_url,
    }
}

/// `none` switches off what would be there.
fn backup_url(reader: &mut Reader, name: &'static str, usual: Option<&str>) -> Option<String> {
    let url = reader.text(name, usual.unwrap_or("none"));
    if url == "none" {
        return None;
    }
    check_url(reader, name, &url);
    Some(url)
}
