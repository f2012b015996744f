//! The first door: is there room in the request's lane? Asked before anything of the request is parsed.

use std::rc::Rc;

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::{HttpMessage as _, web};

use crate::app::App;
use crate::error::Result;
use crate::web::limits::{Lane, Place};

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
