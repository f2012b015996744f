//! The frame of every page, and how an answer becomes one.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use maud::{DOCTYPE, Markup, html};

use super::visit::{FORM_TOKEN, Visit, is_own};
use crate::base::clock::{Timestamp, shanghai};
use crate::base::error::Code;
use crate::base::money::Fen;
use crate::base::text::Lang;
use crate::domain::staff::{Operator, Permission, Role};
use crate::web::Problem;
use crate::web::pages::Cursor;

/// A page with its title.
pub(super) struct Page {
    pub(super) title: String,
    pub(super) content: Markup,
}

/// Where the navigation leads, and what one must be allowed to do to see it.
const PLACES: [(&str, [&str; 3], Option<Permission>); 6] = [
    ("/admin/", ["今日", "오늘", "Today"], None),
    ("/admin/orders", ["订单", "주문", "Orders"], Some(Permission::ReadOrders)),
    ("/admin/cases", ["案件", "확인할 건", "Cases"], Some(Permission::ReadCases)),
    ("/admin/jobs", ["任务", "작업", "Jobs"], Some(Permission::RunJobs)),
    ("/admin/operators", ["账号", "계정", "Operators"], Some(Permission::ManageOperators)),
    ("/admin/audit", ["审计", "감사", "Audit"], Some(Permission::ReadAudit)),
];

/// The style sheet, packed in the binary.
pub(crate) async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(include_str!("console.css"))
}

pub(crate) async fn icon() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("image/svg+xml")
        .insert_header((CACHE_CONTROL, "public, max-age=86400"))
        .body(include_str!("icon.svg"))
}

/// The page, or what stands in its way: a login, a first password, a second factor, a step-up, or the reason of a refusal.
pub(super) fn answer(visit: &Visit, operator: Option<&Operator>, page: Result<Page, Problem>) -> HttpResponse {
    match page {
        Ok(page) => whole(visit, operator, &page, actix_web::http::StatusCode::OK),
        Err(problem) => refused(visit, operator, &problem),
    }
}

fn refused(visit: &Visit, operator: Option<&Operator>, problem: &Problem) -> HttpResponse {
    let way = match problem.code() {
        Code::Unauthorized => "/admin/login",
        Code::PasswordChangeRequired => "/admin/password",
        Code::TotpEnrolmentRequired => "/admin/second-factor",
        Code::StepUpRequired => "/admin/step-up",
        _ => {
            problem.log();
            let told = problem.told(visit.lang);
            let content = html! {
                section.narrow { h1 { (told.title) } p { (told.detail) }
                    @for field in &told.fields { p.fault { b { (field.0) } " " (field.1) } }
                    p { a href="/admin/" { (visit.lang.pick("返回今日", "오늘로 돌아가기", "Back to today")) } }
                    // A role that may see nothing here must get out all the same.
                    @if operator.is_none() && !visit.form_token.is_empty() { (log_out(visit)) }
                }
            };
            let page = Page { title: told.title.to_owned(), content };
            return whole(visit, operator, &page, actix_web::ResponseError::status_code(problem));
        }
    };
    to(&with_next(way, &visit.here))
}

/// Where to come back to, in the query.
fn with_next(way: &str, here: &str) -> String {
    if !is_own(here) || here == "/admin/" {
        return way.to_owned();
    }
    serde_urlencoded::to_string([("next", here)]).map_or_else(|_| way.to_owned(), |query| format!("{way}?{query}"))
}

/// Elsewhere, by GET: a reload acts no second time.
pub(super) fn to(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, path)).finish()
}

