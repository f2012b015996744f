//! The page itself.

use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::keys;
use crate::core::beijing;
use crate::core::message::EVENTS;
use crate::core::shipping::order_state;
use crate::core::state::{Notice, Payment, Refund, State};
use crate::{Fault, MockWechat, RefundStatus, Request};

const STYLE: &str = include_str!("style.css");
/// Rows of a list, newest first.
const SHOWN: usize = 30;

/// Routes of faults; the control endpoint knows all of them.
const ROUTES: [&str; 16] = [
    "any",
    "notify",
    "code2session",
    "stable_token",
    "phone_number",
    "subscribe_send",
    "shipping_upload",
    "prepay",
    "query",
    "close",
    "refund",
    "refund_query",
    "certificates",
    "trade_bill",
    "bill_file",
    "customs_declare",
];
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

pub(super) fn render(mock: &MockWechat, request: &Request) -> String {
    let settings = mock.settings();
    let now = mock.clock().now();
    let core = mock.core();
    let (state, faults) = (&core.state, core.faults.armed());
    let body = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "mock-wechat" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    div.bar {
                        h1 { span.dot {} "mock-wechat" }
                        nav {
                            a href="#orders" { "Orders" } a href="#refunds" { "Refunds" } a href="#notifies" { "Notifies" }
                            a href="#users" { "Users" } a href="#faults" { "Faults" } a href="#keys" { "Keys" }
                        }
                    }
                }
                main {
                    (notices_of(request))
                    (summary(mock, state, now))
                    (orders(state, now))
                    (refunds(state))
                    (notifies(state))
                    div.pair { (users(state)) (push_form()) }
                    (faults_of(faults))
                    (keys_of(mock, settings.message_url.as_str()))
                }
                footer { "A stand-in for tests. Nothing here is WeChat, and nothing moves money." }
            }
        }
    };
    body.into_string()
}

fn notices_of(request: &Request) -> Markup {
    html! {
        @if let Some(said) = request.query("ok") { p.said role="status" { (said) } }
        @if let Some(said) = request.query("no") { p.said.no role="alert" { (said) } }
    }
}

fn summary(mock: &MockWechat, state: &State, now: DateTime<Utc>) -> Markup {
    let account = mock.account();
    let paid = state.payments.rows().filter(|payment| payment.paid.is_some());
    let (count, total) = paid.fold((0, 0), |(count, total), payment| (count + 1, total + payment.total_fen));
    let refunded: i64 = state.payments.rows().map(|payment| payment.refunded_fen).sum();
    html! {
        section.tiles {
            div { small { "Paid orders" } b { (count) } }
            div { small { "Received" } b { (yuan(total)) } }
            div { small { "Refunded" } b { (yuan(refunded)) } }
            div { small { "Notifies waiting" } b { (state.due.len()) } }
            div.wide {
                small { "Clock (Beijing)" } b { (beijing(now).format("%Y-%m-%d %H:%M:%S")) }
                form.inline method="post" action="/_mock/act/clock" {
                    @for (seconds, name) in [("60", "+1 min"), ("3600", "+1 h"), ("86400", "+1 day")] {
                        button.ghost name="advance_s" value=(seconds) { (name) }
                    }
                }
            }
            div.wide {
                small { "Account" }
                p.mono { "appid " (account.appid) br; "mchid " (account.mchid) }
            }
        }
    }
}

fn orders(state: &State, now: DateTime<Utc>) -> Markup {
    let rows: Vec<&Payment> = state.payments.rows().collect();
    html! {
        section #orders {
            h2 { "Orders" span.count { (rows.len()) } }
            @if rows.is_empty() {
                p.empty { "No order yet. A prepay call to " code { "/v3/pay/transactions/jsapi" } " makes one." }
            } @else {
                table {
                    thead { tr { th { "Number" } th { "Amount" } th { "State" } th { "Goods" } th { "Customs" } th { "" } } }
                    tbody { @for row in rows.iter().rev().take(SHOWN) { (order(state, row, now)) } }
                }
            }
        }
    }
}

fn order(state: &State, payment: &Payment, now: DateTime<Utc>) -> Markup {
    let number = &payment.out_trade_no;
    let trade = payment.trade_state();
    let transaction = payment.paid.as_ref().map(|paid| paid.transaction_id.as_str());
    let shipping = transaction.and_then(|id| state.shippings.get(id));
    let goods = match (transaction, order_state(payment, shipping)) {
        (None, _) => "",
        (_, 1) => "to ship",
        (_, 2) => "shipped",
        (_, 3) => "received",
        (_, 4) => "settled",
        _ => "refunded",
    };
    let declared = state.declarations.rows().find(|row| row.out_trade_no == *number);
    html! {
        tr {
            td data-name="Number" { span.mono { (number) } small { (payment.description) } }
            td.money data-name="Amount" { (yuan(payment.total_fen)) }
            td data-name="State" { (badge(trade)) }
            td data-name="Goods" { (goods) }
            td data-name="Customs" { @if let Some(row) = declared { (badge(row.state(now).name())) } }
            td.acts {
                @if trade == "NOTPAY" { (button("pay", "out_trade_no", number, "Pay")) }
                @if goods == "shipped" { (button("receive", "out_trade_no", number, "Confirm receipt")) }
                @if declared.is_some() {
                    form.inline method="post" action="/_mock/act/customs" {
                        input type="hidden" name="out_trade_no" value=(number);
                        button name="state" value="SUCCESS" { "Clear" }
                        button.ghost name="state" value="FAIL" { "Refuse" }
                    }
                }
                @if transaction.is_some() {
                    form.inline method="post" action="/_mock/act/push" {
                        input type="hidden" name="event" value="payment_notify";
                        input type="hidden" name="out_trade_no" value=(number);
                        button.ghost name="resend" value="1" { "Notify again" }
                    }
                    form.inline method="post" action="/_mock/act/complain" {
                        input type="hidden" name="out_trade_no" value=(number);
                        button.ghost name="detail" value="没有收到货" { "Complain" }
                    }
                }
            }
        }
    }
}

