//! In and out: name and password, and the code of an authenticator app.

pub(super) mod password;
pub(super) mod second_factor;
pub(super) mod sessions;
pub(super) mod step_up;

use actix_web::HttpResponse;
use actix_web::cookie::Cookie;
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{Page, answer, form_token, to};
use super::visit::{Form, Visit, is_own};
use crate::base::error::Code;
use crate::base::text::Lang;
use crate::console::auth::{self, OperatorLogin};
use crate::domain::staff::service::login::{self, Grant};
use crate::domain::staff::{Session, Staff};
use crate::web::Problem;
use crate::web::extract::ClientAddr;

/// Who wants in, and where to.
#[derive(Deserialize)]
pub(crate) struct Login {
    name: String,
    password: String,
    #[serde(default)]
    totp: String,
    #[serde(default)]
    next: String,
}

/// Where to go on.
#[derive(Default, Deserialize)]
pub(crate) struct Onward {
    #[serde(default)]
    next: String,
}

impl Onward {
    pub(super) fn of(visit: &Visit) -> Self {
        let query = visit.here.split_once('?').map_or("", |(_, query)| query);
        serde_urlencoded::from_str(query).unwrap_or_default()
    }

    /// Only within this console.
    pub(super) fn path(&self) -> &str {
        if is_own(&self.next) { &self.next } else { "/admin/" }
    }
}

pub(crate) async fn form(visit: Visit) -> HttpResponse {
    let page = page(&visit, None, &Onward::of(&visit));
    answer(&visit, None, Ok(page))
}

pub(crate) async fn submit(
    visit: Visit,
    staff: Staff,
    from: ClientAddr,
    form: Result<Form<Login>, Problem>,
) -> HttpResponse {
    let (asked, onward) = match form {
        Ok(Form(asked)) => {
            let onward = Onward { next: asked.next.clone() };
            (asked, onward)
        }
        Err(problem) => return answer(&visit, None, Err(problem)),
    };
    let asked = OperatorLogin {
        name: asked.name.trim().to_owned(),
        password: asked.password,
        totp: Some(asked.totp.trim().to_owned()).filter(|code| !code.is_empty()),
        device_token: visit.device.clone(),
    };
    match auth::enter(&staff, from, asked).await {
        Ok(grant) => entered(&visit, grant, onward.path()),
        Err(error) => {
            let problem = Problem::from(error);
            let said = told(visit.lang, &problem);
            answer(&visit, None, Ok(page(&visit, Some(&said), &onward)))
        }
    }
}

/// In, with a session in the cookie, on a device that is known from now on.
pub(super) fn entered(visit: &Visit, grant: Grant, next: &str) -> HttpResponse {
    let mut response = to(next);
    set(&mut response, &visit.session_cookie(grant.token));
    set(&mut response, &visit.device_cookie(grant.device_token));
    response
}

fn set(response: &mut HttpResponse, cookie: &Cookie<'static>) {
    if let Err(error) = response.add_cookie(cookie) {
        log::error!(error:%; "a cookie can't be set");
    }
}

pub(crate) async fn logout(
    visit: Visit,
    staff: Staff,
    session: Result<Session, Problem>,
    form: Result<Form<Onward>, Problem>,
) -> HttpResponse {
    if let (Ok(Session(operator)), Ok(_)) = (session, form)
        && let Err(error) = login::logout(&staff, &operator).await
    {
        return answer(&visit, Some(&operator), Err(error.into()));
    }
    let mut response = to("/admin/login");
    set(&mut response, &visit.no_session());
    response
}

/// What stands above a form that was refused: every wrong field, or the reason.
pub(super) fn told(lang: Lang, problem: &Problem) -> String {
    if problem.code() == Code::TotpRequired {
        return lang
            .pick(
                "请输入验证器应用显示的 6 位数字。",
                "인증 앱에 표시된 6자리를 입력해 주세요.",
                "Give the six digits of your authenticator app too.",
            )
            .to_owned();
    }
    problem.log();
    let told = problem.told(lang);
    let fields: Vec<String> = told.fields.into_iter().map(|(_, detail)| detail).collect();
    if fields.is_empty() { told.detail.to_owned() } else { fields.join(" ") }
}

fn page(visit: &Visit, said: Option<&str>, onward: &Onward) -> Page {
    let lang = visit.lang;
    let title = lang.pick("登录", "로그인", "Log in");
    let content = html! {
        section.narrow {
            h1 { (title) }
            (fault(said))
            form method="post" action="/admin/login" {
                input type="hidden" name="next" value=(onward.next);
                (form_token(visit))
                label { (lang.pick("账号", "계정", "Name"))
                    input name="name" autocomplete="username" maxlength="64" required autofocus; }
                label { (lang.pick("密码", "비밀번호", "Password"))
                    input name="password" type="password" autocomplete="current-password" maxlength="512" required; }
                label { (lang.pick("验证码（启用后填写）", "인증 코드(등록한 경우)", "Code, once the second factor is set up"))
                    input name="totp" inputmode="numeric" autocomplete="one-time-code" maxlength="16"; }
                button { (title) }
            }
        }
    };
    Page { title: title.to_owned(), content }
}

pub(super) fn fault(said: Option<&str>) -> Markup {
    html! { @if let Some(said) = said { p.fault role="alert" { (said) } } }
}
