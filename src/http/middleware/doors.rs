//! The first door: is there room in the request's lane? Asked before anything of the request is parsed.

use std::rc::Rc;
use std::time::Duration;

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::Method;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::{HttpMessage as _, web};
use futures_util::StreamExt as _;

use crate::app::App;
use crate::error::Result;
use crate::web::limits::{Lane, Place};

/// A body of this size came with its head; it is thrown away so that the connection can be used again.
const THROWN_AWAY_MAX: u64 = 16 * 1024;
/// No longer than this.
const THROWN_AWAY_WITHIN: Duration = Duration::from_millis(20);

/// Takes a place, which is held as long as what is given back lives; whoever reads the body finds it in the request's extensions.
/// `None`: the lane has no bound.
pub(super) fn enter(request: &ServiceRequest) -> Result<Option<Rc<Place>>> {
    let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
    // The path as the router reads it: `/%61pi` is `/api` there, and must be here.
    let lane = Lane::of(is_get, request.match_info().as_str());
    if lane == Lane::Memory && is_get {
        return Ok(None);
    }
    let Some(app) = request.app_data::<web::Data<App>>() else { return Ok(None) };
    let place = Rc::new(app.doors.enter(lane)?);
    request.extensions_mut().insert(Rc::clone(&place));
    Ok(Some(place))
}

/// Takes the body of a refused request off the wire: actix closes a connection whose body was not read, and a crowd that has to connect
/// anew makes the crowd worse.
pub(super) async fn throw_body_away(request: &mut ServiceRequest) {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_none_or(|bytes| bytes == 0 || bytes > THROWN_AWAY_MAX) {
        return;
    }
    let mut payload: Payload = request.take_payload();
    // Mostly it came with its head, and is there once actix has gone on to take it apart: then no timer is set.
    tokio::task::yield_now().await;
    let whole = async { while let Some(Ok(_)) = payload.next().await {} };
    if tokio::time::timeout(THROWN_AWAY_WITHIN, whole).await.is_err() {
        request.set_payload(payload);
    }
}
