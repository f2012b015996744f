//! TLS with the stand-in's own authority.

use std::net::TcpListener;

use mock_wechat::Tls;

use crate::support::open;

#[actix_web::test]
async fn a_client_that_trusts_the_authority_gets_in_and_another_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let mock = open(None);
    let tls = Tls::load_or_generate(folder.path(), &["wechat.test".to_owned()]).unwrap();
    let again = Tls::load_or_generate(folder.path(), &[]).unwrap();
    assert_eq!(tls.ca_pem(), again.ca_pem());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = mock.serve_tls(listener, 1, &again).unwrap();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let ca = reqwest::Certificate::from_pem(tls.ca_pem().as_bytes()).unwrap();
    let trusting = reqwest::Client::builder().no_proxy().tls_certs_only([ca]).build().unwrap();
    let url = format!("https://{address}/_mock/keys/ca.pem");
    let answer = trusting.get(&url).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), tls.ca_pem());
    let other = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    assert!(other.get(&url).send().await.is_err());
    handle.stop(false).await;
}
