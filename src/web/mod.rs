//! What every handler needs, below the domains: strict extractors, problem documents, pages and the caller's language.
//!
//! A handler takes what it needs from [`extract`] and answers `Result<_, Problem>`. It never writes an error body: a
//! [`Problem`] carries the error, and the middleware of `http` renders it, because language and trace id belong to the
//! request.

pub mod extract;
mod field_texts;
mod lang;
pub mod pages;
mod problem;
mod problem_texts;
pub mod text;

pub(crate) use problem::{ERRORS_PAGE, PROBLEM_JSON};
pub use problem::{Problem, ProblemDocument};
pub(crate) use problem_texts::text_of;

/// 200 with JSON.
pub(crate) fn ok_json(body: &impl serde::Serialize) -> actix_web::HttpResponse {
    actix_web::HttpResponse::Ok().json(body)
}
