//! The outermost district: the listener, what happens to every request, and the table of all routes.
//!
//! How a request travels:
//!
//! ```text
//! listener (server)         at most 5 s for the head; malformed HTTP is answered 400 by actix and goes no further
//!   -> middleware::envelope admission: 503 at once if the request's class is full, which is counted and not logged; then trace id,
//!                           limit of the address, catches panics; on the way back: problem documents, security headers,
//!                           one line in the access log, metrics
//!     -> routes             the whole API as one table; what is not in it is 404, another method 405
//!       -> web::extract     body, query, path, key, buyer: strict, each refusal names its field
//!         -> storefront, console, flows, <domain>::api
//! ```
//!
//! An error goes back the same way as a [`Problem`](crate::web::Problem): handlers return it, only the envelope
//! renders and logs it. There are no CORS headers (a mini program does not need them, and other sites get nothing),
//! no decompression of bodies and no compression of answers (the proxy in front may do that).

mod connections;
mod docs;
mod health;
mod media;
mod metrics;
mod middleware;
pub mod openapi;
pub mod routes;
mod server;

#[cfg(test)]
mod tests;

pub use crate::console::pages::PAGES;
pub(crate) use metrics::metrics_server;
pub(crate) use server::{Parts, connections_max, serve};
