//! The logged-in buyer, as an extractor.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::CustomerId;
use crate::web::Problem;
use crate::web::extract::bearer_token;
use crate::web::limits::Rule;

/// The logged-in buyer. A handler that takes one can't be reached without a good access token and a live session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// Who.
    pub customer_id: CustomerId,
    /// The session.
    pub sid: String,
}

impl FromRequest for Buyer {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asked = prepare(request);
        Box::pin(async move {
            let (app, token) = asked?;
            let buyer = app.auth.authenticate(&app.db, &token).await?;
            app.doors.pass(Rule::Buyer, buyer.customer_id)?;
            Ok(buyer)
        })
    }
}

fn prepare(request: &HttpRequest) -> Result<(Data<App>, String)> {
    let app = request.app_data::<Data<App>>().ok_or_else(|| Error::internal("the server has no App"))?;
    Ok((app.clone(), bearer_token(request)?.to_owned()))
}
