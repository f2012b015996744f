//! A merchant's notify endpoint over real HTTP.

use std::collections::VecDeque;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::Value;

use super::merchant::Merchant;

/// One delivery as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Delivered {
    query: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Delivered {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(found.1.clone())
    }

    /// A value of the query, as sent: none of them needs decoding.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let mut pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn plaintext(&self, merchant: &Merchant) -> Value {
        serde_json::from_slice(&merchant.decrypt(&self.json()["resource"])).unwrap()
    }

    pub(crate) fn verifies(&self, merchant: &Merchant) -> bool {
        merchant.verifies(|name| self.header(name), &self.body)
    }
}

#[derive(Default)]
struct Shelf {
    delivered: Mutex<Vec<Delivered>>,
    /// Answers to give before 200 becomes the rule; 0 stands for no answer at all.
    answers: Mutex<VecDeque<u16>>,
}

/// Takes notifies and answers as told.
pub(crate) struct Inbox {
    pub(crate) url: String,
    shelf: Arc<Shelf>,
    server: ServerHandle,
}

impl Inbox {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/notify", listener.local_addr().unwrap());
        let shelf = Arc::new(Shelf::default());
        let data = Data::from(Arc::clone(&shelf));
        let server = HttpServer::new(move || App::new().app_data(data.clone()).default_service(web::to(take)))
            .workers(1)
            .disable_signals()
            .listen(listener)
            .unwrap()
            .run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { url, shelf, server: handle }
    }

    pub(crate) fn answer_with(&self, statuses: &[u16]) {
        self.shelf.answers.lock().unwrap().extend(statuses);
    }

    pub(crate) fn delivered(&self) -> Vec<Delivered> {
        self.shelf.delivered.lock().unwrap().clone()
    }

    pub(crate) async fn stop(self) {
        self.server.stop(false).await;
    }
}

async fn take(request: HttpRequest, body: Bytes, shelf: Data<Shelf>) -> HttpResponse {
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let query = request.query_string().to_owned();
    shelf.delivered.lock().unwrap().push(Delivered { query, headers: headers.collect(), body: body.to_vec() });
    let status = shelf.answers.lock().unwrap().pop_front().unwrap_or(200);
    if status == 0 {
        tokio::time::sleep(Duration::from_secs(7)).await;
    }
    HttpResponse::build(StatusCode::from_u16(status.max(200)).unwrap()).finish()
}
