//! Neighbour (a): actix-web with nothing in it. It answers the bytes that the shop answered, head and body, from memory; no middleware, no
//! log.

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::Path;

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde::{Deserialize, Serialize};

use crate::Fault;
use crate::processes::announce;

/// What the shop answered to one path.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Page {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Path with query -> headers and body.
type Pages = HashMap<String, (Vec<(String, String)>, Bytes)>;

/// `pages`: a file with a JSON object, path to [`Page`].
pub(crate) async fn serve(pages: &Path) -> Result<(), Fault> {
    let pages: HashMap<String, Page> = serde_json::from_slice(&std::fs::read(pages)?)?;
    let pages: Pages = pages.into_iter().map(|(path, page)| (path, (page.headers, Bytes::from(page.body)))).collect();
    let pages = Data::new(pages);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    announce(&listener)?;
    let workers = std::thread::available_parallelism()?.get();
    let factory = move || {
        App::new()
            .app_data(pages.clone())
            .route("/api/v1/products", web::get().to(page))
            .route("/api/v1/products/{slug}", web::get().to(page))
    };
    Ok(HttpServer::new(factory).workers(workers).listen(listener)?.run().await?)
}

async fn page(pages: Data<Pages>, request: HttpRequest) -> HttpResponse {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let Some((headers, body)) = pages.get(path) else { return HttpResponse::NotFound().finish() };
    let mut answer = HttpResponse::Ok();
    for (name, value) in headers {
        answer.insert_header((name.as_str(), value.as_str()));
    }
    answer.body(body.clone())
}
