//! The whole shop on a free port, with its demo catalogue and a WeChat that is not there: every login that is let through ends as
//! `wechat_unavailable`.

use std::collections::HashMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use actix_web::rt::{System, SystemRunner};
use gunpo_mall::base::clock::Clock;
use gunpo_mall::base::config::Settings;
use gunpo_mall::base::db::{Db, Migrations};
use gunpo_mall::boot::{self, Built};
use gunpo_mall::cli::seed;
use reqwest::{RequestBuilder, Url};
use serde_json::Value;
use tempfile::TempDir;

use crate::wechat::{API_V3_KEY, APP_SECRET, APPID, MCHID, MERCHANT_SERIAL, PUBLIC_KEY_ID, merchant, platform};

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1";
/// The rates have tests of their own.
const NO_HURRY: &str = "login_peer=9999999/9999999,login_all=9999999/9999999,search_peer=9999999/9999999";

pub(crate) struct Shop {
    /// The shop's task lives on it.
    pub(crate) system: SystemRunner,
    address: Url,
    http: reqwest::Client,
    server: Option<boot::Shop>,
    #[allow(dead_code, reason = "kept for its drop")]
    folder: TempDir,
}

impl Shop {
    pub(crate) fn start() -> Self {
        let system = System::new();
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let settings = Settings::from_map(&variables(folder.path(), &address)).unwrap();
        let server = system.block_on(async {
            Migrations::open(&settings.database).unwrap().run().unwrap();
            let db = Db::open(&settings.database).unwrap();
            seed(&db, &Clock::system(), &settings.media_dir).await.unwrap();
            drop(db);
            let built = Built::new(settings, Clock::system()).await.unwrap();
            boot::Shop::start_without_loops(&built, listener).unwrap()
        });
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        Self { system, address: Url::parse(&address).unwrap(), http, server: Some(server), folder }
    }

    /// Status of a post of JSON.
    pub(crate) fn post(&self, path: &str, body: Vec<u8>) -> u16 {
        let request = self.http.post(self.address.join(path).unwrap());
        self.send(request.header("Content-Type", "application/json").body(body))
    }

    /// Status of a GET with this query.
    pub(crate) fn get(&self, path: &str, query: &str) -> u16 {
        let mut url = self.address.join(path).unwrap();
        url.set_query(Some(query));
        self.send(self.http.get(url))
    }

    /// Every refusal is a problem document that tells its own status.
    fn send(&self, request: RequestBuilder) -> u16 {
        self.system.block_on(async {
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
            let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
            if status >= 400 {
                assert_eq!((kind.as_str(), &body["status"]), ("application/problem+json", &Value::from(status)));
            }
            status
        })
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.system.block_on(server.stop());
        }
    }
}

fn variables(folder: &Path, address: &str) -> HashMap<String, String> {
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let pairs = [
        ("DATABASE_URL", format!("sqlite:{}", folder.join("shop.db").display())),
        ("HTTP_WORKERS", "1".to_owned()),
        ("SHUTDOWN_SECONDS", "1".to_owned()),
        ("RATE_LIMITS", NO_HURRY.to_owned()),
        ("PUBLIC_URL", address.to_owned()),
        ("MEDIA_DIR", folder.join("media").display().to_string()),
        ("JWT_SECRET", "kJ8sP2vQ9xL4mN7rT1wY5zB3cD6fG0hK".to_owned()),
        ("DATA_KEYS", "t1:MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY=".to_owned()),
        ("BLIND_INDEX_KEY", "dnV0c3JxcG9ubWxramloZ2ZlZGNiYTk4NzY1NDMyMTA=".to_owned()),
        ("WECHAT_APPID", APPID.to_owned()),
        ("WECHAT_APP_SECRET", APP_SECRET.to_owned()),
        ("WECHAT_API_URL", NOWHERE.to_owned()),
        ("WECHATPAY_MCHID", MCHID.to_owned()),
        ("WECHATPAY_MERCHANT_SERIAL", MERCHANT_SERIAL.to_owned()),
        ("WECHATPAY_MERCHANT_KEY_FILE", file("apiclient_key.pem", &merchant().private_pem())),
        ("WECHATPAY_APIV3_KEY", API_V3_KEY.to_owned()),
        ("WECHATPAY_PUBLIC_KEY_ID", PUBLIC_KEY_ID.to_owned()),
        ("WECHATPAY_PUBLIC_KEY_FILE", file("pub_key.pem", &platform().public_pem())),
        ("WECHATPAY_URL", NOWHERE.to_owned()),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
