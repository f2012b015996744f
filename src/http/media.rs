//! Product pictures.

use std::path::Path;

use actix_files::Files;
use actix_web::dev::HttpServiceFactory;
use actix_web::http::header::{CACHE_CONTROL, VARY};
use actix_web::middleware::DefaultHeaders;
use actix_web::web;

/// A day: a picture that is exchanged gets a new name, but a firm may mend one in place.
const CACHE: &str = "public, max-age=86400";

/// `/media`: plain files of one folder, GET and HEAD only. No listing, no dotfiles, and no symbolic link out of the
/// folder.
pub(super) fn service(folder: &Path) -> impl HttpServiceFactory + use<> {
    // A folder that is not there serves nothing; the operator is told by `doctor`.
    let root = folder.canonicalize().ok();
    let inside = move |path: &Path, _: &_| {
        let Some(root) = &root else { return false };
        root.join(path).canonicalize().is_ok_and(|real| real.starts_with(root) && real.is_file())
    };
    let files = Files::new("", folder).path_filter(inside).use_etag(true).use_last_modified(true);
    let headers = DefaultHeaders::new().add((CACHE_CONTROL, CACHE)).add((VARY, "Accept-Encoding"));
    web::scope("/media").wrap(headers).service(files)
}
