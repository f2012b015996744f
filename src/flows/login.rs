//! A code of `wx.login` becomes a session: WeChat says who it is, then, in one transaction, the buyer is found or made, a session begins, and
//! those that are too many end. The code is never sent twice, and WeChat's `session_key` is dropped at once.

use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;
use wechat_client::{CallError, RefusalCode};

use crate::base::clock::Timestamp;
use crate::base::db::Tx;
use crate::base::error::{Code, Error, FieldErrors, FieldRule, Refusal, Result};
use crate::base::observability::WechatCall;
use crate::domain::customers::{self, SignedIn, WechatUser};
use crate::domain::sessions::{self, Grant, Sessions, TokenView};
use crate::platform::app::App;
use crate::platform::limits::Rule;
use crate::web::Problem;
use crate::web::extract::{ClientAddr, Json};

/// At most 32 visible characters (WeChat, `getUnlimitedQRCode`).
const SCENE_MAX: usize = 32;
/// What WeChat allows in a scene besides digits and ASCII letters (same page).
const SCENE_SIGNS: &str = "!#$&'()*+,/:;=?@-._~";

const NO_SCENE: FieldRule = FieldRule::new(
    "invalid",
    [
        "不是小程序码的 scene：1 到 32 个字母、数字或 !#$&'()*+,/:;=?@-._~。",
        "미니프로그램 코드의 scene이 아닙니다. 영문자, 숫자, !#$&'()*+,/:;=?@-._~ 1~32자.",
        "No scene of a mini program code: 1 to 32 letters, digits or !#$&'()*+,/:;=?@-._~.",
    ],
);
const _: () = assert!(SCENE_MAX == 32, "the texts above say 32");

/// A login by WeChat.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginRequest {
    /// What `wx.login` gave. Good once, for five minutes.
    #[schema(
        min_length = 1,
        max_length = 128,
        pattern = "^[0-9A-Za-z_-]+$",
        example = "0a3FdV000WMyLT1Ylk100z5xvz0FdV0k"
    )]
    code: String,
    /// The scene of the code that was scanned, if one was.
    #[schema(min_length = 1, max_length = 32, pattern = r"^[0-9A-Za-z!#$&'()*+,/:;=?@._~-]+$")]
    scene: Option<String>,
}

impl LoginRequest {
    fn check(&self) -> Result<()> {
        let mut errors = FieldErrors::default();
        errors.take("code", customers::check_code(&self.code));
        let visible = |c: char| c.is_ascii_alphanumeric() || SCENE_SIGNS.contains(c);
        if let Some(scene) = &self.scene
            && (!(1..=SCENE_MAX).contains(&scene.len()) || !scene.chars().all(visible))
        {
            errors.add("scene", NO_SCENE);
        }
        errors.finish()
    }
}

/// Logs in with a code of `wx.login`.
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "auth", request_body = LoginRequest,
    responses(
        (status = 200, description = "A new session; the oldest ones beyond 20 end", body = TokenView),
        (status = 400, description = "`invalid_request`", body = Problem),
        (status = 401, description = "`invalid_login_code`: ask `wx.login` for a new one", body = Problem),
        (status = 403, description = "`account_blocked`", body = Problem),
        (status = 429, description = "`too_many_requests`: wait for `Retry-After`", body = Problem),
        (status = 502, description = "`wechat_refused`", body = Problem),
        (status = 503, description = "`wechat_unavailable`: try again with a NEW code", body = Problem),
    )
)]
pub(crate) async fn login(
    app: Data<App>,
    sessions: Data<Sessions>,
    client: ClientAddr,
    Json(request): Json<LoginRequest>,
) -> Result<Json<TokenView>, Problem> {
    app.limits.check_rate(Rule::LoginPeer, client.ip())?;
    // What is counted for everybody is what reaches WeChat.
    request.check()?;
    app.limits.check_shared(Rule::LoginShare, client.ip(), Rule::LoginAll)?;
    Ok(Json(log_in(&app, &sessions, &request.code, request.scene).await?.into()))
}

