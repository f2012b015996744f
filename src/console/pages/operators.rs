//! Accounts of those who run the shop, for managers: hired, given another role, shut out, helped back in. Each act wants the code once more.

use actix_web::HttpResponse;
use maud::{Markup, html};

use super::frame::{Page, answer, form_token, moment, role_name, to};
use super::visit::{Form, Visit};
use crate::base::error::Code;
use crate::base::text::Lang;
use crate::console::accounts::{self, ChangeOperator, FirstLogin, NewOperator, ResetOperator};
use crate::domain::staff::service::Listed;
use crate::domain::staff::{ManageOperators, May, Operator, Role, Staff, SteppedUp};
use crate::web::Problem;
use crate::web::extract::{Json, Path};

const LIST: &str = "/admin/operators";

type Manager = Result<SteppedUp<ManageOperators>, Problem>;

pub(crate) async fn list(visit: Visit, manager: Result<May<ManageOperators>, Problem>, staff: Staff) -> HttpResponse {
    let manager = match manager {
        Ok(manager) => manager,
        Err(problem) => return answer(&visit, None, Err(problem)),
    };
    let who = Operator::clone(&manager);
    let found = accounts::list(manager, staff).await;
    answer(&visit, Some(&who), found.map(|Json(found)| list_page(&visit, &found.items)))
}

fn list_page(visit: &Visit, items: &[Listed]) -> Page {
    let lang = visit.lang;
    let title = lang.pick("账号", "계정", "Operators");
    let content = html! {
        h1 { (title) }
        div.columns {
            table {
                thead { tr {
                    th { (lang.pick("账号", "계정", "Name")) } th { (lang.pick("角色", "역할", "Role")) }
                    th { (lang.pick("状态", "상태", "State")) } th { (lang.pick("创建时间", "생성 시각", "Since")) }
                } }
                tbody { @for account in items { (row(lang, account)) } }
            }
            section {
                h2 { (lang.pick("新账号", "새 계정", "A new account")) }
                form method="post" action=(LIST) {
                    (form_token(visit))
                    label { (lang.pick("登录名（小写字母、数字、. - _）", "로그인 이름(소문자, 숫자, . - _)", "Name: lower-case letters, digits, . - _"))
                        input name="name" minlength="2" maxlength="32" pattern="[a-z][a-z0-9._\\-]+" autocomplete="off" autocapitalize="none" required; }
                    (roles(lang, None))
                    button { (lang.pick("创建", "만들기", "Make it")) }
                }
            }
        }
    };
    Page { title: title.to_owned(), content }
}

fn row(lang: Lang, account: &Listed) -> Markup {
    html! {
        tr {
            td data-name=(lang.pick("账号", "계정", "Name")) { a href={ (LIST) "/" (account.name) } { (account.name) } }
            td data-name=(lang.pick("角色", "역할", "Role")) { (role_name(lang, account.role)) }
            td data-name=(lang.pick("状态", "상태", "State")) { (standing(lang, account)) }
            td data-name=(lang.pick("创建时间", "생성 시각", "Since")) { (moment(account.created_at)) }
        }
    }
}

fn standing(lang: Lang, account: &Listed) -> Markup {
    if account.disabled_at.is_some() {
        return html! { span.badge.bad { (lang.pick("已停用", "사용 중지", "disabled")) } };
    }
    if let Some(until) = account.first_password_until {
        return html! { span.badge.busy { (lang.pick("待首次登录", "첫 로그인 전", "has not logged in")) } " "
        small { (lang.pick("有效期至 ", "유효: ", "until ")) (moment(until)) } };
    }
    if !account.has_totp {
        return html! { span.badge.busy { (lang.pick("未设验证码", "2단계 인증 전", "no second factor yet")) } };
    }
    html! { span.badge.good { (lang.pick("正常", "정상", "active")) } }
}

fn roles(lang: Lang, now: Option<Role>) -> Markup {
    html! {
        label { (lang.pick("角色", "역할", "Role"))
            select name="role" required {
                @for role in Role::ALL { option value=(role.as_str()) selected[now == Some(*role)] { (role_name(lang, *role)) } }
            }
        }
    }
}

pub(crate) async fn show(
    visit: Visit,
    manager: Result<May<ManageOperators>, Problem>,
    staff: Staff,
    name: Path<String>,
) -> HttpResponse {
    let manager = match manager {
        Ok(manager) => manager,
        Err(problem) => return answer(&visit, None, Err(problem)),
    };
    let who = Operator::clone(&manager);
    let page = async {
        let Json(found) = accounts::list(manager, staff).await?;
        let account = found.items.into_iter().find(|account| account.name == *name);
        let account = account.ok_or_else(|| Problem::from(Code::NotFound))?;
        Ok(account_page(&visit, &who, &account))
    };
    let page = page.await;
    answer(&visit, Some(&who), page)
}