fn refunds(state: &State) -> Markup {
    let rows: Vec<&Refund> = state.refunds.rows().collect();
    html! {
        section #refunds {
            h2 { "Refunds" span.count { (rows.len()) } }
            @if rows.is_empty() { p.empty { "No refund yet." } } @else {
                table {
                    thead { tr { th { "Number" } th { "Order" } th { "Amount" } th { "State" } th { "" } } }
                    tbody {
                        @for row in rows.iter().rev().take(SHOWN) {
                            tr {
                                td.mono data-name="Number" { (row.out_refund_no) }
                                td.mono data-name="Order" { (row.out_trade_no) }
                                td.money data-name="Amount" { (yuan(row.amount_fen)) }
                                td data-name="State" { (badge(row.status.name())) }
                                td.acts {
                                    @if matches!(row.status, RefundStatus::Processing | RefundStatus::Abnormal) {
                                        form.inline method="post" action="/_mock/act/refund" {
                                            input type="hidden" name="out_refund_no" value=(row.out_refund_no);
                                            button name="status" value="SUCCESS" { "Succeed" }
                                            @if row.status == RefundStatus::Processing {
                                                button.ghost name="status" value="ABNORMAL" { "Abnormal" }
                                            }
                                            button.ghost name="status" value="CLOSED" { "Close" }
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

fn notifies(state: &State) -> Markup {
    let rows: Vec<&Notice> = state.notices.rows().collect();
    html! {
        section #notifies {
            h2 { "Notifies" span.count { (rows.len()) } (plain_button("deliver", "Deliver what is due")) }
            @if rows.is_empty() { p.empty { "Nothing was sent yet." } } @else {
                table {
                    thead { tr { th { "Event" } th { "About" } th { "Tries" } th { "Last answer" } th { "Next" } } }
                    tbody {
                        @for row in rows.iter().rev().take(SHOWN) {
                            tr {
                                td data-name="Event" { (row.event_type) }
                                td.mono data-name="About" { (row.subject) }
                                td data-name="Tries" { (row.attempts) }
                                td data-name="Last answer" {
                                    @if row.delivered { span.badge.good { "delivered" } }
                                    @else if let Some(status) = row.last_status { span.badge.bad { (status) } }
                                    @else if row.attempts > 0 { span.badge.bad { "no answer" } }
                                    @else { span.badge { "waiting" } }
                                }
                                td data-name="Next" { @if let Some(at) = row.due { (beijing(at).format("%H:%M:%S")) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn users(state: &State) -> Markup {
    html! {
        section #users {
            h2 { "Users" }
            form method="post" action="/_mock/act/login" {
                label { "Name" input name="user" value="alice" maxlength="64" required; }
                button { "Log in: give me a code" }
            }
            ul.plain {
                @for user in state.users.rows().take(SHOWN) {
                    li { b { (user.name) } " " span.mono { (user.openid) } @if user.blocked { " " span.badge.bad { "blocked" } } }
                }
            }
        }
    }
}

fn push_form() -> Markup {
    html! {
        section #push {
            h2 { "Push an event" }
            form method="post" action="/_mock/act/push" {
                label { "Event" select name="event" {
                    @for name in ["payment_notify", "refund_notify", "complaint_notify"].into_iter().chain(EVENTS) {
                        option value=(name) { (name) }
                    }
                } }
                label { "Order number" input name="out_trade_no" placeholder="of a payment"; }
                label { "Refund number" input name="out_refund_no" placeholder="of a refund"; }
                label { "User" input name="user" placeholder="of a message event"; }
                label { "Signature" select name="tamper" {
                    option value="" { "right" }
                    @for name in ["bad", "absent", "signtest"] { option value=(name) { (name) } }
                } }
                button { "Push" }
            }
        }
    }
}

fn faults_of(faults: &[Fault]) -> Markup {
    html! {
        section #faults {
            h2 { "Faults" span.count { (faults.len()) } @if !faults.is_empty() { (plain_button("clear-faults", "Clear all")) } }
            form.row method="post" action="/_mock/act/fault" {
                label { "Where" select name="route" { @for name in ROUTES { option value=(name) { (name) } } } }
                label { "What" select name="kind" { @for name in KINDS { option value=(name) { (name) } } } }
                label { "Times (0: for ever)" input name="times" type="number" min="0" max="1000000" value="1"; }
                label { "Only about" input name="subject" placeholder="a number"; }
                button { "Arm" }
            }
            ul.plain {
                @for fault in faults.iter().take(SHOWN) {
                    li.mono { (serde_json::to_string(fault).unwrap_or_default()) }
                }
            }
        }
    }
}

fn keys_of(mock: &MockWechat, message_url: &str) -> Markup {
    html! {
        section #keys {
            h2 { "Keys and documents" }
            ul.plain.links {
                @for (name, what) in keys::FILES {
                    li { a href={ "/_mock/keys/" (name) } download=(name) { (name) } " " small { (what) } }
                }
                @if mock.inner.ca_pem.get().is_some() {
                    li { a href="/_mock/keys/ca.pem" download=(keys::CA) { (keys::CA) } " " small { "own authority for TLS" } }
                }
                li { a href="/_mock/openapi.json" { "openapi.json" } " " small { "control endpoints" } }
            }
            p { small { "Message push: " (if message_url.is_empty() { "off" } else { message_url }) } }
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
