//! The page itself.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::keys;
use super::lang::Lang;
use super::layout::layout;
use crate::core::context::beijing;
use crate::core::message::EVENTS;
use crate::core::records::{Notice, Payment, Refund, RefundStatus};
use crate::core::shipping::order_state;
use crate::core::state::State;
use crate::{Fault, MockWechat, Request, Route};

/// Rows of a list, newest first.
const SHOWN: usize = 30;

const KINDS: [&str; 22] = [
    "timeout_before_effect",
    "timeout_after_effect",
    "cut_before_effect",
    "cut_after_effect",
    "status",
    "bad_signature",
    "absent_signature",
    "signtest_signature",
    "stale_timestamp",
    "unknown_serial",
    "delay_ms",
    "content_type",
    "empty_body",
    "html_body",
    "truncated_body",
    "oversized_body",
    "slow_body",
    "duplicate",
    "lose",
    "lose_for_ever",
    "delay",
    "reorder",
];

pub(super) fn render(mock: &MockWechat, request: &Request, lang: Lang) -> String {
    let settings = mock.settings();
    let now = mock.clock().now();
    let core = mock.core();
    let (state, faults) = (&core.state, core.faults.armed());
    let body = html! {
        (notices_of(request))
        (summary(mock, state, now, lang))
        (orders(state, now, lang))
        (refunds(state, lang))
        (notifies(state, lang))
        div.pair { (users(state, lang)) (push_form(lang)) }
        (faults_of(faults, lang))
        (keys_of(mock, settings.message_url.as_str(), lang))
    };
    layout(lang, request, None, &body)
}

fn notices_of(request: &Request) -> Markup {
    html! {
        @if let Some(said) = request.query("ok") { p.said role="status" { (said) } }
        @if let Some(said) = request.query("no") { p.said.no role="alert" { (said) } }
    }
}

fn summary(mock: &MockWechat, state: &State, now: DateTime<Utc>, lang: Lang) -> Markup {
    let account = mock.account();
    let paid = state.payments.rows().filter(|payment| payment.paid.is_some());
    let (count, total) = paid.fold((0, 0), |(count, total), payment| (count + 1, total + payment.total_fen));
    let refunded: i64 = state.payments.rows().map(|payment| payment.refunded_fen).sum();
    html! {
        section.tiles {
            div { small { (lang.say("Paid orders", "已支付订单")) } b { (count) } }
            div { small { (lang.say("Received", "收款")) } b { (yuan(total)) } }
            div { small { (lang.say("Refunded", "已退款")) } b { (yuan(refunded)) } }
            div { small { (lang.say("Notifies waiting", "待发通知")) } b { (state.due.len()) } }
            div.wide {
                small { (lang.say("Clock (Beijing)", "时钟（北京时间）")) } b { (beijing(now).format("%Y-%m-%d %H:%M:%S")) }
                form.inline method="post" action="/_mock/act/clock" {
                    @for (seconds, name) in [("60", lang.say("+1 min", "+1 分钟")), ("3600", lang.say("+1 h", "+1 小时")), ("86400", lang.say("+1 day", "+1 天"))] {
                        button.ghost name="advance_s" value=(seconds) { (name) }
                    }
                }
            }
            div.wide {
                small { (lang.say("Account", "账户")) }
                p.mono { "appid " (account.appid) br; "mchid " (account.mchid) }
            }
        }
    }
}

fn orders(state: &State, now: DateTime<Utc>, lang: Lang) -> Markup {
    let rows: Vec<&Payment> = state.payments.rows().collect();
    html! {
        section #orders {
            h2 { (lang.say("Orders", "订单")) span.count { (rows.len()) } }
            @if rows.is_empty() {
                p.empty { (lang.say("No order yet. This call makes one: ", "尚无订单。下单接口：")) code { "POST /v3/pay/transactions/jsapi" } }
            } @else {
                table {
                    thead { tr { th { (lang.say("Number", "编号")) } th { (lang.say("Amount", "金额")) } th { (lang.say("State", "状态")) } th { (lang.say("Goods", "货物")) } th { (lang.say("Customs", "海关")) } th { "" } } }
                    tbody { @for row in rows.iter().rev().take(SHOWN) { (order(state, row, now, lang)) } }
                }
            }
        }
    }
}

