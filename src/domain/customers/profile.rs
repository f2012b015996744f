//! The buyer's profile, and the steps by which an account ends.

use std::sync::Arc;
use std::time::Duration;

use super::store::profile::{self as rows, PhoneChange, ProfileChange, ProfileRow};
use super::{CLOSING_MAX, Language};
use crate::base::clock::Timestamp;
use crate::base::db::{DbConn, Tx};
use crate::base::error::{Code, Error, FieldRule, Refusal, Result};
use crate::base::ids::CustomerId;
use crate::base::observability::WechatCall;
use crate::platform::app::App;
use crate::platform::limits::Rule;
use crate::platform::sealing::{AadContext, Sealer, Subject};
use crate::platform::session_token::BadToken;
use wechat_client::{CallError, PhoneNumber, RefusalCode, TextCheck, TextScene, Verdict};

pub(crate) use super::store::profile::{EndedAccount, by_openid, closing, end_unused, ended, is_open, still_open};

/// A profile is not worth a longer wait.
const JUDGED_WITHIN: Duration = Duration::from_secs(2);
/// Separates the blind index of phones from those of other data under the same key.
const PHONE_INDEX: &str = "phone";
/// And the tombstones of closed accounts.
const TOMBSTONE: &str = "closed_account";
const MAINLAND: &str = "86";

/// A profile, opened. Never logged.
pub struct Profile {
    pub id: CustomerId,
    /// WeChat's name for the buyer in this mini program.
    pub openid: String,
    /// WeChat's name for the buyer across apps of one owner.
    pub unionid: Option<String>,
    /// The code that was scanned for the first visit.
    pub first_scene: Option<String>,
    /// As the buyer wants to be called.
    pub nickname: Option<String>,
    /// 11 digits of mainland China; `+`, country code and number of anywhere else.
    pub phone: Option<String>,
    pub language: Option<Language>,
    pub created_at: Timestamp,
    pub last_login_at: Timestamp,
    /// The buyer wants the account closed, since then.
    pub closing_at: Option<Timestamp>,
}

fn place<'a>(column: &'a str, row: &'a str) -> AadContext<'a> {
    AadContext { table: "customers", column, row }
}

/// The buyer's profile. [`Code::Unauthorized`] if the account is closed.
pub fn find(conn: &mut DbConn, sealer: &Sealer, customer: CustomerId) -> Result<Profile> {
    let row: ProfileRow = rows::find(conn, customer)?.ok_or(BadToken::SessionEnded)?;
    let id = customer.to_string();
    let mut opened = |column, sealed: Option<Vec<u8>>| match sealed {
        Some(sealed) => sealer.open_text_of_subject(conn, &place(column, &id), &sealed),
        None => Ok(None),
    };
    Ok(Profile {
        id: customer,
        nickname: opened("nickname_sealed", row.nickname_sealed)?,
        phone: opened("phone_sealed", row.phone_sealed)?,
        openid: row.openid,
        unionid: row.unionid,
        first_scene: row.first_scene,
        language: row.language,
        created_at: row.created_at,
        last_login_at: row.last_login_at,
        closing_at: row.closing_at,
    })
}

/// What a buyer changes: untouched where none is given, cleared where none is inside.
pub(crate) struct Change {
    pub(crate) nickname: Option<Option<String>>,
    pub(crate) language: Option<Option<Language>>,
}

pub(crate) async fn change(app: &Arc<App>, customer: CustomerId, change: Change) -> Result<()> {
    if let Some(Some(nickname)) = &change.nickname {
        check_nickname(app, customer, nickname).await?;
    }
    let (context, now) = (Arc::clone(app), app.clock.timestamp());
    let write = app.db.write(move |tx| {
        super::lock(tx, customer)?;
        if let Some(Some(_)) = &change.nickname {
            super::consents::require_privacy(tx, customer, now)?;
        }
        let nickname_sealed = match &change.nickname {
            Some(Some(nickname)) => Some(Some(seal(tx, &context.sealer, customer, "nickname_sealed", nickname, now)?)),
            Some(None) => Some(None),
            None => None,
        };
        changed(rows::change(tx, customer, &ProfileChange { nickname_sealed, language: change.language })?)
    });
    write.await
}