fn whole(visit: &Visit, operator: Option<&Operator>, page: &Page, status: actix_web::http::StatusCode) -> HttpResponse {
    let lang = visit.lang;
    let markup = html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (page.title) " · " (lang.pick("军浦馆", "군포관", "Gunpo Mall")) }
                link rel="stylesheet" href="/admin/console.css";
                link rel="icon" href="/admin/icon.svg" type="image/svg+xml";
            }
            body {
                a.skip href="#content" { (lang.pick("跳到内容", "본문으로", "Skip to content")) }
                header {
                    a.brand href="/admin/" { (lang.pick("军浦馆", "군포관", "Gunpo Mall")) }
                    @if let Some(operator) = operator { (navigation(visit, operator)) }
                    (languages(lang))
                    @if let Some(operator) = operator { (who(visit, operator)) }
                }
                main #content { (page.content) }
            }
        }
    };
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(markup.into_string())
}

fn navigation(visit: &Visit, operator: &Operator) -> Markup {
    let may = |permission: Option<Permission>| permission.is_none_or(|permission| operator.role.may(permission));
    let path = visit.here.split('?').next().unwrap_or_default();
    html! {
        nav aria-label=(visit.lang.pick("主导航", "주 메뉴", "Main")) {
            @for (place, [zh, ko, en], permission) in PLACES {
                @if may(permission) {
                    @let is_here = path == place || place != "/admin/" && path.starts_with(place);
                    a href=(place) aria-current=[is_here.then_some("page")] { (visit.lang.pick(zh, ko, en)) }
                }
            }
        }
    }
}

fn languages(lang: Lang) -> Markup {
    html! {
        span.languages {
            @for (other, name) in [(Lang::Zh, "中文"), (Lang::Ko, "한국어"), (Lang::En, "English")] {
                @if other != lang { a href={ "/admin/language/" (other.code()) } lang=(other.tag()) { (name) } }
            }
        }
    }
}

fn who(visit: &Visit, operator: &Operator) -> Markup {
    html! {
        span.who { a href="/admin/sessions" { (operator.name) } " · " (role_name(visit.lang, operator.role)) (log_out(visit)) }
    }
}

fn log_out(visit: &Visit) -> Markup {
    html! {
        form method="post" action="/admin/logout" {
            (form_token(visit))
            button.plain { (visit.lang.pick("退出", "로그아웃", "Log out")) }
        }
    }
}

/// Belongs into every form.
pub(super) fn form_token(visit: &Visit) -> Markup {
    html! { input type="hidden" name=(FORM_TOKEN) value=(visit.form_token); }
}

/// The way to the next page of a list, with its filter; nothing on the last one.
pub(super) fn next_page(lang: Lang, way: &str, filter: &[(&str, String)], next: Option<&Cursor>) -> Markup {
    let cursor = next.and_then(|next| serde_json::to_value(next).ok()?.as_str().map(str::to_owned));
    let Some(cursor) = cursor else { return html! {} };
    let mut query: Vec<(&str, &str)> = filter.iter().map(|(name, value)| (*name, value.as_str())).collect();
    query.push(("cursor", &cursor));
    let query = serde_urlencoded::to_string(query).unwrap_or_default();
    html! { p.pages { a href={ (way) "?" (query) } { (lang.pick("下一页", "다음", "Next page")) } } }
}

/// A role, for people.
pub(super) fn role_name(lang: Lang, role: Role) -> &'static str {
    match role {
        Role::Picker => lang.pick("拣货", "출고", "Picker"),
        Role::Service => lang.pick("客服", "고객 상담", "Service"),
        Role::Finance => lang.pick("财务", "재무", "Finance"),
        Role::Manager => lang.pick("店长", "관리자", "Manager"),
        Role::Auditor => lang.pick("审计", "감사", "Auditor"),
    }
}

/// An amount, for people.
pub(super) fn yuan(amount: Fen) -> Markup {
    html! { span.money { "¥" (amount) } }
}

/// A moment in the shop's time.
pub(super) fn moment(at: Timestamp) -> Markup {
    let local = at.utc().with_timezone(&shanghai());
    html! { time datetime=(at.rfc3339()) { (local.format("%Y-%m-%d %H:%M:%S")) } }
}