fn order(state: &State, payment: &Payment, now: DateTime<Utc>, lang: Lang) -> Markup {
    let number = &payment.out_trade_no;
    let trade = payment.trade_state();
    let transaction = payment.paid.as_ref().map(|paid| paid.transaction_id.as_str());
    let shipping = transaction.and_then(|id| state.shippings.get(id));
    let goods = match (transaction, order_state(payment, shipping)) {
        (None, _) => "",
        (_, 1) => lang.say("to ship", "待发货"),
        (_, 2) => lang.say("shipped", "已发货"),
        (_, 3) => lang.say("received", "已收货"),
        (_, 4) => lang.say("settled", "已结算"),
        _ => lang.say("refunded", "已退款"),
    };
    let declared = state.declarations.rows().find(|row| row.out_trade_no == *number);
    html! {
        tr {
            td data-name=(lang.say("Number", "编号")) { span.mono { (number) } small { (payment.description) } }
            td.money data-name=(lang.say("Amount", "金额")) { (yuan(payment.total_fen)) }
            td data-name=(lang.say("State", "状态")) { (badge(trade)) }
            td data-name=(lang.say("Goods", "货物")) { (goods) }
            td data-name=(lang.say("Customs", "海关")) { @if let Some(row) = declared { (badge(row.state(now).name())) } }
            td.acts {
                @if trade == "NOTPAY" { (button("pay", "out_trade_no", number, lang.say("Pay", "支付"))) }
                @if shipping.is_some_and(|row| row.shipped_at.is_some() && row.received.is_none()) { (button("receive", "out_trade_no", number, lang.say("Confirm receipt", "确认收货"))) }
                @if declared.is_some() {
                    form.inline method="post" action="/_mock/act/customs" {
                        input type="hidden" name="out_trade_no" value=(number);
                        button name="state" value="SUCCESS" { (lang.say("Clear", "放行")) }
                        button.ghost name="state" value="FAIL" { (lang.say("Refuse", "不予放行")) }
                    }
                }
                @if transaction.is_some() {
                    form.inline method="post" action="/_mock/act/push" {
                        input type="hidden" name="event" value="payment_notify";
                        input type="hidden" name="out_trade_no" value=(number);
                        button.ghost name="resend" value="1" { (lang.say("Notify again", "重发通知")) }
                    }
                    form.inline method="post" action="/_mock/act/complain" {
                        input type="hidden" name="out_trade_no" value=(number);
                        button.ghost name="detail" value="没有收到货" { (lang.say("Complain", "投诉")) }
                    }
                }
            }
        }
    }
}

