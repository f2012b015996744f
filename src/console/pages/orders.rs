//! Orders: the list with its filter in the address, one order with what happened to it, and its consignee once a reason is given.

use actix_web::HttpResponse;
use actix_web::web::Data;
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{Page, answer, form_token, moment, next_page, yuan};
use super::visit::{Form, Visit};
use crate::base::text::Lang;
use crate::console::orders::get::{self, AdminOrderDetail};
use crate::console::orders::list::{self, AdminOrdersQuery};
use crate::console::orders::reveal::{self, RevealConsignee, RevealedConsignee};
use crate::console::orders::{AdminOrder, AdminPayment, AdminRefund};
use crate::domain::orders::{EventKind, EventView, Hold, LineView, OrderState};
use crate::domain::staff::{May, Operator, ReadOrders, RevealPersonalData, SteppedUp};
use crate::platform::app::App;
use crate::web::Problem;
use crate::web::extract::{Json, Path, Query};

pub(crate) async fn list(
    visit: Visit,
    operator: Result<May<ReadOrders>, Problem>,
    app: Data<App>,
    query: Result<Query<AdminOrdersQuery>, Problem>,
) -> HttpResponse {
    let operator = match operator {
        Ok(operator) => operator,
        Err(problem) => return answer(&visit, None, Err(problem)),
    };
    let who = Operator::clone(&operator);
    let page = async {
        let query = query?;
        let (state, sought) = (query.0.state, query.0.q.clone().unwrap_or_default());
        let Json(found) = list::list(operator, app, query).await?;
        let filter: Vec<_> = state.map(|state| ("state", state.as_str().to_owned())).into_iter().collect();
        let next = next_page(visit.lang, "/admin/orders", &filter, found.next_cursor.as_ref());
        Ok(list_page(visit.lang, state, &sought, &found.items, &next))
    };
    let page = page.await;
    answer(&visit, Some(&who), page)
}

fn list_page(lang: Lang, state: Option<OrderState>, sought: &str, orders: &[AdminOrder], next: &Markup) -> Page {
    let title = lang.pick("订单", "주문", "Orders");
    let content = html! {
        h1 { (title) }
        form.filter method="get" action="/admin/orders" role="search" {
            label { (lang.pick("订单号", "주문번호", "Order number"))
                input name="q" value=(sought) maxlength="64" placeholder=(lang.pick("完整订单号", "전체 주문번호", "The whole number")); }
            button { (lang.pick("查找", "찾기", "Find")) }
        }
        nav.tabs aria-label=(lang.pick("状态", "상태", "State")) {
            a href="/admin/orders" aria-current=[state.is_none().then_some("true")] { (lang.pick("全部", "전체", "All")) }
            @for each in OrderState::ALL {
                a href={ "/admin/orders?state=" (each.as_str()) } aria-current=[(state == Some(*each)).then_some("true")] {
                    (state_name(lang, *each))
                }
            }
        }
        @if orders.is_empty() {
            p.empty { (lang.pick("没有符合条件的订单。", "해당하는 주문이 없습니다.", "No order fits.")) }
        } @else {
            table {
                thead { tr {
                    th { (lang.pick("订单号", "주문번호", "Number")) } th { (lang.pick("下单时间", "주문 시각", "Placed")) }
                    th { (lang.pick("收货", "수령", "Consignee")) } th { (lang.pick("应付", "결제 금액", "To pay")) }
                    th { (lang.pick("状态", "상태", "State")) }
                } }
                tbody { @for order in orders { (row(lang, order)) } }
            }
            (next)
        }
    };
    Page { title: title.to_owned(), content }
}

fn row(lang: Lang, order: &AdminOrder) -> Markup {
    let place = &order.consignee;
    html! {
        tr {
            td data-name=(lang.pick("订单号", "주문번호", "Number")) {
                a.number href={ "/admin/orders/" (order.order_no) } { (order.order_no) }
            }
            td data-name=(lang.pick("下单时间", "주문 시각", "Placed")) { (moment(order.placed_at)) }
            td data-name=(lang.pick("收货", "수령", "Consignee")) { (place.name) " " (place.province) (place.city) }
            td.amount data-name=(lang.pick("应付", "결제 금액", "To pay")) { (yuan(order.sums.payable_fen)) }
            td data-name=(lang.pick("状态", "상태", "State")) { (standing(lang, order)) }
        }
    }
}

pub(super) fn state_name(lang: Lang, state: OrderState) -> &'static str {
    match state {
        OrderState::PendingPayment => lang.pick("待支付", "결제 대기", "To be paid"),
        OrderState::Paid => lang.pick("已支付", "결제 완료", "Paid"),
        OrderState::Cleared => lang.pick("已放行", "통관 완료", "Cleared"),
        OrderState::Shipped => lang.pick("已发货", "발송됨", "Shipped"),
        OrderState::Delivered => lang.pick("已送达", "배송 완료", "Delivered"),
        OrderState::Completed => lang.pick("已完成", "완료", "Completed"),
        OrderState::Cancelled => lang.pick("已取消", "취소됨", "Cancelled"),
    }
}