/// For a column of the buyer's row, which is locked.
fn seal(
    tx: &mut Tx,
    sealer: &Sealer,
    customer: CustomerId,
    column: &str,
    text: &str,
    now: Timestamp,
) -> Result<Vec<u8>> {
    let key = sealer.key_of(tx, Subject::Person(customer), now)?;
    key.seal(&place(column, &customer.to_string()), text.as_bytes())
}

const RISKY: FieldRule = FieldRule::new(
    "refused",
    [
        "该昵称未通过内容审核，请换一个。",
        "위챗 내용 심사를 통과하지 못한 닉네임입니다. 다른 이름을 써 주세요.",
        "WeChat's content check refuses this nickname. Choose another.",
    ],
);
const CODE_NOT_TAKEN: FieldRule = FieldRule::new(
    "invalid",
    [
        "微信不接受此 code：已使用、已过期或不属于该用户，请重新获取。",
        "위챗이 받지 않은 code입니다. 이미 사용되었거나 만료되었거나 다른 사용자의 것입니다. 새로 받아 주세요.",
        "WeChat does not take this code: it is used, expired or another user's. Get a new one.",
    ],
);

/// Has WeChat judge what the buyer typed (contract A.13). Only what must not be shown is refused, with 400
/// `invalid_request` naming `nickname`: nobody but the buyer sees the name, so a doubt, or a WeChat that does not answer
/// in time, keeps nobody from it.
async fn check_nickname(app: &App, customer: CustomerId, nickname: &str) -> Result<()> {
    app.limits.check_rate(Rule::Nickname, customer)?;
    let openid = app.db.read(move |rx| super::openid(rx, customer)).await?;
    match tokio::time::timeout(JUDGED_WITHIN, judge(app, openid, nickname)).await {
        Ok(Some(Verdict::Risky)) => Err(Refusal::field("nickname", RISKY).into()),
        Ok(_) => Ok(()),
        Err(_) => {
            log::warn!("a nickname was not checked: WeChat takes too long");
            Ok(())
        }
    }
}

/// `None` if too many ask already, or if WeChat gives no answer that can be read.
async fn judge(app: &App, openid: String, nickname: &str) -> Option<Verdict> {
    let _permit = app.limits.nickname_permit().await.ok()?;
    let text = TextCheck {
        content: nickname.to_owned(),
        scene: TextScene::Profile,
        openid,
        title: None,
        nickname: None,
        signature: None,
    };
    let answer = app.ask_wechat(WechatCall::Nickname, app.mini.check_text(&text)).await;
    answer.map(|answer| answer.verdict).inspect_err(|error| log::warn!("a nickname was not checked: {error}")).ok()
}

/// A write to an account that was closed meanwhile: its session is gone too.
fn changed(changed: bool) -> Result<()> {
    if changed { Ok(()) } else { Err(BadToken::SessionEnded.into()) }
}

/// Exchanges a code of the phone button, of this buyer and nobody else, and keeps the phone sealed. The number never
/// comes from the client. 400 `invalid_request` naming `code` if WeChat does not take it.
pub(crate) async fn bind_phone(app: &Arc<App>, customer: CustomerId, code: &str) -> Result<()> {
    app.limits.check_rate(Rule::Phone, customer)?;
    let now = app.clock.timestamp();
    // Before WeChat is asked: it bills each phone.
    let read = app.db.read(move |rx| {
        super::consents::require_privacy(rx, customer, now)?;
        super::openid(rx, customer)
    });
    let openid = read.await?;
    let _permit = app.limits.login_permit().await?;
    let answer = app.ask_wechat(WechatCall::Phone, app.mini.phone_number(code, &openid)).await;
    let phone = answer.as_ref().map(written).map_err(refused)?;
    let context = Arc::clone(app);
    let write = app.db.write(move |tx| {
        super::lock(tx, customer)?;
        super::consents::require_privacy(tx, customer, now)?;
        let change = PhoneChange {
            phone_sealed: Some(seal(tx, &context.sealer, customer, "phone_sealed", &phone, now)?),
            phone_index: Some(context.sealer.blind_index(PHONE_INDEX, &phone)),
        };
        changed(rows::set_phone(tx, customer, &change)?)
    });
    write.await
}

