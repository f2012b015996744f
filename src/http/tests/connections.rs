//! Over real connections: what goes wrong on the wire.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Instant;

use actix_web::HttpServer;

use super::*;

/// A server around the small handlers.
fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let factory = || {
        let envelope = from_fn(envelope);
        ActixApp::new().wrap(envelope).configure(dummies).default_service(web::to(routes::not_found))
    };
    let server = HttpServer::new(factory).workers(1).disable_signals().shutdown_timeout(0);
    let server = server.client_disconnect_timeout(Duration::from_secs(1)).listen(listener).unwrap();
    actix_web::rt::spawn(server.run());
    address
}

/// Sends bytes and reads until the server closes or says nothing for so long; whether it closed.
fn converse(address: SocketAddr, request: &str, silence: Duration) -> (String, bool) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(silence)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut chunk = [0_u8; 4096];
    let closed = loop {
        match stream.read(&mut chunk) {
            Ok(0) => break true,
            Ok(count) => answer.extend_from_slice(&chunk[..count]),
            Err(error) => break error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    };
    (String::from_utf8_lossy(&answer).into_owned(), closed)
}

async fn exchange(address: SocketAddr, request: String) -> String {
    web::block(move || converse(address, &request, Duration::from_secs(2)).0).await.unwrap()
}

fn head(method: &str, uri: &str, more: &str) -> String {
    format!("{method} {uri} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n")
}

#[actix_web::test]
async fn a_panic_in_a_handler_is_a_500_and_not_a_dropped_connection() {
    let address = start();
    let answer = exchange(address, head("GET", "/fail/panic", "Accept-Language: en\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(
        answer.contains("\"code\":\"internal_error\"") && answer.contains("x-content-type-options: nosniff"),
        "{answer}"
    );
    assert!(!answer.contains("secret"), "{answer}");
    // The worker lives on.
    assert!(exchange(address, head("GET", "/filter", "")).await.starts_with("HTTP/1.1 200 "));
}

#[actix_web::test]
async fn a_body_that_stalls_is_cut_at_its_deadline() {
    let address = start();
    let started = Instant::now();
    let stalled = head("POST", "/slow", "Content-Type: application/json\r\nContent-Length: 20\r\n") + "{\"quant";
    let answer = exchange(address, stalled).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"code\":\"request_timeout\""), "{answer}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[actix_web::test]
async fn a_chunked_body_over_the_limit_is_cut() {
    let chunk = format!("1000\r\n{}\r\n", " ".repeat(4096));
    let body = format!("{}0\r\n\r\n", chunk.repeat(8));
    let answer = exchange(start(), head("POST", "/raw", "Transfer-Encoding: chunked\r\n") + &body).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[actix_web::test]
async fn a_chunked_body_that_nobody_reads_does_not_hold_its_connection() {
    let address = start();
    for (uri, status) in [("/nowhere", 404), ("/fail/panic", 405), ("/slow", 408), ("/json", 415)] {
        let json = if uri == "/slow" { "Content-Type: application/json\r\n" } else { "" };
        let head = format!("POST {uri} HTTP/1.1\r\nHost: x\r\n{json}Transfer-Encoding: chunked\r\n\r\n1\r\n");
        let (answer, closed) = web::block(move || converse(address, &head, Duration::from_secs(8))).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{uri}: {answer}");
        assert!(closed, "{uri}: the connection is still open");
    }
}

#[actix_web::test]
async fn head_answers_like_get_without_a_body() {
    let answer = exchange(start(), head("HEAD", "/cached", "")).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("content-length: 4"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
}

#[actix_web::test]
async fn smuggled_requests_are_refused() {
    let address = start();
    for more in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Transfer-Encoding : chunked\r\n",
        "X: a\r\n b\r\n",
    ] {
        let answer = exchange(address, head("POST", "/raw", more) + "0\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.matches("HTTP/1.1").count() == 1, "{more:?}: {answer}");
    }
}
