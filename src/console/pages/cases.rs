//! Cases: what happened, what to do, who looks after it, and how it ended.

use actix_web::HttpResponse;
use actix_web::web::Data;
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{Page, answer, form_token, moment, next_page, to};
use super::visit::{Form, Visit};
use crate::base::ids::CaseId;
use crate::base::text::Lang;
use crate::console::cases::{self, AdminCase, CasesQuery, CloseCase};
use crate::domain::cases::CaseDecision;
use crate::domain::staff::{DecideCases, May, Operator, Permission, ReadCases};
use crate::platform::app::App;
use crate::web::Problem;
use crate::web::extract::{Json, Path, Query};

pub(crate) async fn list(
    visit: Visit,
    operator: Result<May<ReadCases>, Problem>,
    app: Data<App>,
    query: Result<Query<CasesQuery>, Problem>,
) -> HttpResponse {
    let operator = match operator {
        Ok(operator) => operator,
        Err(problem) => return answer(&visit, None, Err(problem)),
    };
    let who = Operator::clone(&operator);
    let page = async {
        let query = query?;
        let closed = query.0.closed;
        let Json(found) = cases::list(operator, app, query, visit.lang).await?;
        let next = next_page(visit.lang, "/admin/cases", &[("closed", closed.to_string())], found.next_cursor.as_ref());
        Ok(list_page(visit.lang, closed, &found.items, &next))
    };
    let page = page.await;
    answer(&visit, Some(&who), page)
}

fn list_page(lang: Lang, closed: bool, cases: &[AdminCase], next: &Markup) -> Page {
    let title = lang.pick("案件", "확인할 건", "Cases");
    let content = html! {
        h1 { (title) }
        nav.tabs aria-label=(lang.pick("状态", "상태", "State")) {
            a href="/admin/cases" aria-current=[(!closed).then_some("true")] { (lang.pick("未结", "진행 중", "Open")) }
            a href="/admin/cases?closed=true" aria-current=[closed.then_some("true")] { (lang.pick("已结", "종료", "Closed")) }
        }
        @if cases.is_empty() {
            p.empty { (lang.pick("没有案件。", "건이 없습니다.", "No case.")) }
        } @else {
            table {
                thead { tr {
                    th { (lang.pick("案件", "건", "Case")) } th { (lang.pick("对象", "대상", "About")) }
                    th { (lang.pick("发生时间", "발생 시각", "Since")) } th { (lang.pick("负责人", "담당", "With")) }
                } }
                tbody { @for case in cases { (row(lang, case)) } }
            }
            (next)
        }
    };
    Page { title: title.to_owned(), content }
}

fn row(lang: Lang, case: &AdminCase) -> Markup {
    html! {
        tr {
            td data-name=(lang.pick("案件", "건", "Case")) {
                (severity(lang, case)) " " a href={ "/admin/cases/" (case.id) } { (name(case)) }
            }
            td.number data-name=(lang.pick("对象", "대상", "About")) { (case.subject) }
            td data-name=(lang.pick("发生时间", "발생 시각", "Since")) { (moment(case.opened_at)) }
            td data-name=(lang.pick("负责人", "담당", "With")) {
                (case.decided_by.as_deref().or(case.taken_by.as_deref()).unwrap_or("–"))
            }
        }
    }
}

/// A kind of another version of the program has no text; its word says more than nothing.
fn name(case: &AdminCase) -> &str {
    if case.means.is_empty() { &case.kind } else { case.means }
}

fn severity(lang: Lang, case: &AdminCase) -> Markup {
    match (case.closed_at, case.severity) {
        (Some(_), _) => html! { span.badge.good { (lang.pick("已结", "종료", "closed")) } },
        (None, "now") => html! { span.badge.bad { (lang.pick("立即", "지금", "now")) } },
        (None, _) => html! { span.badge.busy { (lang.pick("当日", "오늘 안", "soon")) } },
    }
}

pub(crate) async fn show(
    visit: Visit,
    operator: Result<May<ReadCases>, Problem>,
    app: Data<App>,
    id: Path<CaseId>,
) -> HttpResponse {
    let operator = match operator {
        Ok(operator) => operator,
        Err(problem) => return answer(&visit, None, Err(problem)),
    };
    let who = Operator::clone(&operator);
    let found = cases::get(operator, app, id, visit.lang).await;
    answer(&visit, Some(&who), found.map(|Json(case)| detail_page(&visit, &who, &case)))
}

