//! `X-Request-Id`, which is the trace id.

use actix_web::dev::ServiceRequest;

use crate::base::observability::TraceId;
use crate::web::extract::TrustedProxies;

pub(super) const HEADER: &str = "x-request-id";

/// The proxy's id if the peer is a trusted proxy and the id is well formed and given once; else a new one. A stranger
/// must not choose what stands in our log.
pub(super) fn of(request: &ServiceRequest) -> TraceId {
    from_proxy(request).unwrap_or_else(TraceId::random)
}

fn from_proxy(request: &ServiceRequest) -> Option<TraceId> {
    let peer = request.peer_addr()?.ip();
    if !request.app_data::<TrustedProxies>()?.trust(peer) {
        return None;
    }
    let mut ids = request.headers().get_all(HEADER);
    let only = ids.next()?;
    if ids.next().is_some() { None } else { TraceId::accept(only.to_str().ok()?) }
}