fn standing(lang: Lang, order: &AdminOrder) -> Markup {
    let class = match order.state {
        OrderState::Paid | OrderState::Cleared => "badge busy",
        OrderState::Completed | OrderState::Delivered => "badge good",
        _ => "badge",
    };
    html! {
        span class=(class) { (state_name(lang, order.state)) }
        @if let Some(hold) = order.hold {
            " " span.badge.bad { (match hold {
                Hold::Closing => lang.pick("关单中", "종료 중", "closing"),
                Hold::Review => lang.pick("待复核", "확인 필요", "for review"),
            }) }
        }
    }
}

pub(crate) async fn show(
    visit: Visit,
    operator: Result<May<ReadOrders>, Problem>,
    app: Data<App>,
    order_no: Path<String>,
) -> HttpResponse {
    let operator = match operator {
        Ok(operator) => operator,
        Err(problem) => return answer(&visit, None, Err(problem)),
    };
    let who = Operator::clone(&operator);
    let found = get::get(operator, app, order_no, visit.lang).await;
    let page = found.map(|Json(detail)| detail_page(&visit, &who, &detail, None));
    answer(&visit, Some(&who), page)
}

/// Why somebody's data is looked at.
#[derive(Deserialize)]
pub(crate) struct Reason {
    reason: String,
}

pub(crate) async fn reveal(
    visit: Visit,
    reader: Result<May<ReadOrders>, Problem>,
    operator: Result<SteppedUp<RevealPersonalData>, Problem>,
    app: Data<App>,
    order_no: Path<String>,
    form: Result<Form<Reason>, Problem>,
) -> HttpResponse {
    let (reader, operator) = match (reader, operator) {
        (Ok(reader), Ok(operator)) => (reader, operator),
        // After the code the order is shown again, not the form: what was typed is typed once more.
        (Err(problem), _) | (_, Err(problem)) => {
            let order = visit.here.trim_end_matches("/reveal").to_owned();
            return answer(&visit.back_at(order), None, Err(problem));
        }
    };
    let who = Operator::clone(&operator);
    let page = async {
        let Form(Reason { reason }) = form?;
        let asked = RevealConsignee { reason };
        let Json(shown) = reveal::reveal(operator, app.clone(), order_no.clone(), Json(asked)).await?;
        let Json(detail) = get::get(reader, app, order_no, visit.lang).await?;
        Ok(detail_page(&visit, &who, &detail, Some(&shown)))
    };
    let page = page.await;
    answer(&visit, Some(&who), page)
}

fn detail_page(
    visit: &Visit,
    operator: &Operator,
    detail: &AdminOrderDetail,
    shown: Option<&RevealedConsignee>,
) -> Page {
    let (lang, order) = (visit.lang, &detail.order);
    let content = html! {
        p.way { a href="/admin/orders" { (lang.pick("订单", "주문", "Orders")) } }
        h1 { span.number { (order.order_no) } " " (standing(lang, order)) }
        div.columns {
            div {
                section {
                    h2 { (lang.pick("商品", "상품", "Goods")) }
                    table { tbody { @for line in &detail.lines { (goods(lang, line)) } } }
                    (sums(lang, order))
                }
                (money(lang, detail))
            }
            div {
                (consignee(visit, operator, order, shown))
                section {
                    h2 { (lang.pick("经过", "진행 내역", "What happened")) }
                    ol.timeline { @for event in &detail.timeline { (step(lang, event)) } }
                }
            }
        }
    };
    Page { title: order.order_no.clone(), content }
}

fn goods(lang: Lang, line: &LineView) -> Markup {
    html! {
        tr {
            td data-name=(lang.pick("商品", "상품", "Goods")) { (line.name) br; small { (line.spec) " · " (line.sku_code) } }
            td.amount data-name=(lang.pick("单价", "단가", "Price")) { (yuan(line.unit_price_fen)) " × " (line.quantity) }
            td.amount data-name=(lang.pick("小计", "소계", "Sum")) { (yuan(line.line_fen)) }
        }
    }
}

fn sums(lang: Lang, order: &AdminOrder) -> Markup {
    let sums = &order.sums;
    html! {
        dl.sums {
            dt { (lang.pick("商品", "상품", "Goods")) } dd { (yuan(sums.goods_fen)) }
            dt { (lang.pick("运费", "배송비", "Freight")) } dd { (yuan(sums.freight_fen)) }
            dt { (lang.pick("税费", "세금", "Tax")) } dd { (yuan(sums.tax_fen)) }
            dt { (lang.pick("应付", "결제 금액", "To pay")) } dd { b { (yuan(sums.payable_fen)) } }
            dt { (lang.pick("已付", "결제됨", "Paid")) } dd { (yuan(order.paid_fen)) }
            dt { (lang.pick("已退", "환불됨", "Refunded")) } dd { (yuan(order.refunded_fen)) }
        }
    }
}