fn detail_page(visit: &Visit, operator: &Operator, case: &AdminCase) -> Page {
    let lang = visit.lang;
    let may = operator.role.may(Permission::DecideCases) && case.closed_at.is_none();
    let content = html! {
        p.way { a href="/admin/cases" { (lang.pick("案件", "확인할 건", "Cases")) } }
        h1 { (name(case)) " " (severity(lang, case)) }
        div.columns {
            section {
                h2 { (lang.pick("该做什么", "할 일", "What to do")) }
                p { (case.act) }
                dl {
                    dt { (lang.pick("对象", "대상", "About")) }
                    dd.number { @if case.about == "order" { a href={ "/admin/orders/" (case.subject) } { (case.subject) } } @else { (case.subject) } }
                    dt { (lang.pick("发生时间", "발생 시각", "Since")) } dd { (moment(case.opened_at)) }
                    dt { (lang.pick("代码", "코드", "Kind")) } dd { code { (case.kind) } }
                    dt { (lang.pick("负责人", "담당", "With")) } dd { (case.taken_by.as_deref().unwrap_or("–")) }
                }
                h3 { (lang.pick("详情", "상세", "What was seen")) }
                pre { (readable(&case.detail)) }
            }
            @if let Some(at) = case.closed_at {
                section {
                    h2 { (lang.pick("结论", "결론", "How it ended")) }
                    p { b { (case.decision.map_or("", |decision| decision_name(lang, decision))) } }
                    p { (case.note.as_deref().unwrap_or_default()) }
                    p { small { (case.decided_by.as_deref().unwrap_or_default()) " · " (moment(at)) } }
                }
            } @else if may { (forms(visit, operator, case)) }
        }
    };
    Page { title: name(case).to_owned(), content }
}

fn forms(visit: &Visit, operator: &Operator, case: &AdminCase) -> Markup {
    let lang = visit.lang;
    html! {
        section {
            h2 { (lang.pick("处理", "처리", "Decide")) }
            @if case.taken_by.as_deref() != Some(operator.name.as_str()) {
                form method="post" action={ "/admin/cases/" (case.id) "/take" } {
                    (form_token(visit))
                    button.plain { (lang.pick("由我负责", "내가 담당", "I look after it")) }
                }
            }
            form method="post" action={ "/admin/cases/" (case.id) "/close" } {
                (form_token(visit))
                fieldset {
                    legend { (lang.pick("结论", "결론", "Decision")) }
                    @for decision in CaseDecision::ALL {
                        label.choice {
                            input type="radio" name="decision" value=(decision.as_str()) required;
                            (decision_name(lang, *decision))
                        }
                    }
                }
                label { (lang.pick("说明（不要写个人信息）", "설명(개인정보는 쓰지 마세요)", "What it was and what was done; no personal data"))
                    textarea name="note" minlength="5" maxlength="500" rows="3" required {} }
                button { (lang.pick("结案", "종료", "Close the case")) }
            }
        }
    }
}

fn decision_name(lang: Lang, decision: CaseDecision) -> &'static str {
    match decision {
        CaseDecision::DealtWith => lang.pick("已处理", "처리함", "Dealt with"),
        CaseDecision::NothingWrong => lang.pick("并无问题", "문제 없음", "Nothing was wrong"),
    }
}

/// JSON over several lines; what is none is shown as it is.
fn readable(detail: &str) -> String {
    let value = serde_json::from_str::<serde_json::Value>(detail);
    value.ok().and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| detail.to_owned())
}

pub(crate) async fn take(
    visit: Visit,
    operator: Result<May<DecideCases>, Problem>,
    app: Data<App>,
    id: Path<CaseId>,
    form: Result<Form<Nothing>, Problem>,
) -> HttpResponse {
    let back = format!("/admin/cases/{}", id.0);
    let (operator, Form(Nothing {})) = match (operator, form) {
        (Ok(operator), Ok(form)) => (operator, form),
        (Err(problem), _) | (_, Err(problem)) => return answer(&visit.back_at(back), None, Err(problem)),
    };
    let who = Operator::clone(&operator);
    match cases::take(operator, app, id).await {
        Ok(_) => to(&back),
        Err(problem) => answer(&visit, Some(&who), Err(problem)),
    }
}

/// A form without fields.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

pub(crate) async fn close(
    visit: Visit,
    operator: Result<May<DecideCases>, Problem>,
    app: Data<App>,
    id: Path<CaseId>,
    form: Result<Form<CloseCase>, Problem>,
) -> HttpResponse {
    let back = format!("/admin/cases/{}", id.0);
    let (operator, Form(asked)) = match (operator, form) {
        (Ok(operator), Ok(form)) => (operator, form),
        (Err(problem), _) | (_, Err(problem)) => return answer(&visit.back_at(back), None, Err(problem)),
    };
    let who = Operator::clone(&operator);
    match cases::close(operator, app, id, Json(asked)).await {
        Ok(_) => to("/admin/cases"),
        Err(problem) => answer(&visit, Some(&who), Err(problem)),
    }
}
