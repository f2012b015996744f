//! The code once more, before what is sensitive: it opens for five minutes.

use actix_web::HttpResponse;
use maud::html;
use serde::Deserialize;

use super::{Onward, fault, told};
use crate::console::pages::frame::{Page, answer, form_token, to};
use crate::console::pages::visit::{Form, Visit};
use crate::domain::staff::service::credentials::{self, Proof};
use crate::domain::staff::{Session, Staff};
use crate::web::Problem;

#[derive(Deserialize)]
pub(crate) struct Code {
    totp: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn form(visit: Visit, session: Result<Session, Problem>) -> HttpResponse {
    match session {
        Ok(Session(operator)) => answer(&visit, Some(&operator), Ok(page(&visit, None, &Onward::of(&visit)))),
        Err(problem) => answer(&visit, None, Err(problem)),
    }
}

pub(crate) async fn submit(
    visit: Visit,
    staff: Staff,
    session: Result<Session, Problem>,
    form: Result<Form<Code>, Problem>,
) -> HttpResponse {
    let (Session(operator), Form(asked)) = match (session, form) {
        (Ok(session), Ok(form)) => (session, form),
        (Err(problem), _) | (_, Err(problem)) => return answer(&visit, None, Err(problem)),
    };
    let onward = Onward { next: asked.next };
    match credentials::step_up(&staff, &operator, Proof::Code(asked.totp.trim().to_owned())).await {
        Ok(()) => to(onward.path()),
        Err(error) => {
            let said = told(visit.lang, &error.into());
            answer(&visit, Some(&operator), Ok(page(&visit, Some(&said), &onward)))
        }
    }
}

fn page(visit: &Visit, said: Option<&str>, onward: &Onward) -> Page {
    let lang = visit.lang;
    let title = lang.pick("再次验证", "다시 인증", "Once more, please");
    let content = html! {
        section.narrow {
            h1 { (title) }
            p { (lang.pick(
                "敏感操作前请再次输入验证码，五分钟内有效。",
                "민감한 작업 전에는 인증 코드를 다시 입력해 주세요. 5분간 유효합니다.",
                "What is sensitive wants a code once more; it opens for five minutes.",
            )) }
            (fault(said))
            form method="post" action="/admin/step-up" {
                input type="hidden" name="next" value=(onward.next);
                (form_token(visit))
                label { (lang.pick("验证码", "인증 코드", "Code"))
                    input name="totp" inputmode="numeric" autocomplete="one-time-code" maxlength="16" required autofocus; }
                button { (lang.pick("继续", "계속", "Go on")) }
            }
        }
    };
    Page { title: title.to_owned(), content }
}
