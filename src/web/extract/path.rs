//! The parts of a path.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;

use super::fault;
use super::parts::Parts;
use crate::base::error::{Error, Refusal, Result, Wrong};
use crate::web::Problem;

/// Parts of a path, percent-decoded: one value, a tuple, or a struct by their names. What `T` does not take is refused
/// with 400 naming the part.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T> Path<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Path<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Problem;
    type Future = Ready<std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request).map(Self).map_err(Problem::from))
    }
}

fn parse<T: DeserializeOwned>(request: &HttpRequest) -> Result<T> {
    let names: Vec<String> = request.match_info().iter().map(|(name, _)| name.to_owned()).collect();
    // actix decodes the rest of the percent signs only here.
    let texts = web::Path::<Vec<String>>::extract(request).into_inner();
    let texts = texts.map_err(|_| Error::from(Refusal::field("path", Wrong::Invalid)))?.into_inner();
    // A tuple or a single value has no names of its own in serde's path.
    let root = names.first().cloned().unwrap_or_default();
    let places = names.clone();
    let parts = Parts(names.into_iter().zip(texts).collect());
    if let Some(name) = parts.with_nul() {
        return Err(Refusal::field(name, Wrong::Letters).into());
    }
    serde_path_to_error::deserialize(parts).map_err(|error| {
        let place = match error.path().iter().next() {
            Some(serde_path_to_error::Segment::Seq { index }) => places.get(*index),
            _ => None,
        };
        match place {
            Some(name) => Refusal::field(name, fault::wrong(&error)).into(),
            None => Refusal::fields(vec![fault::field_error(&error, &root)]).into(),
        }
    })
}