fn written(phone: &PhoneNumber) -> String {
    if phone.country_code == MAINLAND {
        return phone.number.clone();
    }
    format!("+{}{}", phone.country_code, phone.number)
}

fn refused(error: &CallError) -> Error {
    match error {
        CallError::Refused(refusal) => match refusal.code {
            RefusalCode::InvalidCode | RefusalCode::OpenidMismatch => Refusal::field("code", CODE_NOT_TAKEN).into(),
            _ => {
                log::error!("WeChat refuses to tell phones: {error}");
                Code::WechatRefused.into()
            }
        },
        CallError::Throttled(throttle) => {
            Refusal::new(Code::WechatUnavailable).with("retry_after_s", throttle.retry_after.as_secs()).into()
        }
        CallError::Unknown(_) => {
            log::warn!("a phone code was not exchanged: {error}");
            Code::WechatUnavailable.into()
        }
    }
}

/// Forgets the phone.
pub fn forget_phone(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    rows::set_phone(tx, customer, &PhoneChange { phone_sealed: None, phone_index: None }).map(|_| ())
}

/// Forgets the nickname.
pub fn forget_nickname(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    rows::change(tx, customer, &ProfileChange { nickname_sealed: Some(None), language: None }).map(|_| ())
}

/// Makes sure that this buyer may place an order, and keeps it so until the end of the transaction. 409
/// `account_closing` after the buyer asked for the account's end; 401 once it is closed.
pub fn lock_to_buy(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    if rows::lock_to_buy(tx, customer)? {
        return Ok(());
    }
    let closing = rows::closing_since(tx, customer)?.is_some();
    Err(if closing { Code::AccountClosing.into() } else { BadToken::SessionEnded.into() })
}

/// Begins the end of the account, unless it has begun; gives since when. The row is locked until the transaction ends.
pub fn begin_closing(tx: &mut Tx, customer: CustomerId, now: Timestamp) -> Result<Timestamp> {
    super::lock(tx, customer)?;
    Ok(rows::begin_closing(tx, customer, now)?.ok_or(BadToken::SessionEnded)?)
}

/// Takes the end back. [`Code::Unauthorized`] if it has come.
pub fn keep(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    changed(rows::keep(tx, customer)?)
}

/// Locks the account and says since when it is closing; nothing if it is not, or no longer.
pub fn lock_closing(tx: &mut Tx, customer: CustomerId) -> Result<Option<Timestamp>> {
    match super::lock(tx, customer) {
        Ok(()) => rows::closing_since(tx, customer),
        Err(error) if error.code() == Some(Code::Unauthorized) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The last moment at which an account that is closing since then is closed, whatever is open.
pub fn closes_at_latest(since: Timestamp) -> Timestamp {
    since.plus(CLOSING_MAX)
}

/// Blots the person out of the account: identity, phone, nickname, and the openid, in whose place a keyed tombstone
/// stands. Whoever comes back is a new buyer, and nobody without the key can tell that the two are one.
pub fn close(tx: &mut Tx, sealer: &Sealer, customer: CustomerId, now: Timestamp) -> Result<bool> {
    let openid = super::openid(tx, customer)?;
    // The row's id makes tombstones of one person differ: an account may be closed again and again.
    let mac = sealer.blind_index(TOMBSTONE, &format!("{customer}|{openid}"));
    let closed = rows::close(tx, customer, &format!("closed:{}", hex::encode(mac)), now)?;
    if closed {
        sealer.end(tx, Subject::Person(customer), now)?;
        super::store::delete_identity(tx, customer)?;
        super::consents::withdraw_all(tx, customer, now)?;
    }
    Ok(closed)
}
