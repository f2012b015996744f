//! Pictures for replies to complaints: `meta` is signed, the hash in it vouches for the file.

use aws_lc_rs::digest::{SHA256, digest};
use mock_wechat::Request;
use serde_json::{Value, json};

use crate::support::merchant::Merchant;
use crate::support::{Shop, json_of};

const UPLOAD: &str = "/v3/merchant-service/images/upload";
const COMPLAINTS: &str = "/v3/merchant-service/complaints-v2";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nthe picture";

fn meta(name: &str, file: &[u8]) -> String {
    let hash: Vec<String> = digest(&SHA256, file).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ "filename": name, "sha256": hash.concat() }).to_string()
}

fn form(meta: &str, file: &[u8]) -> Vec<u8> {
    let head = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json\r\n\r\n{meta}\r\n\
         --edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\nContent-Type: image/png\r\n\r\n"
    );
    [head.as_bytes(), file, b"\r\n--edge--\r\n"].concat()
}

/// A form that is signed over this text.
fn upload(shop: &Shop, signed: &str, body: Vec<u8>) -> Request {
    let merchant = &shop.merchant;
    let mut request = Merchant::unsigned("POST", UPLOAD, "").body(body);
    request.headers.retain(|(name, _)| name != "content-type");
    request
        .header("content-type", "multipart/form-data; boundary=edge")
        .header("authorization", &merchant.authorization("POST", UPLOAD, signed, merchant.now_s()))
        .header("wechatpay-serial", &merchant.account.public_key_id)
}

async fn uploaded(shop: &Shop, name: &str, file: &[u8]) -> (u16, Value) {
    let meta = meta(name, file);
    let answer = shop.send(upload(shop, &meta, form(&meta, file))).await;
    assert!(shop.merchant.verifies(|name| answer.get(name).map(str::to_owned), &answer.body));
    (answer.status, json_of(&answer))
}

#[actix_web::test]
async fn a_reply_shows_only_pictures_that_were_uploaded() {
    let shop = Shop::new();
    shop.paid("ORDER-1", 100).await;
    let complaint = json!({ "out_trade_no": "ORDER-1", "detail": "没有收到货", "problem_type": "REFUND" });
    let id = shop.staged("complaints", &complaint).await["complaint_id"].as_str().unwrap().to_owned();
    let (status, picture) = uploaded(&shop, "proof.PNG", PNG).await;
    assert_eq!(status, 200, "{picture}");
    let (known, path) = (picture["media_id"].as_str().unwrap(), format!("{COMPLAINTS}/{id}/response"));
    let reply = async |images: &[&str]| {
        let body = json!({
            "complainted_mchid": shop.mock.account().mchid, "response_content": "见图", "response_images": images,
        });
        shop.call("POST", &path, Some(&body)).await.0
    };
    assert_eq!(reply(&["file1_1.png"]).await, 400);
    assert_eq!(reply(&[known, "file1_1.png"]).await, 400);
    assert_eq!(reply(&[known; 5]).await, 400);
    assert_eq!(reply(&[known; 4]).await, 204);
    let progress = json!({ "action": "REJECT", "reject_reason": "已签收", "reject_media_list": ["file1_1.png"] });
    let path = format!("{COMPLAINTS}/{id}/update-refund-progress");
    assert_eq!(shop.call("POST", &path, Some(&progress)).await.0, 400);
}

#[actix_web::test]
async fn a_picture_too_large_or_of_another_kind_is_refused() {
    let shop = Shop::new();
    let bitmap = |bytes: usize| [b"BM".to_vec(), vec![0; bytes - 2]].concat();
    assert_eq!(uploaded(&shop, "a.bmp", &bitmap(2 << 20)).await.0, 200);
    for (name, file) in [
        ("a.bmp", bitmap((2 << 20) + 1)),
        ("a.gif", PNG.to_vec()),
        ("a.png", b"GIF89a".to_vec()),
        ("a.png", Vec::new()),
        ("", PNG.to_vec()),
    ] {
        let (status, refused) = uploaded(&shop, name, &file).await;
        assert_eq!((status, &refused["code"]), (400, &json!("PARAM_ERROR")), "{name}: {refused}");
    }
    let huge = bitmap(3 << 20);
    assert_eq!(shop.send(upload(&shop, &meta("a.bmp", &huge), form("", &huge))).await.status, 413);
}

#[actix_web::test]
async fn a_file_that_its_hash_does_not_vouch_for_or_a_meta_that_nobody_signed_is_refused() {
    let shop = Shop::new();
    let proper = meta("a.png", PNG);
    let exchanged = [PNG, b"!"].concat();
    let answer = shop.send(upload(&shop, &proper, form(&proper, &exchanged))).await;
    assert_eq!((answer.status, json_of(&answer)["code"].clone()), (400, json!("PARAM_ERROR")));
    let whole = String::from_utf8_lossy(&form(&proper, PNG)).into_owned();
    for (signed, body) in [
        ("", form(&proper, PNG)),
        (whole.as_str(), form(&proper, PNG)),
        (&proper, form(&meta("b.png", PNG), PNG)),
        (&proper, b"no form at all".to_vec()),
    ] {
        let answer = shop.send(upload(&shop, signed, body)).await;
        assert_eq!((answer.status, json_of(&answer)["code"].clone()), (401, json!("SIGN_ERROR")), "{signed}");
    }
    let json = shop.call("POST", UPLOAD, Some(&json!({ "filename": "a.png" }))).await;
    assert_eq!(json.1["code"], "PARAM_ERROR");
}
