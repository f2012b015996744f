//! Where the operator is logged in, and the end of all other logins: for a phone that was lost or a machine of others.

use actix_web::HttpResponse;
use maud::{Markup, html};

use crate::base::text::Lang;
use crate::console::auth::{self, OperatorSession};
use crate::console::pages::cases::Nothing;
use crate::console::pages::frame::{Page, answer, form_token, moment, to};
use crate::console::pages::visit::{Form, Visit};
use crate::domain::staff::{Session, Staff};
use crate::web::Problem;
use crate::web::extract::Json;

const HERE: &str = "/admin/sessions";

pub(crate) async fn show(visit: Visit, session: Result<Session, Problem>, staff: Staff) -> HttpResponse {
    let Session(operator) = match session {
        Ok(session) => session,
        Err(problem) => return answer(&visit, None, Err(problem)),
    };
    let found = auth::sessions(Session(operator.clone()), staff).await;
    answer(&visit, Some(&operator), found.map(|Json(found)| page(&visit, &found.items)))
}

fn page(visit: &Visit, sessions: &[OperatorSession]) -> Page {
    let lang = visit.lang;
    let title = lang.pick("我的登录", "내 로그인", "Where I am logged in");
    let content = html! {
        h1 { (title) }
        table {
            thead { tr {
                th { (lang.pick("登录时间", "로그인 시각", "Since")) } th { (lang.pick("最近使用", "마지막 사용", "Last used")) }
                th { (lang.pick("失效时间", "만료 시각", "Ends")) } th { (lang.pick("设备", "기기", "Device")) }
            } }
            tbody { @for session in sessions { (row(lang, session)) } }
        }
        @if sessions.len() > 1 {
            form method="post" action=(HERE) {
                (form_token(visit))
                button { (lang.pick("退出其他设备", "다른 기기에서 로그아웃", "Log out everywhere else")) }
            }
        }
    };
    Page { title: title.to_owned(), content }
}

fn row(lang: Lang, session: &OperatorSession) -> Markup {
    html! {
        tr {
            td data-name=(lang.pick("登录时间", "로그인 시각", "Since")) { (moment(session.began_at)) }
            td data-name=(lang.pick("最近使用", "마지막 사용", "Last used")) { (moment(session.last_seen_at)) }
            td data-name=(lang.pick("失效时间", "만료 시각", "Ends")) { (moment(session.ends_at)) }
            td data-name=(lang.pick("设备", "기기", "Device")) {
                @if session.is_this { span.badge.good { (lang.pick("本机", "이 기기", "this one")) } }
                @else { (lang.pick("其他", "다른 기기", "another")) }
            }
        }
    }
}

pub(crate) async fn end_others(
    visit: Visit,
    session: Result<Session, Problem>,
    staff: Staff,
    form: Result<Form<Nothing>, Problem>,
) -> HttpResponse {
    let (Session(operator), Form(Nothing {})) = match (session, form) {
        (Ok(session), Ok(form)) => (session, form),
        (Err(problem), _) | (_, Err(problem)) => return answer(&visit, None, Err(problem)),
    };
    match auth::end_other_sessions(Session(operator.clone()), staff).await {
        Ok(_) => to(HERE),
        Err(problem) => answer(&visit, Some(&operator), Err(problem)),
    }
}
