//! Another password; the first thing a new operator does.

use actix_web::HttpResponse;
use maud::html;
use secrecy::SecretString;
use serde::Deserialize;

use super::{Onward, entered, fault, told};
use crate::console::pages::frame::{Page, answer, form_token};
use crate::console::pages::visit::{Form, Visit};
use crate::domain::staff::service::credentials;
use crate::domain::staff::{Session, Staff};
use crate::web::Problem;

#[derive(Deserialize)]
pub(crate) struct Change {
    current_password: String,
    new_password: String,
    #[serde(default)]
    next: String,
}

pub(crate) async fn form(visit: Visit, session: Result<Session, Problem>) -> HttpResponse {
    let session = session.map(|Session(operator)| operator);
    let onward = Onward::of(&visit);
    match &session {
        Ok(operator) => answer(&visit, Some(operator), Ok(page(&visit, operator.must_change_password, None, &onward))),
        Err(_) => answer(&visit, None, session.map(|_| Page { title: String::new(), content: html! {} })),
    }
}

pub(crate) async fn submit(
    visit: Visit,
    staff: Staff,
    session: Result<Session, Problem>,
    form: Result<Form<Change>, Problem>,
) -> HttpResponse {
    let (Session(operator), Form(asked)) = match (session, form) {
        (Ok(session), Ok(form)) => (session, form),
        (Err(problem), _) | (_, Err(problem)) => return answer(&visit, None, Err(problem)),
    };
    let (current, new) = (SecretString::from(asked.current_password), SecretString::from(asked.new_password));
    let onward = Onward { next: asked.next };
    match credentials::change_password(&staff, &operator, current, new).await {
        Ok(grant) => entered(&visit, grant, onward.path()),
        Err(error) => {
            let said = told(visit.lang, &error.into());
            answer(&visit, Some(&operator), Ok(page(&visit, operator.must_change_password, Some(&said), &onward)))
        }
    }
}

fn page(visit: &Visit, is_first: bool, said: Option<&str>, onward: &Onward) -> Page {
    let lang = visit.lang;
    let title = lang.pick("设置密码", "비밀번호 설정", "Choose a password");
    let content = html! {
        section.narrow {
            h1 { (title) }
            @if is_first {
                p { (lang.pick(
                    "一次性密码只能用于首次登录，请设置您自己的密码。",
                    "일회용 비밀번호는 첫 로그인에만 쓸 수 있습니다. 새 비밀번호를 정해 주세요.",
                    "The one-time password is good for the first login only. Choose your own.",
                )) }
            }
            (fault(said))
            form method="post" action="/admin/password" {
                input type="hidden" name="next" value=(onward.next);
                (form_token(visit))
                label { (lang.pick("当前密码", "현재 비밀번호", "Present password"))
                    input name="current_password" type="password" autocomplete="current-password" maxlength="512" required; }
                label { (lang.pick("新密码（至少 12 个字符）", "새 비밀번호(12자 이상)", "New password, at least 12 characters"))
                    input name="new_password" type="password" autocomplete="new-password" minlength="12" maxlength="128" required; }
                button { (lang.pick("保存", "저장", "Save")) }
            }
        }
    };
    Page { title: title.to_owned(), content }
}
