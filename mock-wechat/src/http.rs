//! The HTTP shell: carries requests in and responses out, byte for byte.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::message::UPLOAD_LIMIT;
use crate::{Answer, Delivery, MockWechat, Request, Response, Tls};

/// Seconds that running requests get when the server stops.
const SHUTDOWN_S: u64 = 1;

impl MockWechat {
    /// Serves WeChat's paths and the control endpoints, and starts the delivery of notifies in
    /// [`Delivery::Background`]. Must be called inside a Tokio runtime; the server runs when awaited
    /// or spawned. Signals are left to the caller.
    pub fn serve(&self, listener: std::net::TcpListener, workers: usize) -> std::io::Result<actix_web::dev::Server> {
        if self.inner.delivery == Delivery::Background {
            self.start_deliveries()?;
        }
        serve(self.clone(), listener, workers, None)
    }

    /// The same over TLS. The authority's certificate is offered at `/_mock/keys/ca.pem` from now on.
    pub fn serve_tls(
        &self,
        listener: std::net::TcpListener,
        workers: usize,
        tls: &Tls,
    ) -> std::io::Result<actix_web::dev::Server> {
        if self.inner.delivery == Delivery::Background {
            self.start_deliveries()?;
        }
        // A second call keeps the first authority; there is one a data folder.
        let _ = self.inner.ca_pem.set(tls.ca_pem().to_owned());
        serve(self.clone(), listener, workers, Some(tls.config.clone()))
    }
}

fn serve(
    mock: MockWechat,
    listener: std::net::TcpListener,
    workers: usize,
    tls: Option<rustls::ServerConfig>,
) -> std::io::Result<Server> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::PayloadConfig::new(UPLOAD_LIMIT))
            .app_data(Data::new(mock.clone()))
            .default_service(web::to(answer))
    });
    let server = server.workers(workers).disable_signals().shutdown_timeout(SHUTDOWN_S);
    let server = match tls {
        Some(config) => server.listen_rustls_0_23(listener, config)?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}

async fn answer(http: HttpRequest, body: Bytes, mock: Data<MockWechat>) -> HttpResponse {
    let headers = http.headers().iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    let mut headers: Vec<(String, String)> = headers.collect();
    if http.headers().get("X-Forwarded-Proto").is_none() {
        // Download links name the scheme by which this request came.
        let scheme = if http.app_config().secure() { "https" } else { "http" };
        headers.push(("X-Forwarded-Proto".to_owned(), scheme.to_owned()));
    }
    let request = Request {
        method: http.method().as_str().to_owned(),
        target: http.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        headers,
        body: body.to_vec(),
        peer: http.peer_addr().map(|peer| peer.ip()),
    };
    match mock.handle(request).await {
        Response::Answer(answer) => carry(answer),
        Response::Trickled { mut answer, piece_bytes, pause } => {
            let left = Bytes::from(std::mem::take(&mut answer.body));
            carry(answer).set_body(Trickle { left, piece_bytes, pause: paused(pause) }).map_into_boxed_body()
        }
        Response::Cut => HttpResponse::Ok().body(Cut),
        Response::TimedOut { held } => {
            tokio::time::sleep(held).await;
            HttpResponse::Ok().body(Cut)
        }
    }
}

fn carry(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for header in answer.headers {
        response.append_header(header);
    }
    response.body(answer.body)
}

fn paused(pause: Duration) -> Interval {
    // An interval of nothing is none.
    let mut pauses = interval(pause.max(Duration::from_millis(1)));
    // Late once is no reason to hurry afterwards.
    pauses.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pauses.reset();
    pauses
}

/// A body that comes in pieces, each after a pause.
struct Trickle {
    left: Bytes,
    piece_bytes: usize,
    pause: Interval,
}

impl MessageBody for Trickle {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.left.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        ready!(self.pause.poll_tick(context));
        let piece = self.piece_bytes.min(self.left.len());
        Poll::Ready(Some(Ok(self.left.split_to(piece))))
    }
}

/// A body that fails before its first byte: the connection ends and not even the status line is sent.
struct Cut;

/// The answer is withheld on purpose.
#[derive(Debug)]
struct Withheld;

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cut by a fault")
    }
}

impl std::error::Error for Withheld {}

impl MessageBody for Cut {
    type Error = Withheld;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Withheld>>> {
        Poll::Ready(Some(Err(Withheld)))
    }
}
