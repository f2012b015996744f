//! What waits, each with the way to it, and what came in.

use actix_web::HttpResponse;
use actix_web::web::Data;
use maud::{Markup, html};

use super::frame::{Page, answer, yuan};
use super::orders::state_name;
use super::visit::Visit;
use crate::base::text::Lang;
use crate::console::today::{self, Takings, Today};
use crate::domain::staff::{May, Operator, ReadOrders};
use crate::platform::app::App;
use crate::web::Problem;
use crate::web::extract::Json;

pub(crate) async fn show(visit: Visit, operator: Result<May<ReadOrders>, Problem>, app: Data<App>) -> HttpResponse {
    let operator = match operator {
        Ok(operator) => operator,
        Err(problem) => return answer(&visit, None, Err(problem)),
    };
    let who = Operator::clone(&operator);
    let today = today::show(operator, app).await;
    answer(&visit, Some(&who), today.map(|Json(today)| page(visit.lang, &today)))
}

fn page(lang: Lang, today: &Today) -> Page {
    let title = lang.pick("今日", "오늘", "Today");
    let content = html! {
        h1 { (title) }
        section {
            h2 { (lang.pick("待处理", "처리할 일", "What waits")) }
            ul.waits {
                (waits("/admin/cases", today.cases_now, "bad", lang.pick("需立即处理的案件", "지금 처리할 건", "cases that want somebody now")))
                (waits("/admin/cases", today.cases_soon, "busy", lang.pick("一个工作日内处理的案件", "하루 안에 처리할 건", "cases for a working day")))
                (waits(
                    "/admin/jobs?dead=true",
                    i64::try_from(today.dead_jobs).unwrap_or(i64::MAX),
                    "bad",
                    lang.pick("失败的任务", "실패한 작업", "jobs that failed too often"),
                ))
            }
        }
        div.columns {
            section {
                h2 { (lang.pick("收款", "입금", "What came in")) }
                dl.sums {
                    (takings(lang, lang.pick("今天", "오늘", "Today"), today.day))
                    (takings(lang, lang.pick("本月", "이번 달", "This month"), today.month))
                }
            }
            section {
                h2 { (lang.pick("进行中的订单", "진행 중인 주문", "Orders under way")) }
                @if today.open_orders.is_empty() { p.empty { (lang.pick("没有。", "없습니다.", "None.")) } }
                dl.sums { @for open in &today.open_orders {
                    dt { a href={ "/admin/orders?state=" (open.state.as_str()) } { (state_name(lang, open.state)) } }
                    dd { (open.count) }
                } }
            }
        }
    };
    Page { title: title.to_owned(), content }
}

/// Nothing to do is said too, and shown as good.
fn waits(way: &str, count: i64, class: &str, what: &str) -> Markup {
    let class = if count == 0 { "good" } else { class };
    html! { li { a href=(way) { span class={ "count " (class) } { (count) } " " (what) } } }
}

fn takings(lang: Lang, when: &str, takings: Takings) -> Markup {
    html! {
        dt { (when) }
        dd { b { (yuan(takings.amount_fen)) } " " small { (takings.payments) " " (lang.pick("笔", "건", "payments")) } }
    }
}
