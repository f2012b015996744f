//! Jobs: what the shop does by itself, and what it could not do.

use actix_web::HttpResponse;
use actix_web::web::Data;
use maud::{Markup, html};

use super::cases::Nothing;
use super::frame::{Page, answer, form_token, moment, to};
use super::visit::{Form, Visit};
use crate::base::ids::JobId;
use crate::console::jobs::{self, AdminJob, JobsQuery};
use crate::domain::staff::{May, Operator, RunJobs};
use crate::platform::app::App;
use crate::platform::jobs::JobState;
use crate::web::Problem;
use crate::web::extract::{Json, Path, Query};

const DEAD: &str = "/admin/jobs?dead=true";

pub(crate) async fn list(
    visit: Visit,
    operator: Result<May<RunJobs>, Problem>,
    app: Data<App>,
    query: Result<Query<JobsQuery>, Problem>,
) -> HttpResponse {
    let operator = match operator {
        Ok(operator) => operator,
        Err(problem) => return answer(&visit, None, Err(problem)),
    };
    let who = Operator::clone(&operator);
    let page = async {
        let query = query?;
        let dead = query.dead;
        let Json(found) = jobs::list(operator, app, query).await?;
        Ok(page(&visit, dead, &found.items))
    };
    let page = page.await;
    answer(&visit, Some(&who), page)
}

fn page(visit: &Visit, dead: bool, jobs: &[AdminJob]) -> Page {
    let lang = visit.lang;
    let title = lang.pick("任务", "작업", "Jobs");
    let content = html! {
        h1 { (title) }
        nav.tabs aria-label=(lang.pick("状态", "상태", "State")) {
            a href="/admin/jobs" aria-current=[(!dead).then_some("true")] { (lang.pick("全部", "전체", "All")) }
            a href=(DEAD) aria-current=[dead.then_some("true")] { (lang.pick("失败", "실패", "Failed too often")) }
        }
        @if jobs.is_empty() {
            p.empty { (lang.pick("没有任务。", "작업이 없습니다.", "No job.")) }
        } @else {
            table {
                thead { tr {
                    th { (lang.pick("任务", "작업", "Job")) } th { (lang.pick("时间", "시각", "Due")) }
                    th { (lang.pick("次数", "횟수", "Attempts")) } th { (lang.pick("最近错误", "마지막 오류", "Last error")) }
                    th { (lang.pick("操作", "작업", "Act")) }
                } }
                tbody { @for job in jobs { (row(visit, job)) } }
            }
        }
    };
    Page { title: title.to_owned(), content }
}

fn row(visit: &Visit, job: &AdminJob) -> Markup {
    let lang = visit.lang;
    html! {
        tr {
            td data-name=(lang.pick("任务", "작업", "Job")) { code { (job.kind) } br; small { (job.payload) } }
            td data-name=(lang.pick("时间", "시각", "Due")) { (moment(job.run_at)) }
            td.amount data-name=(lang.pick("次数", "횟수", "Attempts")) { (job.attempts) }
            td data-name=(lang.pick("最近错误", "마지막 오류", "Last error")) { (job.last_error.as_deref().unwrap_or_default()) }
            td.acts {
                @if job.state == JobState::Dead {
                    form method="post" action={ "/admin/jobs/" (job.id) "/retry" } {
                        (form_token(visit))
                        button.plain { (lang.pick("重试", "다시 시도", "Try again")) }
                    }
                }
            }
        }
    }
}

pub(crate) async fn retry(
    visit: Visit,
    operator: Result<May<RunJobs>, Problem>,
    app: Data<App>,
    id: Path<JobId>,
    form: Result<Form<Nothing>, Problem>,
) -> HttpResponse {
    let (operator, Form(Nothing {})) = match (operator, form) {
        (Ok(operator), Ok(form)) => (operator, form),
        (Err(problem), _) | (_, Err(problem)) => {
            return answer(&visit.back_at(DEAD.to_owned()), None, Err(problem));
        }
    };
    let who = Operator::clone(&operator);
    match jobs::retry(operator, app, id).await {
        Ok(_) => to(DEAD),
        Err(problem) => answer(&visit, Some(&who), Err(problem)),
    }
}
