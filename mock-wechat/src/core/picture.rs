//! Pictures for replies to complaints (contract B.1, B.17): a form of which only `meta` is signed.

use serde_json::{Value, json};

use super::context::{Context, Reply};
use super::fields::{Field, parse, required, text};
use super::records::Picture;
use super::refusal::Refusal;
use super::upload_form::Form;
use crate::crypto::sha256_hex;
use crate::message::PICTURE_LIMIT;

const META: &[Field] = &[required("filename", text(128)), required("sha256", text(256))];

/// How the name ends and the file begins.
const KINDS: [(&str, &[u8]); 3] = [(".jpg", b"\xff\xd8\xff"), (".png", b"\x89PNG\r\n\x1a\n"), (".bmp", b"BM")];

pub(crate) fn upload(context: &mut Context<'_>, form: &Form) -> Result<Reply, Refusal> {
    let meta = parse(&form.meta, META)?;
    let refuse = |field: &str, issue: &str| Err(Refusal::parameter(field, &Value::Null, issue));
    if form.file.len() > PICTURE_LIMIT {
        return refuse("/file", "文件大小超过2M");
    }
    let name = meta["filename"].as_str().unwrap_or_default().to_lowercase();
    let Some((ending, _)) = KINDS.iter().find(|(ending, _)| name.ends_with(ending)) else {
        return refuse("/filename", "必须以JPG、BMP、PNG为后缀");
    };
    if !KINDS.iter().any(|(_, start)| form.file.starts_with(start)) {
        return refuse("/file", "图片只支持JPG、BMP、PNG格式");
    }
    if meta["sha256"].as_str().is_none_or(|told| !told.eq_ignore_ascii_case(&sha256_hex(&form.file))) {
        return refuse("/sha256", "与图片文件的摘要不一致");
    }
    let media_id = format!("file{}_{}{ending}", context.random.digits(5), context.random.digits(16));
    context.save(Picture { media_id: media_id.clone(), created_at: context.now });
    Ok(Reply::ok(json!({ "media_id": media_id })))
}

/// At most four pictures, each of which was uploaded.
pub(crate) fn check(context: &Context<'_>, field: &str, media_ids: &Value) -> Result<(), Refusal> {
    let media_ids = media_ids.as_array().map(Vec::as_slice).unwrap_or_default();
    let is_known = |id: &Value| id.as_str().is_some_and(|id| context.state.pictures.get(id).is_some());
    match media_ids.iter().find(|id| !is_known(id)) {
        _ if media_ids.len() > 4 => Err(Refusal::parameter(field, &Value::Null, "图片不超过4张")),
        Some(unknown) => Err(Refusal::parameter(field, unknown, "图片不存在")),
        None => Ok(()),
    }
}
