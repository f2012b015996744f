// Set-up of the examples in the documentation of this crate, which include this file in a hidden line. The README shows
// the same in full.

use std::error::Error;
use std::net::TcpListener;
use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use mock_wechat::{Account, Delivery, MockWechat, Options, Paid};
use secrecy::SecretString;
use wechat_client::{
    Breaker, CustomsCredentials, MiniCredentials, PayClient, PayCredentials, PrepayOrder, ReqwestTransport, SignMethod,
    SystemClock, Transport, TransportSettings,
};

/// The stand-in of WeChat behind a port, and the way to it.
pub struct StandIn {
    pub mock: MockWechat,
    pub base_url: String,
    pub transport: Arc<dyn Transport>,
}

impl StandIn {
    pub fn start() -> Result<Self, Box<dyn Error>> {
        let mock = MockWechat::open(Options {
            data_dir: None,
            account: Account::generate()?,
            clock: mock_wechat::Clock::system(),
            seed: 1,
            delivery: Delivery::Manual,
        })?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let base_url = format!("http://{}", listener.local_addr()?);
        actix_web::rt::spawn(mock.serve(listener, 1)?);
        let direct = ReqwestTransport::new(&plain_http())?;
        Ok(Self { mock, base_url, transport: Arc::new(Breaker::new(Arc::new(direct), SystemClock)) })
    }

    pub fn mini_credentials(&self) -> MiniCredentials {
        let account = self.mock.account();
        MiniCredentials {
            appid: account.appid.clone(),
            app_secret: SecretString::from(account.app_secret.clone()),
            base_url: self.base_url.clone(),
        }
    }

    pub fn pay_credentials(&self) -> PayCredentials {
        let account = self.mock.account();
        PayCredentials {
            appid: account.appid.clone(),
            mchid: account.mchid.clone(),
            merchant_serial: account.merchant_serial.clone(),
            merchant_private_key_pem: SecretString::from(account.merchant_private_key_pem.clone()),
            api_v3_key: SecretString::from(account.api_v3_key.clone()),
            public_key: Some((account.public_key_id.clone(), account.public_key_pem.clone())),
            base_url: self.base_url.clone(),
        }
    }

    pub fn customs_credentials(&self) -> CustomsCredentials {
        let account = self.mock.account();
        CustomsCredentials {
            appid: account.appid.clone(),
            mchid: account.mchid.clone(),
            api_v2_key: SecretString::from(account.api_v2_key.clone()),
            sign_method: SignMethod::Md5,
            base_url: self.base_url.clone(),
        }
    }

    pub fn pay_client(&self) -> Result<PayClient, String> {
        PayClient::new(&self.pay_credentials(), self.transport.clone(), SystemClock).map_err(|faults| faults.join("; "))
    }

    /// Alice orders tea for 128 yuan as `ORDER-0001`, and pays.
    pub async fn paid_order(&self, pay: &PayClient, notify_url: &str) -> Result<Paid, Box<dyn Error>> {
        let order = PrepayOrder {
            description: "Green tea, 100 g".to_owned(),
            out_trade_no: "ORDER-0001".to_owned(),
            time_expire: Utc::now() + TimeDelta::minutes(30),
            attach: None,
            notify_url: notify_url.to_owned(),
            total_fen: 12_800,
            payer_openid: self.mock.openid_of("alice"),
        };
        let body = pay.prepay_body(&order).map_err(|faults| faults.join("; "))?;
        pay.prepay(&body).await?;
        Ok(self.mock.pay_direct(&order.out_trade_no, false)?)
    }
}

/// The stand-in speaks plain HTTP, so no CA certificates are needed.
pub fn plain_http() -> TransportSettings {
    TransportSettings { load_tls_roots: false, ..TransportSettings::default() }
}