fn money(lang: Lang, detail: &AdminOrderDetail) -> Markup {
    html! {
        section {
            h2 { (lang.pick("支付与退款", "결제와 환불", "Payment and refunds")) }
            @match &detail.payment {
                None => p.empty { (lang.pick("买家尚未发起支付。", "아직 결제를 시작하지 않았습니다.", "The buyer has not begun to pay.")) },
                Some(payment) => (payment_of(lang, payment)),
            }
            @for refund in &detail.refunds { (refund_of(lang, refund)) }
        }
    }
}

fn payment_of(lang: Lang, payment: &AdminPayment) -> Markup {
    html! {
        dl {
            dt { (lang.pick("状态", "상태", "State")) } dd { (money_state(lang, &payment.state)) }
            dt { (lang.pick("金额", "금액", "Amount")) } dd { (yuan(payment.amount_fen)) }
            @if let Some(number) = &payment.transaction_id {
                dt { (lang.pick("微信支付单号", "위챗페이 번호", "WeChat's number")) } dd.number { (number) }
            }
            @if let Some(at) = payment.success_at { dt { (lang.pick("支付时间", "결제 시각", "Paid")) } dd { (moment(at)) } }
        }
    }
}

/// Where a payment or a refund stands at WeChat. A word of a newer program says more than nothing.
fn money_state(lang: Lang, word: &str) -> &str {
    match word {
        "open" => lang.pick("待支付", "결제 대기", "to be paid"),
        "paid" => lang.pick("已支付", "결제됨", "paid"),
        "closed" => lang.pick("已关闭", "종료됨", "closed"),
        "requested" => lang.pick("已申请", "요청됨", "asked for"),
        "processing" => lang.pick("微信处理中", "위챗 처리 중", "under way at WeChat"),
        "succeeded" => lang.pick("已到账", "지급됨", "paid out"),
        "abnormal" => lang.pick("异常，需人工处理", "이상, 사람이 처리", "failed: a person decides"),
        _ => word,
    }
}

fn refund_of(lang: Lang, refund: &AdminRefund) -> Markup {
    html! {
        dl {
            dt { (lang.pick("退款单号", "환불번호", "Refund")) } dd.number { (refund.out_refund_no) }
            dt { (lang.pick("金额", "금액", "Amount")) } dd { (yuan(refund.amount_fen)) " " span.badge { (money_state(lang, &refund.state)) } }
            dt { (lang.pick("原因", "사유", "Reason")) } dd { (refund.reason) }
            dt { (lang.pick("申请时间", "요청 시각", "Asked for")) } dd { (moment(refund.requested_at)) }
        }
    }
}

fn consignee(visit: &Visit, operator: &Operator, order: &AdminOrder, shown: Option<&RevealedConsignee>) -> Markup {
    let (lang, masked) = (visit.lang, &order.consignee);
    html! {
        section {
            h2 { (lang.pick("收货人", "수령인", "Consignee")) }
            @match shown {
                Some(shown) => p.shown { (shown.name) " " (shown.phone) br; (shown.province) (shown.city) (shown.district) (shown.detail)
                    @if !shown.remark.is_empty() { br; (lang.pick("备注：", "메모: ", "Remark: ")) (shown.remark) } },
                None => p { (masked.name) " " (masked.phone) br; (masked.province) (masked.city) (masked.district) },
            }
            @if shown.is_none() && operator.role.may(crate::domain::staff::Permission::RevealPersonalData) {
                form method="post" action={ "/admin/orders/" (order.order_no) "/reveal" } {
                    (form_token(visit))
                    label { (lang.pick("查看原因（写入审计日志）", "열람 사유(감사 로그에 기록)", "Why (goes into the audit log)"))
                        input name="reason" minlength="5" maxlength="200" required; }
                    button.plain { (lang.pick("显示完整信息", "전체 정보 보기", "Show in full")) }
                }
            }
        }
    }
}

fn step(lang: Lang, event: &EventView) -> Markup {
    html! {
        li {
            (moment(event.at)) " " b { (event_name(lang, event.kind)) }
            @if let Some(amount) = event.amount_fen { " " (yuan(amount)) }
        }
    }
}

fn event_name(lang: Lang, kind: EventKind) -> &'static str {
    match kind {
        EventKind::Placed => lang.pick("下单", "주문", "Placed"),
        EventKind::Paid => lang.pick("付款", "결제", "Paid"),
        EventKind::Closing => lang.pick("正在关单", "종료 중", "Being closed"),
        EventKind::CancelledByCustomer => lang.pick("买家取消", "구매자 취소", "Cancelled by the buyer"),
        EventKind::Expired => lang.pick("超时取消", "시간 초과 취소", "Expired"),
        EventKind::ClosedUpstream => lang.pick("微信已关单", "위챗에서 종료", "Closed at WeChat"),
        EventKind::LatePayment => lang.pick("取消后到账", "취소 후 입금", "Paid too late"),
        EventKind::RefundRequested => lang.pick("申请退款", "환불 요청", "Refund asked for"),
        EventKind::Refunded => lang.pick("已退款", "환불 완료", "Refunded"),
        EventKind::RefundFailed => lang.pick("退款失败", "환불 실패", "Refund failed"),
    }
}
