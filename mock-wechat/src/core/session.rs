//! The server's view of a `session_key` (contract A.4), and data sealed with it (A.13).

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::context::Context;
use super::mini_call::{MiniRefusal, MiniReply, done, refuse};
use super::records::User;
use crate::Error;
use crate::crypto::{base64, hmac_sha256_hex, seal_user_data, sha1_hex};
use crate::json::merge;
use crate::message::Request;

/// How long after a payment its unionid can be asked for.
const PAID_LIFE: TimeDelta = TimeDelta::minutes(5);

/// Whether the merchant's `session_key` is the valid one.
pub(crate) fn check(context: &Context<'_>, request: &Request) -> Result<MiniReply, MiniRefusal> {
    holder(context, request)?;
    Ok(done(json!({})))
}

/// A new `session_key` with the expiry of the old one, which dies at once.
pub(crate) fn reset(context: &mut Context<'_>, request: &Request) -> Result<MiniReply, MiniRefusal> {
    let user = holder(context, request)?;
    let session_key = base64(&context.random.bytes::<16>());
    let answer = done(json!({ "openid": user.openid, "session_key": session_key }));
    context.save(User { session_key: Some(session_key), ..user });
    Ok(answer)
}

/// The user whose key made the signature: HMAC-SHA256 over nothing, with the key's text as key.
fn holder(context: &Context<'_>, request: &Request) -> Result<User, MiniRefusal> {
    if request.method != "GET" {
        return refuse(43001, "require GET method");
    }
    let [openid, signature, method] =
        ["openid", "signature", "sig_method"].map(|name| request.query(name).unwrap_or_default());
    if openid.is_empty() || signature.is_empty() {
        return refuse(40097, "invalid args");
    }
    if method != "hmac_sha256" {
        return refuse(87008, "invalid sig_method");
    }
    let known = context.state.user_of(&openid).ok_or(MiniRefusal::new(40003, "invalid openid"))?;
    let live = known.key_expires_at.is_none_or(|at| context.now < at);
    let Some(key) = known.session_key.as_ref().filter(|_| live) else {
        return refuse(87007, "session_key is not existed or expired");
    };
    if hmac_sha256_hex(key.as_bytes(), b"").eq_ignore_ascii_case(&signature) {
        Ok(known.clone())
    } else {
        refuse(87009, "invalid signature")
    }
}

/// GET `/wxa/getpaidunionid`: the unionid of who paid within the last five minutes, by the number of the payment or of the order.
pub(crate) fn paid_unionid(context: &Context<'_>, request: &Request) -> Result<MiniReply, MiniRefusal> {
    if request.method != "GET" {
        return refuse(43001, "require GET method");
    }
    let [openid, transaction, mchid, number] =
        ["openid", "transaction_id", "mch_id", "out_trade_no"].map(|name| request.query(name).unwrap_or_default());
    let user = context.state.user_of(&openid).ok_or(MiniRefusal::new(40003, "invalid openid"))?;
    let number = match context.state.number_by_transaction.get(&transaction) {
        Some(number) => number.clone(),
        None if transaction.is_empty() && mchid == context.keys.account.mchid => number,
        None => String::new(),
    };
    let payment = context.state.payments.get(&number).filter(|payment| payment.openid == openid);
    let paid = payment.and_then(|payment| payment.paid.as_ref());
    if paid.is_none_or(|paid| context.now - paid.at > PAID_LIFE) {
        return refuse(89300, "invalid order");
    }
    match &user.unionid {
        Some(unionid) => Ok(done(json!({ "unionid": unionid }))),
        None => refuse(89002, "open not exists"),
    }
}

/// What the client app hands out as `encryptedData`: `fields` with a watermark, sealed with the user's `session_key`.
/// `rawData` is the same without the watermark.
pub(crate) fn encrypted_data(context: &mut Context<'_>, name: &str, fields: Option<Value>) -> Result<Value, Error> {
    let key = context.state.users.get(name).and_then(|user| user.session_key.clone());
    let key =
        key.ok_or_else(|| Error::Control("this user has not logged in, so there is no session_key".to_owned()))?;
    let mut data = json!({});
    merge(&mut data, fields);
    let raw = data.to_string();
    if data.get("watermark").is_none() {
        data["watermark"] = json!({ "timestamp": context.now.timestamp(), "appid": context.keys.account.appid });
    }
    let iv = context.random.bytes::<16>();
    Ok(json!({
        "encryptedData": seal_user_data(&key, &iv, data.to_string().as_bytes())?,
        "iv": base64(&iv),
        "rawData": raw,
        "signature": sha1_hex(format!("{raw}{key}").as_bytes()),
    }))
}
