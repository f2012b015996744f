//! The one address of a merchant that notifies of complaints go to (pages "complaint notifications": create, query,
//! change, delete).

use serde::{Deserialize, Serialize};

use crate::outcome::{CallError, Outcome, UnknownCause};
use crate::pay::PayClient;
use crate::pay::exchange::{Answer, PayCall};
use crate::pay::fields::{is_notify_url, refused_for};

const PATH: &str = "/v3/merchant-service/complaint-notifications";

#[derive(Serialize)]
struct AddressBody<'u> {
    url: &'u str,
}

#[derive(Deserialize)]
struct RawAddress {
    mchid: String,
    url: String,
}

impl PayClient {
    /// Names the address: https without a query, at most 255 bytes. Refused with
    /// [`InvalidRequest`](crate::RefusalCode::InvalidRequest) when there is one already: change that one.
    pub async fn create_complaint_url(&self, url: &str) -> Outcome<()> {
        self.set_complaint_url(url, PayCall::post).await
    }

    /// Names another address. The same one again changes nothing.
    pub async fn change_complaint_url(&self, url: &str) -> Outcome<()> {
        self.set_complaint_url(url, |path, body| PayCall::put(path, body).repeatable()).await
    }

    /// The address that WeChat knows. Refused with
    /// [`ResourceNotExists`](crate::RefusalCode::ResourceNotExists) when there is none.
    pub async fn complaint_url(&self) -> Outcome<String> {
        let answer = self.exchange(PayCall::get(PATH)).await?;
        Ok(self.read_address(&answer)?.url)
    }

    /// Takes the address away: nothing is told any more. Refused like the question when there is none.
    pub async fn delete_complaint_url(&self) -> Outcome<()> {
        self.exchange(PayCall::delete(PATH)).await?.expect_empty()
    }

    async fn set_complaint_url(&self, url: &str, call: fn(&str, &[u8]) -> PayCall) -> Outcome<()> {
        if !is_notify_url(url) {
            refused_for(vec!["url must be https without a query, at most 255 bytes".to_owned()])?;
        }
        let body = serde_json::to_vec(&AddressBody { url })
            .map_err(|fault| CallError::unknown(UnknownCause::NotSent(fault.to_string())))?;
        let answer = self.exchange(call(PATH, &body)).await?;
        if self.read_address(&answer)?.url != url {
            return Err(answer.unreadable("it is about another address".to_owned()));
        }
        Ok(())
    }

    fn read_address(&self, answer: &Answer) -> Outcome<RawAddress> {
        let address: RawAddress = answer.parsed("address for complaints")?;
        if address.mchid != self.merchant.mchid {
            return Err(answer.unreadable("it is about another merchant".to_owned()));
        }
        Ok(address)
    }
}
