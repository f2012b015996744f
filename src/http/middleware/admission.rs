//! Admission: is there a slot in the request's class? Asked before anything of the request is parsed.

use std::rc::Rc;

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::{HttpMessage as _, web};

use crate::base::error::Result;
use crate::platform::app::App;
use crate::platform::limits::{InFlightPermit, RequestClass};

/// Takes a slot, which is held as long as what is given back lives; whoever reads the body finds it in the request's extensions.
/// `None`: the class has no bound.
pub(super) fn admit(request: &ServiceRequest) -> Result<Option<Rc<InFlightPermit>>> {
    let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
    // The path as the router reads it: `/%61pi` is `/api` there, and must be here.
    let class = RequestClass::of(is_get, request.match_info().as_str());
    if class == RequestClass::Memory && is_get {
        return Ok(None);
    }
    let Some(app) = request.app_data::<web::Data<App>>() else { return Ok(None) };
    let permit = Rc::new(app.limits.admit(class)?);
    request.extensions_mut().insert(Rc::clone(&permit));
    Ok(Some(permit))
}