fn refunds(state: &State, lang: Lang) -> Markup {
    let rows: Vec<&Refund> = state.refunds.rows().collect();
    html! {
        section #refunds {
            h2 { (lang.say("Refunds", "退款")) span.count { (rows.len()) } }
            @if rows.is_empty() { p.empty { (lang.say("No refund yet.", "尚无退款。")) } } @else {
                table {
                    thead { tr { th { (lang.say("Number", "编号")) } th { (lang.say("Order", "订单")) } th { (lang.say("Amount", "金额")) } th { (lang.say("State", "状态")) } th { "" } } }
                    tbody {
                        @for row in rows.iter().rev().take(SHOWN) {
                            tr {
                                td.mono data-name=(lang.say("Number", "编号")) { (row.out_refund_no) }
                                td.mono data-name=(lang.say("Order", "订单")) { (row.out_trade_no) }
                                td.money data-name=(lang.say("Amount", "金额")) { (yuan(row.amount_fen)) }
                                td data-name=(lang.say("State", "状态")) { (badge(row.status.name())) }
                                td.acts {
                                    @if matches!(row.status, RefundStatus::Processing | RefundStatus::Abnormal) {
                                        form.inline method="post" action="/_mock/act/refund" {
                                            input type="hidden" name="out_refund_no" value=(row.out_refund_no);
                                            button name="status" value="SUCCESS" { (lang.say("Succeed", "成功")) }
                                            @if row.status == RefundStatus::Processing {
                                                button.ghost name="status" value="ABNORMAL" { (lang.say("Abnormal", "异常")) }
                                            }
                                            button.ghost name="status" value="CLOSED" { (lang.say("Close", "关闭")) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn notifies(state: &State, lang: Lang) -> Markup {
    let rows: Vec<&Notice> = state.notices.rows().collect();
    html! {
        section #notifies {
            h2 { (lang.say("Notifies", "通知")) span.count { (rows.len()) } (plain_button("deliver", lang.say("Deliver what is due", "发送到期通知"))) }
            @if rows.is_empty() { p.empty { (lang.say("Nothing was sent yet.", "尚未发送。")) } } @else {
                table {
                    thead { tr { th { (lang.say("Event", "事件")) } th { (lang.say("About", "对象")) } th { (lang.say("Tries", "次数")) } th { (lang.say("Last answer", "最近应答")) } th { (lang.say("Next", "下次")) } } }
                    tbody {
                        @for row in rows.iter().rev().take(SHOWN) {
                            tr {
                                td data-name=(lang.say("Event", "事件")) { (row.event_type) }
                                td.mono data-name=(lang.say("About", "对象")) { (row.subject) }
                                td data-name=(lang.say("Tries", "次数")) { (row.attempts) }
                                td data-name=(lang.say("Last answer", "最近应答")) {
                                    @if row.delivered { span.badge.good { (lang.say("delivered", "已送达")) } }
                                    @else if let Some(status) = row.last_status { span.badge.bad { (status) } }
                                    @else if row.attempts > 0 { span.badge.bad { (lang.say("no answer", "无应答")) } }
                                    @else { span.badge { (lang.say("waiting", "等待中")) } }
                                }
                                td data-name=(lang.say("Next", "下次")) { @if let Some(at) = row.due { (beijing(at).format("%H:%M:%S")) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn users(state: &State, lang: Lang) -> Markup {
    html! {
        section #users {
            h2 { (lang.say("Users", "用户")) }
            form method="post" action="/_mock/act/login" {
                label { (lang.say("Name", "名称")) input name="user" value="alice" maxlength="64" required; }
                button { (lang.say("Log in: give me a code", "登录并取得 code")) }
            }
            ul.plain {
                @for user in state.users.rows().take(SHOWN) {
                    li { b { (user.name) } " " span.mono { (user.openid) } @if user.blocked { " " span.badge.bad { (lang.say("blocked", "已封禁")) } } }
                }
            }
        }
    }
}

fn push_form(lang: Lang) -> Markup {
    html! {
        section #push {
            h2 { (lang.say("Push an event", "推送事件")) }
            form method="post" action="/_mock/act/push" {
                label { (lang.say("Event", "事件")) select name="event" {
                    @for name in ["payment_notify", "refund_notify", "complaint_notify"].into_iter().chain(EVENTS) {
                        option value=(name) { (name) }
                    }
                } }
                label { (lang.say("Order number", "订单号")) input name="out_trade_no" placeholder=(lang.say("of a payment", "支付通知用")); }
                label { (lang.say("Refund number", "退款单号")) input name="out_refund_no" placeholder=(lang.say("of a refund", "退款通知用")); }
                label { (lang.say("User", "用户")) input name="user" placeholder=(lang.say("of a message event", "消息事件用")); }
                label { (lang.say("Signature", "签名")) select name="tamper" {
                    option value="" { (lang.say("right", "正确")) }
                    @for name in ["bad", "absent", "signtest"] { option value=(name) { (name) } }
                } }
                button { (lang.say("Push", "推送")) }
            }
        }
    }
}

fn faults_of(faults: &[Fault], lang: Lang) -> Markup {
    html! {
        section #faults {
            h2 { (lang.say("Faults", "故障")) span.count { (faults.len()) } @if !faults.is_empty() { (plain_button("clear-faults", lang.say("Clear all", "全部清除"))) } }
            form.row method="post" action="/_mock/act/fault" {
                label { (lang.say("Where", "位置")) select name="route" { @for route in Route::ALL { option value=(route.name()) { (route.name()) } } } }
                label { (lang.say("What", "故障")) select name="kind" { @for name in KINDS { option value=(name) { (name) } } } }
                label { (lang.say("Times (0: for ever)", "次数（0 为不限）")) input name="times" type="number" min="0" max="1000000" value="1"; }
                label { (lang.say("Only about", "仅针对")) input name="subject" placeholder=(lang.say("a number", "编号")); }
                button { (lang.say("Arm", "设置")) }
            }
            ul.plain {
                @for fault in faults.iter().take(SHOWN) {
                    li.mono { (serde_json::to_string(fault).unwrap_or_default()) }
                }
            }
        }
    }
}

fn keys_of(mock: &MockWechat, message_url: &str, lang: Lang) -> Markup {
    html! {
        section #keys {
            h2 { (lang.say("Keys and documents", "密钥与文档")) }
            ul.plain.links {
                @for (name, what) in keys::FILES {
                    li { a href={ "/_mock/keys/" (name) } download=(name) { (name) } " " small { (lang.say(what.0, what.1)) } }
                }
                @if mock.inner.ca_pem.get().is_some() {
                    li { a href="/_mock/keys/ca.pem" download=(keys::CA) { (keys::CA) } " " small { (lang.say("own authority for TLS", "TLS 自签根证书")) } }
                }
                li { a href="/_mock/openapi.json" { "openapi.json" } " " small { (lang.say("control endpoints", "控制接口")) } }
            }
            p { small { (lang.say("Message push: ", "消息推送：")) (if message_url.is_empty() { lang.say("off", "未开启") } else { message_url }) } }
        }
    }
}

fn badge(state: &str) -> Markup {
    let class = match state {
        "SUCCESS" => "badge good",
        "FAIL" | "ABNORMAL" | "EXCEPT" => "badge bad",
        "REFUND" | "PROCESSING" | "SUBMITTED" => "badge busy",
        _ => "badge",
    };
    html! { span class=(class) { (state) } }
}

fn button(action: &str, name: &str, value: &str, label: &str) -> Markup {
    html! {
        form.inline method="post" action={ "/_mock/act/" (action) } { button name=(name) value=(value) { (label) } }
    }
}

fn plain_button(action: &str, label: &str) -> Markup {
    html! { form.inline method="post" action={ "/_mock/act/" (action) } { button.ghost { (label) } } }
}

fn yuan(fen: i64) -> String {
    format!("¥{}.{:02}", fen / 100, fen % 100)
}
