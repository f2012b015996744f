//! The second factor: a secret for an authenticator app, shown once as a QR code, and its first code.

use actix_web::HttpResponse;
use maud::{PreEscaped, html};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;

use super::{Onward, fault, told};
use crate::console::pages::frame::{Page, answer, form_token, to};
use crate::console::pages::visit::{Form, Visit};
use crate::domain::staff::service::credentials::{self, Enrolment};
use crate::domain::staff::{Session, Staff};
use crate::web::Problem;

/// Side of the drawn code, pixels.
const SIDE: u32 = 220;

#[derive(Deserialize)]
pub(crate) struct FirstCode {
    code: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn form(visit: Visit, staff: Staff, session: Result<Session, Problem>) -> HttpResponse {
    let Session(operator) = match session {
        Ok(session) => session,
        Err(problem) => return answer(&visit, None, Err(problem)),
    };
    let onward = Onward::of(&visit);
    let enrolment = credentials::enrol_totp(&staff, &operator).await;
    let page = enrolment.map(|enrolment| page(&visit, Some(&enrolment), None, &onward)).map_err(Problem::from);
    answer(&visit, Some(&operator), page)
}

pub(crate) async fn submit(
    visit: Visit,
    staff: Staff,
    session: Result<Session, Problem>,
    form: Result<Form<FirstCode>, Problem>,
) -> HttpResponse {
    let (Session(operator), Form(asked)) = match (session, form) {
        (Ok(session), Ok(form)) => (session, form),
        (Err(problem), _) | (_, Err(problem)) => return answer(&visit, None, Err(problem)),
    };
    let onward = Onward { next: asked.next };
    match credentials::confirm_totp(&staff, &operator, asked.code.trim()).await {
        Ok(()) => to(onward.path()),
        // The secret is not shown again: the app has it, or the page is opened anew for another.
        Err(error) => {
            let said = told(visit.lang, &error.into());
            answer(&visit, Some(&operator), Ok(page(&visit, None, Some(&said), &onward)))
        }
    }
}

fn page(visit: &Visit, enrolment: Option<&Enrolment>, said: Option<&str>, onward: &Onward) -> Page {
    let lang = visit.lang;
    let title = lang.pick("设置验证器", "인증 앱 등록", "Set up the second factor");
    let content = html! {
        section.narrow {
            h1 { (title) }
            (fault(said))
            @if let Some(enrolment) = enrolment {
                p { (lang.pick(
                    "用验证器应用扫描此二维码，然后输入它显示的 6 位数字。",
                    "인증 앱으로 이 QR 코드를 스캔하고 표시된 6자리를 입력해 주세요.",
                    "Scan this code with an authenticator app, then give the six digits it shows.",
                )) }
                @if let Ok(code) = QrCode::new(&enrolment.uri) {
                    div.qr { (PreEscaped(code.render::<svg::Color<'_>>().min_dimensions(SIDE, SIDE).build())) }
                }
                p { (lang.pick("或手动输入：", "또는 직접 입력:", "Or type it: ")) code { (enrolment.secret) } }
            } @else {
                p { a href="/admin/second-factor" { (lang.pick("重新显示二维码", "새 QR 코드 보기", "Show another code")) } }
            }
            form method="post" action="/admin/second-factor" {
                input type="hidden" name="next" value=(onward.next);
                (form_token(visit))
                label { (lang.pick("验证码", "인증 코드", "Code"))
                    input name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="16" required autofocus; }
                button { (lang.pick("确认", "확인", "Confirm")) }
            }
        }
    };
    Page { title: title.to_owned(), content }
}
