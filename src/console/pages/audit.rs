//! The audit log: who did what to what, and why.

use actix_web::HttpResponse;
use actix_web::web::Data;
use maud::{Markup, html};

use super::frame::{Page, answer, moment, next_page};
use super::visit::Visit;
use crate::base::text::Lang;
use crate::console::audit_log::{self, AuditQuery};
use crate::domain::staff::{May, Operator, ReadAudit};
use crate::platform::app::App;
use crate::platform::audit::{Filter, Record};
use crate::web::Problem;
use crate::web::extract::{Json, Query};

pub(crate) async fn list(
    visit: Visit,
    operator: Result<May<ReadAudit>, Problem>,
    app: Data<App>,
    query: Result<Query<AuditQuery>, Problem>,
) -> HttpResponse {
    let operator = match operator {
        Ok(operator) => operator,
        Err(problem) => return answer(&visit, None, Err(problem)),
    };
    let who = Operator::clone(&operator);
    let page = async {
        let query = query?;
        let filter = query.0.filter();
        let Json(found) = audit_log::audit(operator, app, query).await?;
        let same = [("actor", filter.actor.clone()), ("object_id", filter.object_id.clone())];
        let same: Vec<_> = same.into_iter().filter_map(|(name, sought)| Some((name, sought?))).collect();
        let next = next_page(visit.lang, "/admin/audit", &same, found.next_cursor.as_ref());
        Ok(page(visit.lang, &filter, &found.items, &next))
    };
    let page = page.await;
    answer(&visit, Some(&who), page)
}

fn page(lang: Lang, filter: &Filter, records: &[Record], next: &Markup) -> Page {
    let title = lang.pick("审计日志", "감사 로그", "Audit log");
    let content = html! {
        h1 { (title) }
        (sought(lang, filter))
        @if records.is_empty() {
            p.empty { (lang.pick("没有记录。", "기록이 없습니다.", "No entry.")) }
        } @else {
            table {
                thead { tr {
                    th { (lang.pick("时间", "시각", "When")) } th { (lang.pick("操作人", "작업자", "Who")) }
                    th { (lang.pick("操作", "작업", "What")) } th { (lang.pick("对象", "대상", "To what")) }
                    th { (lang.pick("原因", "사유", "Why")) } th { (lang.pick("来源", "접속 주소", "From")) }
                } }
                tbody { @for record in records { (row(lang, record)) } }
            }
            (next)
        }
    };
    Page { title: title.to_owned(), content }
}

/// What is looked for, and the way to another object.
fn sought(lang: Lang, filter: &Filter) -> Markup {
    html! {
        @if let Some(actor) = &filter.actor { (narrowed(lang, actor)) }
        @if let Some(object) = &filter.object_id { (narrowed(lang, object)) }
        form.filter method="get" action="/admin/audit" {
            label { (lang.pick("对象编号（订单号、账号名）", "대상 번호(주문번호, 계정 이름)", "Number or name of the object"))
                input name="object_id" maxlength="64" required value=(filter.object_id.as_deref().unwrap_or_default()); }
            button.plain { (lang.pick("查找", "찾기", "Find")) }
        }
    }
}

fn narrowed(lang: Lang, word: &str) -> Markup {
    html! { p { span.badge { (word) } " " a href="/admin/audit" { (lang.pick("显示全部", "전체 보기", "Show all")) } } }
}

fn row(lang: Lang, record: &Record) -> Markup {
    let of_actor = serde_urlencoded::to_string([("actor", &record.actor)]).unwrap_or_default();
    html! {
        tr {
            td data-name=(lang.pick("时间", "시각", "When")) { (moment(record.at)) }
            td data-name=(lang.pick("操作人", "작업자", "Who")) { a href={ "/admin/audit?" (of_actor) } { (record.actor) } }
            td data-name=(lang.pick("操作", "작업", "What")) {
                code { (record.action) }
                @if let Some(detail) = &record.detail { br; small { (detail) } }
            }
            td.number data-name=(lang.pick("对象", "대상", "To what")) { (record.object_id.as_deref().unwrap_or("–")) }
            td data-name=(lang.pick("原因", "사유", "Why")) { (record.reason.as_deref().unwrap_or("–")) }
            td.number data-name=(lang.pick("来源", "접속 주소", "From")) { (record.peer) }
        }
    }
}
