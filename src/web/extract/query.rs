//! The query of a request.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::parts::Parts;
use super::{by_schema, fault};
use crate::base::error::{Error, Refusal, Result, Wrong};
use crate::web::Problem;

/// A query. What `T` does not take is refused with 400 naming the parameter; with `deny_unknown_fields` also unknown
/// ones. Given twice is refused. An empty parameter is a text of no characters, not an absent one.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T> Query<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + IntoParams + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self).map_err(Problem::from))
    }
}

pub(super) fn parse<T: DeserializeOwned + IntoParams + 'static>(query: &str) -> Result<T> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|_| Error::from(Refusal::field("query", Wrong::Invalid)))?
        .into_inner();
    let parts = Parts(pairs);
    if let Some(name) = parts.with_nul() {
        return Err(Refusal::field(fault::shortened(name.replace('\0', "")), Wrong::Letters).into());
    }
    let again = parts.clone();
    serde_path_to_error::deserialize(parts)
        .map_err(|error| fault::all(fault::field_error(&error, "query"), by_schema::of_query::<T>(&again.0)))
}