/// Exchanges a login code, and begins a session. `invalid_login_code`: ask `wx.login` for a new one. Also after 503,
/// for this one may be used up.
async fn log_in(app: &App, sessions: &Sessions, code: &str, scene: Option<String>) -> Result<Grant> {
    let who = who_is_behind(app, code).await?;
    let sid = sessions::new_sid()?;
    let now = app.clock.timestamp();
    let new_sid = sid.clone();
    let (signed_in, superseded) = app.db.write(move |tx| begin(tx, &who, scene.as_deref(), &new_sid, now)).await?;
    crate::base::failpoint::reach!("login.after_commit");
    sessions.ended(superseded);
    sessions.begun(&sid, signed_in.customer_id, signed_in.is_new, now)
}

/// The transaction of a login; gives the sessions that it ended.
fn begin(
    tx: &mut Tx,
    who: &WechatUser,
    scene: Option<&str>,
    sid: &str,
    now: Timestamp,
) -> Result<(SignedIn, Vec<String>)> {
    let signed_in = customers::sign_in(tx, who, scene, now)?;
    sessions::begin(tx, signed_in.customer_id, sid, now)?;
    crate::base::failpoint::reach!("login.in_transaction");
    Ok((signed_in, sessions::end_superseded(tx, signed_in.customer_id, now)?))
}

/// The one place that asks WeChat. The code is never sent twice, and the `session_key` of the answer is dropped here.
pub(super) async fn who_is_behind(app: &App, code: &str) -> Result<WechatUser> {
    let _permit = app.limits.login_permit().await?;
    match app.ask_wechat(WechatCall::Login, app.mini.code_to_session(code)).await {
        Ok(session) => Ok(WechatUser { openid: session.openid, unionid: session.unionid }),
        Err(error) => Err(refused_login(&error)),
    }
}

fn refused_login(error: &CallError) -> Error {
    match error {
        CallError::Refused(refusal) => match refusal.code {
            RefusalCode::InvalidCode => Code::InvalidLoginCode.into(),
            RefusalCode::Blocked => Code::AccountBlocked.into(),
            _ => {
                log::error!(error:%; "WeChat refuses logins");
                Code::WechatRefused.into()
            }
        },
        CallError::Throttled(throttle) => {
            Refusal::new(Code::WechatUnavailable).with("retry_after_s", throttle.retry_after.as_secs()).into()
        }
        CallError::Unknown(_) => {
            log::warn!(error:%; "a login code was not exchanged");
            Code::WechatUnavailable.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use wechat_client::UnknownCause;

    use super::*;

    fn login(code: &str, scene: Option<&str>) -> bool {
        LoginRequest { code: code.to_owned(), scene: scene.map(str::to_owned) }.check().is_ok()
    }

    #[test]
    fn a_code_that_wechat_never_gives_is_refused_before_wechat_is_asked() {
        assert!(login("0a3FdV000WMyLT1Ylk100z5xvz0FdV0k", None));
        let long = "a".repeat(customers::CODE_MAX + 1);
        for bad in ["", "a&secret=x", "a#", "a\r\nb", "a b", "a\"", "a%00", "码", "a\0", &long] {
            assert!(!login(bad, None), "{bad:?}");
        }
    }

    #[test]
    fn a_scene_is_what_wechat_can_put_into_a_code() {
        assert!(login("a", Some("s=Linyi-1&v=2")));
        assert!(login("a", Some(&"x".repeat(32))));
        for bad in ["", "100%", "展馆", "a b", "a\nb", &"x".repeat(33)] {
            assert!(!login("a", Some(bad)), "{bad:?}");
        }
    }

    #[test]
    fn what_wechat_says_to_a_code_is_told_apart_by_what_the_buyer_can_do() {
        let unknown = CallError::Unknown(wechat_client::Unknown { cause: UnknownCause::TimedOut, trace: None });
        assert_eq!(refused_login(&unknown).code(), Some(Code::WechatUnavailable));
        for (code, answer) in [
            (RefusalCode::InvalidCode, Code::InvalidLoginCode),
            (RefusalCode::Blocked, Code::AccountBlocked),
            (RefusalCode::InvalidSecret, Code::WechatRefused),
        ] {
            let refusal =
                wechat_client::Refusal { code, message: String::new(), status: Some(200), trace: None, signed: false };
            assert_eq!(refused_login(&CallError::Refused(refusal)).code(), Some(answer));
        }
    }
}
