//! Neighbour (a): actix-web with nothing in it. Answers the bytes that the shop answered, from memory, by path; no middleware, no log.

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::Path;

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};

use crate::Fault;
use crate::processes::announce;

type Pages = HashMap<String, Bytes>;

/// `pages`: a file with a JSON object, path to body.
pub(crate) async fn serve(pages: &Path) -> Result<(), Fault> {
    let pages: HashMap<String, String> = serde_json::from_slice(&std::fs::read(pages)?)?;
    let pages: Pages = pages.into_iter().map(|(path, body)| (path, Bytes::from(body))).collect();
    let pages = Data::new(pages);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    announce(&listener)?;
    let workers = std::thread::available_parallelism()?.get();
    let factory = move || App::new().app_data(pages.clone()).default_service(web::to(page));
    Ok(HttpServer::new(factory).workers(workers).listen(listener)?.run().await?)
}

async fn page(pages: Data<Pages>, request: HttpRequest) -> HttpResponse {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    match pages.get(path) {
        Some(body) => HttpResponse::Ok().content_type("application/json").body(body.clone()),
        None => HttpResponse::NotFound().finish(),
    }
}