fn account_page(visit: &Visit, manager: &Operator, account: &Listed) -> Page {
    let lang = visit.lang;
    let content = html! {
        p.way { a href=(LIST) { (lang.pick("账号", "계정", "Operators")) } }
        h1 { (account.name) " " (standing(lang, account)) }
        @if account.name == manager.name {
            p.empty { (lang.pick("不能修改自己的账号，请由另一位店长操作。", "자기 계정은 바꿀 수 없습니다. 다른 관리자가 해야 합니다.", "Your own account is changed by another manager.")) }
        } @else {
            p.empty { (lang.pick("任何修改都会立即结束此账号的登录。", "바꾸면 이 계정의 로그인이 바로 끝납니다.", "Every change ends the account's sessions at once.")) }
            div.columns {
                section {
                    h2 { (lang.pick("角色", "역할", "Role")) }
                    form method="post" action={ (LIST) "/" (account.name) "/change" } {
                        (form_token(visit)) (roles(lang, Some(account.role))) (reason(lang))
                        button { (lang.pick("更改角色", "역할 바꾸기", "Change the role")) }
                    }
                }
                div {
                    (access(visit, account))
                    (help(visit, account))
                }
            }
        }
        p { a href={ "/admin/audit?object_id=" (account.name) } { (lang.pick("审计日志", "감사 로그", "Audit log")) } }
    };
    Page { title: account.name.clone(), content }
}

fn access(visit: &Visit, account: &Listed) -> Markup {
    let (lang, is_disabled) = (visit.lang, account.disabled_at.is_some());
    let act = if is_disabled {
        lang.pick("启用", "다시 사용", "Enable")
    } else {
        lang.pick("停用", "사용 중지", "Disable")
    };
    html! {
        section {
            h2 { (lang.pick("登录", "로그인", "Access")) }
            form method="post" action={ (LIST) "/" (account.name) "/change" } {
                (form_token(visit))
                input type="hidden" name="disabled" value=(!is_disabled);
                (reason(lang))
                button.plain { (act) }
            }
        }
    }
}

fn help(visit: &Visit, account: &Listed) -> Markup {
    let lang = visit.lang;
    html! {
        section {
            h2 { (lang.pick("忘记密码或丢失手机", "비밀번호나 휴대폰을 잃었을 때", "Password or phone lost")) }
            form method="post" action={ (LIST) "/" (account.name) "/reset" } {
                (form_token(visit)) (reason(lang))
                button.plain { (lang.pick("重设：新的一次性密码，验证码作废", "초기화: 새 일회용 비밀번호, 2단계 인증 해제", "Reset: a new one-time password, no second factor")) }
            }
        }
    }
}

fn reason(lang: Lang) -> Markup {
    html! {
        label { (lang.pick("原因（写入审计日志）", "사유(감사 로그에 기록)", "Why (goes into the audit log)"))
            input name="reason" minlength="3" maxlength="200" required; }
    }
}

pub(crate) async fn add(
    visit: Visit,
    manager: Manager,
    staff: Staff,
    form: Result<Form<NewOperator>, Problem>,
) -> HttpResponse {
    let (manager, Form(asked)) = match (manager, form) {
        (Ok(manager), Ok(form)) => (manager, form),
        (Err(problem), _) | (_, Err(problem)) => return answer(&visit.back_at(LIST.to_owned()), None, Err(problem)),
    };
    let who = Operator::clone(&manager);
    let made = accounts::make(manager, staff, asked).await;
    answer(&visit, Some(&who), made.map(|first| first_login_page(visit.lang, &first)))
}

pub(crate) async fn change(
    visit: Visit,
    manager: Manager,
    staff: Staff,
    name: Path<String>,
    form: Result<Form<ChangeOperator>, Problem>,
) -> HttpResponse {
    let back = format!("{LIST}/{}", *name);
    let (manager, Form(asked)) = match (manager, form) {
        (Ok(manager), Ok(form)) => (manager, form),
        (Err(problem), _) | (_, Err(problem)) => return answer(&visit.back_at(back), None, Err(problem)),
    };
    let who = Operator::clone(&manager);
    match accounts::change(manager, staff, name, Json(asked)).await {
        Ok(_) => to(&back),
        Err(problem) => answer(&visit, Some(&who), Err(problem)),
    }
}

pub(crate) async fn reset(
    visit: Visit,
    manager: Manager,
    staff: Staff,
    name: Path<String>,
    form: Result<Form<ResetOperator>, Problem>,
) -> HttpResponse {
    let back = format!("{LIST}/{}", *name);
    let (manager, Form(asked)) = match (manager, form) {
        (Ok(manager), Ok(form)) => (manager, form),
        (Err(problem), _) | (_, Err(problem)) => return answer(&visit.back_at(back), None, Err(problem)),
    };
    let who = Operator::clone(&manager);
    let reset = accounts::reset(manager, staff, name, Json(asked)).await;
    answer(&visit, Some(&who), reset.map(|Json(first)| first_login_page(visit.lang, &first)))
}

/// The one-time password, this once: nothing keeps it.
fn first_login_page(lang: Lang, first: &FirstLogin) -> Page {
    let content = html! {
        section.narrow {
            h1 { (first.name) }
            p { (lang.pick(
                "请通过安全渠道转交此一次性密码，离开本页后无法再次查看。",
                "이 일회용 비밀번호를 안전하게 전달하세요. 이 페이지를 떠나면 다시 볼 수 없습니다.",
                "Hand this one-time password over on a safe way; it is not shown again.",
            )) }
            p.shown { code { (first.one_time_password) } }
            p { small { (lang.pick("有效期至 ", "유효: ", "Good until ")) (moment(first.expires_at)) } }
            p { a href=(LIST) { (lang.pick("返回账号", "계정 목록으로", "Back to the accounts")) } }
        }
    };
    Page { title: first.name.clone(), content }
}
