//! The logged-in buyer, as an extractor.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use super::Sessions;
use crate::base::error::{Error, Result};
use crate::base::ids::CustomerId;
use crate::platform::app::App;
use crate::platform::limits::Rule;
use crate::web::Problem;
use crate::web::extract::bearer_token;

/// The logged-in buyer. A handler that takes one can't be reached without a good access token and a live session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buyer {
    pub customer_id: CustomerId,
    pub sid: String,
}

impl FromRequest for Buyer {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asked = prepare(request);
        Box::pin(async move {
            let (app, sessions, token) = asked?;
            let buyer = sessions.authenticate(&app.db, &token).await?;
            app.limits.check_rate(Rule::Buyer, buyer.customer_id)?;
            Ok(buyer)
        })
    }
}

fn prepare(request: &HttpRequest) -> Result<(Data<App>, Data<Sessions>, String)> {
    let app = request.app_data::<Data<App>>().ok_or_else(|| Error::internal("the server has no App"))?;
    let sessions = request.app_data::<Data<Sessions>>().ok_or_else(|| Error::internal("the server has no Sessions"))?;
    Ok((app.clone(), sessions.clone(), bearer_token(request)?.to_owned()))
}
