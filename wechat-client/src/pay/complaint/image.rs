//! Upload of a picture for a reply (page "upload of a picture", `/v3/merchant-service/images/upload`).

use futures_util::TryStreamExt;
use reqwest::multipart::{Form, Part};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::outcome::{CallError, Outcome, RefusalCode, UnknownCause};
use crate::pay::PayClient;
use crate::pay::complaint::is_media_id;
use crate::pay::exchange::PayCall;

const PATH: &str = "/v3/merchant-service/images/upload";

/// Largest picture, in bytes: the page says 2M.
const LIMIT_BYTES: usize = 2 << 20;

/// What WeChat takes: how such a file begins, its name and its type. The name is ours, so that no name of anybody's own
/// file leaves.
const KINDS: [(&[u8], &str, &str); 3] = [
    (b"\xff\xd8\xff", "picture.jpg", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "picture.png", "image/png"),
    (b"BM", "picture.bmp", "image/bmp"),
];

/// What is signed of the form.
#[derive(Serialize)]
struct Meta<'n> {
    filename: &'n str,
    sha256: String,
}

#[derive(Deserialize)]
struct RawMedia {
    media_id: String,
}

impl PayClient {
    /// Uploads a JPEG, PNG or BMP of at most 2 MiB and gives its media id for a [reply](super::ComplaintReply). After an
    /// unknown outcome upload it again: a picture that no reply names is seen by nobody.
    pub async fn upload_complaint_image(&self, image: &[u8]) -> Outcome<String> {
        let kind = KINDS.iter().find(|(start, ..)| image.starts_with(start));
        let Some((_, filename, mime)) = kind.filter(|_| image.len() <= LIMIT_BYTES) else {
            let fault = "image must be a JPEG, PNG or BMP of at most 2 MiB";
            return Err(CallError::refused_here(RefusalCode::ParamError, fault));
        };
        let meta = Meta { filename, sha256: hex::encode(Sha256::digest(image)) };
        let meta = serde_json::to_string(&meta).map_err(not_sent)?;
        let meta_part = Part::text(meta.clone()).mime_str("application/json").map_err(not_sent)?;
        let file_part = Part::bytes(image.to_vec()).file_name(*filename).mime_str(mime).map_err(not_sent)?;
        let form = Form::new().part("meta", meta_part).part("file", file_part);
        let content_type = format!("multipart/form-data; boundary={}", form.boundary());
        let pieces = form.into_stream().map_ok(|piece| piece.to_vec());
        let body = pieces.try_concat().await.map_err(not_sent)?;
        let answer = self.exchange(PayCall::form(PATH, content_type, meta.as_bytes(), body)).await?;
        let media: RawMedia = answer.parsed("uploaded picture")?;
        if !is_media_id(&media.media_id) {
            return Err(answer.unreadable("media_id is out of shape".to_owned()));
        }
        Ok(media.media_id)
    }
}

fn not_sent(fault: impl std::fmt::Display) -> CallError {
    CallError::unknown(UnknownCause::NotSent(fault.to_string()))
}
