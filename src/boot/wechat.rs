//! The clients of WeChat, made from the settings.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use wechat_client::{
    Breaker, MessagePush, MiniClient, MiniCredentials, PayClient, PayCredentials, PushCredentials, ReqwestTransport,
    Transport, TransportSettings,
};

use crate::base::clock::Clock;
use crate::base::config::WechatSettings;
use crate::base::error::{Error, Result};

/// Signatures, tokens and the breaker move with the shop's clock.
impl wechat_client::Clock for Clock {
    fn now(&self) -> DateTime<Utc> {
        Self::now(self)
    }
}

/// Both clients share one pooled transport behind one breaker.
pub(super) fn clients(settings: &WechatSettings, clock: &Clock) -> Result<(PayClient, MiniClient)> {
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

pub(super) fn message_push(settings: &WechatSettings, clock: &Clock) -> Result<Option<MessagePush>> {
    let Some((token, aes_key)) = &settings.message else { return Ok(None) };
    let credentials = PushCredentials { appid: settings.appid.clone(), token: token.clone(), aes_key: aes_key.clone() };
    // The console sets the form; both are read, so that a change there loses no event.
    MessagePush::new(&credentials, clock.clone()).map(|push| Some(push.with_xml())).map_err(all_faults)
}

fn all_faults(faults: Vec<String>) -> Error {
    Error::internal(format!("the WeChat account can't be used: {}", faults.join("; ")))
}
