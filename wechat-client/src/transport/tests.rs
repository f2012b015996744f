//! Real sockets: limits, and what an error may print.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use reqwest::Url;

use crate::transport::{
    AnswerLimits, InboundAnswer, Method, OutboundRequest, ReqwestTransport, Transport, TransportError,
    TransportSettings,
};

fn transport() -> ReqwestTransport {
    let settings = TransportSettings {
        connect_timeout: Duration::from_secs(1),
        total_timeout: Duration::from_millis(1500),
        ..TransportSettings::default()
    };
    ReqwestTransport::new(&settings).unwrap()
}

/// Accepts one connection, reads its head and a little, answers these bytes; gives back what it read.
fn server(answer: Vec<u8>, hold: Duration) -> (u16, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let handle = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let mut head = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(count) = socket.read(&mut buffer) {
            if count == 0 {
                break;
            }
            head.extend_from_slice(&buffer[..count]);
        }
        // The client may be gone already: that is what some of these tests are about.
        drop(socket.write_all(&answer));
        thread::sleep(hold);
        String::from_utf8_lossy(&head).into_owned()
    });
    (port, handle)
}

fn request(port: u16) -> OutboundRequest {
    let url = format!("http://127.0.0.1:{port}/sns/jscode2session?secret=canary-secret&js_code=canary-code");
    OutboundRequest {
        method: Method::Post,
        url: Url::parse(&url).unwrap(),
        headers: vec![("Authorization", "canary-authorization".to_owned())],
        body: b"canary-body".to_vec(),
    }
}

#[tokio::test]
async fn a_closed_port_is_known_not_to_have_been_reached() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let fault = transport().send(request(port)).await.unwrap_err();
    assert!(matches!(fault, TransportError::NotConnected(_)), "{fault}");
    assert!(!format!("{fault} {fault:?}").contains("canary"), "{fault}");
}

#[tokio::test]
async fn silence_ends_at_the_total_timeout_and_is_not_called_unsent() {
    let (port, handle) = server(Vec::new(), Duration::from_millis(2500));
    let fault = transport().send(request(port)).await.unwrap_err();
    assert_eq!(fault, TransportError::TimedOut);
    handle.join().unwrap();
}

#[tokio::test]
async fn a_slow_body_ends_at_the_total_timeout() {
    let (port, handle) =
        server(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12".to_vec(), Duration::from_millis(2500));
    assert_eq!(transport().send(request(port)).await.unwrap_err(), TransportError::TimedOut);
    handle.join().unwrap();
}

#[tokio::test]
async fn bytes_that_trickle_in_do_not_put_the_total_timeout_off() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n").unwrap();
        // Ten times the timeout, unless the client hangs up.
        for _ in 0..400 {
            thread::sleep(Duration::from_millis(50));
            if socket.write_all(b"x").is_err() {
                return;
            }
        }
    });
    let began = Instant::now();
    assert_eq!(transport().send(request(port)).await.unwrap_err(), TransportError::TimedOut);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_connection_lost_half_way_prints_no_secret() {
    let (port, handle) = server(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12".to_vec(), Duration::ZERO);
    let fault = transport().send(request(port)).await.unwrap_err();
    assert!(matches!(fault, TransportError::Broken(_)), "{fault}");
    assert!(!format!("{fault} {fault:?}").contains("canary"), "{fault}");
    handle.join().unwrap();
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let mut answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n".to_vec();
    answer.resize(InboundAnswer::BODY_LIMIT + 100_000, b'x');
    let (port, handle) = server(answer, Duration::ZERO);
    assert_eq!(transport().send(request(port)).await.unwrap_err(), TransportError::TooLarge);
    handle.join().unwrap();
}

#[tokio::test]
async fn a_bill_may_be_longer_than_other_answers_up_to_its_own_limit() {
    let limits = AnswerLimits { body_bytes: 2 << 20, total_timeout: Duration::from_secs(10) };
    for (length, fits) in [(2 << 20, true), ((2 << 20) + 1, false)] {
        let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes();
        answer.resize(answer.len() + length, b'x');
        let (port, handle) = server(answer, Duration::ZERO);
        let received = transport().send_within(request(port), limits).await;
        assert_eq!(received.map(|answer| answer.body.len()).ok(), fits.then_some(length));
        handle.join().unwrap();
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_headers_stay_raw() {
    let answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/steal\r\nWechatpay-Nonce: a\r\n\
        WECHATPAY-NONCE: b\r\nContent-Length: 2\r\n\r\nhi"
        .to_vec();
    let (port, handle) = server(answer, Duration::ZERO);
    let answer = transport().send(request(port)).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (302, b"hi".as_slice()));
    assert_eq!(answer.header_values("Wechatpay-Nonce"), ["a", "b"]);
    let sent = handle.join().unwrap();
    assert!(sent.starts_with("POST /sns/jscode2session?secret=canary-secret&js_code=canary-code HTTP/1.1\r\n"));
    let sent = sent.to_ascii_lowercase();
    assert!(sent.contains("user-agent: wechat-client/"), "{sent}");
    assert!(!sent.contains("accept-encoding"), "no compression is offered: {sent}");
    assert!(sent.ends_with("\r\n\r\ncanary-body"));
    assert!(!format!("{answer:?}").contains("hi"));
}

#[tokio::test]
async fn without_tls_roots_the_stand_in_is_reached_and_https_is_refused() {
    let settings = TransportSettings { load_tls_roots: false, ..TransportSettings::default() };
    let transport = ReqwestTransport::new(&settings).unwrap();
    let (port, handle) = server(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), Duration::ZERO);
    assert_eq!(transport.send(request(port)).await.unwrap().status, 204);
    handle.join().unwrap();
    let (port, handle) = server(Vec::new(), Duration::ZERO);
    let mut over_tls = request(port);
    over_tls.url.set_scheme("https").unwrap();
    assert!(matches!(transport.send(over_tls).await.unwrap_err(), TransportError::NotConnected(_)));
    handle.join().unwrap();
}

#[test]
fn a_request_is_printed_without_its_secrets() {
    let printed = format!("{:?}", request(80));
    assert_eq!(printed, "POST http://127.0.0.1/sns/jscode2session (11 bytes)");
}
