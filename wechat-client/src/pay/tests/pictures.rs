//! Pictures for replies: the file is vouched for by its hash, and only what WeChat takes leaves.

use sha2::{Digest, Sha256};

use super::requests::{authorization_parts, is_signed_by_merchant};
use crate::testing::TestClock;
use crate::testing::{pay_client, signed_answer};
use crate::{CallError, RefusalCode};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nthe picture";
const ANSWER: &str = r#"{"media_id":"file23578_21798531.jpg"}"#;

#[tokio::test]
async fn only_meta_is_signed_and_the_file_is_sent_as_it_is() {
    let clock = TestClock::new();
    let (client, wechat) = pay_client([Ok(signed_answer(200, ANSWER, &clock))], &clock);
    assert_eq!(client.upload_complaint_image(PNG).await.unwrap(), "file23578_21798531.jpg");
    let request = &wechat.requests()[0];
    let meta = format!(r#"{{"filename":"picture.png","sha256":"{}"}}"#, hex::encode(Sha256::digest(PNG)));
    let parts = authorization_parts(request);
    let (timestamp, nonce) = (&parts["timestamp"], &parts["nonce_str"]);
    let message = format!("POST\n/v3/merchant-service/images/upload\n{timestamp}\n{nonce}\n{meta}\n");
    assert!(is_signed_by_merchant(&message, &parts["signature"]));
    let boundary = request.header("content-type").unwrap().strip_prefix("multipart/form-data; boundary=").unwrap();
    let file = String::from_utf8_lossy(PNG);
    let form = [
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"meta\"\r\n"),
        format!("Content-Type: application/json\r\n\r\n{meta}\r\n--{boundary}\r\n"),
        "Content-Disposition: form-data; name=\"file\"; filename=\"picture.png\"\r\n".to_owned(),
        format!("Content-Type: image/png\r\n\r\n{file}\r\n--{boundary}--\r\n"),
    ];
    assert_eq!(String::from_utf8_lossy(&request.body), form.concat());
}

#[tokio::test]
async fn what_is_no_picture_or_too_large_is_not_sent() {
    let clock = TestClock::new();
    let (client, wechat) = pay_client([Ok(signed_answer(200, ANSWER, &clock))], &clock);
    let sized = |bytes: usize| [b"BM".to_vec(), vec![0; bytes - 2]].concat();
    for wrong in [b"GIF89a".to_vec(), b"<svg/>".to_vec(), Vec::new(), sized((2 << 20) + 1)] {
        let refused = client.upload_complaint_image(&wrong).await.unwrap_err();
        assert_eq!(refused.refusal_code(), Some(&RefusalCode::ParamError));
    }
    assert!(wechat.requests().is_empty());
    client.upload_complaint_image(&sized(2 << 20)).await.unwrap();
}

#[tokio::test]
async fn an_answer_without_a_usable_media_id_is_unknown() {
    let clock = TestClock::new();
    let answers = ["{}", r#"{"media_id":""}"#, r#"{"media_id":"a b"}"#];
    let (client, _) = pay_client(answers.map(|body| Ok(signed_answer(200, body, &clock))), &clock);
    for _ in answers {
        assert!(matches!(client.upload_complaint_image(b"\xff\xd8\xff\xe0").await, Err(CallError::Unknown(_))));
    }
}
