//! Codes: an image or a reason, told apart by content.

use super::*;
use crate::{ImageFormat, LineColour, MiniCode, MiniVersion, QrCode};

#[allow(clippy::unnecessary_wraps)] // a reply of the script
fn image(bytes: &[u8]) -> Result<InboundAnswer, TransportError> {
    Ok(InboundAnswer { status: 200, headers: Vec::new(), body: bytes.to_vec() })
}

const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 0xff, 0xd9];
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n....IEND\xaeB`\x82";

#[tokio::test]
async fn a_code_is_asked_for_as_the_page_says_and_known_by_its_first_bytes() {
    let (client, wechat) = api([image(JPEG), image(PNG)]);
    let code = QrCode { page: Some("pages/product/index".to_owned()), ..QrCode::new("p=1&s=~_") };
    let drawn = client.unlimited_code(&code).await.unwrap();
    assert_eq!((drawn.format, drawn.bytes.as_slice()), (ImageFormat::Jpeg, JPEG));
    let (path, _, body) = one(&wechat);
    assert_eq!(path, "/wxa/getwxacodeunlimit");
    let expected = serde_json::json!({"scene":"p=1&s=~_","page":"pages/product/index","check_path":true,
        "env_version":"release","width":430,"auto_color":false,"line_color":{"r":0,"g":0,"b":0},"is_hyaline":false});
    assert_eq!(body, expected);
    let code = QrCode { transparent: true, lines: LineColour::Auto, version: MiniVersion::Trial, ..QrCode::new("a") };
    assert_eq!(client.unlimited_code(&code).await.unwrap().format, ImageFormat::Png);
    let body: serde_json::Value = serde_json::from_slice(&asked(&wechat)[1].body).unwrap();
    let expected = serde_json::json!({"scene":"a","check_path":true,"env_version":"trial","width":430,
        "auto_color":true,"is_hyaline":true});
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_reason_in_json_is_a_refusal_whatever_the_header_says() {
    for (errcode, code) in [
        (41030, MiniCode::PageUnknown),
        (40129, MiniCode::SceneInvalid),
        (40169, MiniCode::SceneInvalid),
        (45029, MiniCode::QuotaSpent),
        (85096, MiniCode::QueryInvalid),
    ] {
        let mut answer = error(errcode);
        answer.headers.push(("content-type".to_owned(), "image/jpeg".to_owned()));
        let (client, _) = api([Ok(answer)]);
        let fault = client.unlimited_code(&QrCode::new("a")).await.unwrap_err();
        assert_eq!(fault.refusal_code(), Some(&RefusalCode::Mini(code)), "{errcode}");
    }
    let (client, _) = api([Ok(error(45009))]);
    let CallError::Throttled(throttle) = client.unlimited_code(&QrCode::new("a")).await.unwrap_err() else { panic!() };
    assert_eq!(throttle.retry_after, Duration::from_mins(1), "5,000 a minute, not a day");
}

#[tokio::test]
async fn half_an_image_is_none() {
    for bytes in [&JPEG[..7], &PNG[..12], b"\xff\xd8\xff", b"GIF89a", b"", b"<html>"] {
        let (client, _) = api([image(bytes)]);
        let fault = client.unlimited_code(&QrCode::new("a")).await.unwrap_err();
        assert!(matches!(fault, CallError::Unknown(_)), "{bytes:?}: {fault}");
    }
}

#[tokio::test]
async fn a_scene_page_or_width_out_of_its_limits_is_not_sent() {
    let (client, wechat) = api([]);
    let page = |page: &str| QrCode { page: Some(page.to_owned()), ..QrCode::new("a") };
    let width = |width_px: u16| QrCode { width_px, ..QrCode::new("a") };
    let codes =
        [QrCode::new(""), QrCode::new("a".repeat(33)), QrCode::new("a%20"), QrCode::new("面膜"), QrCode::new("a b")];
    let pages = [page(""), page("/pages/x"), page("pages/x?a=1"), page("页"), width(279), width(1281)];
    for code in codes.into_iter().chain(pages) {
        let fault = client.unlimited_code(&code).await.unwrap_err();
        assert_eq!(
            (fault.refusal_code(), fault.nothing_was_sent()),
            (Some(&RefusalCode::ParamError), true),
            "{code:?}"
        );
    }
    assert!(wechat.requests().is_empty());
}
