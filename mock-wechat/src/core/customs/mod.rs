//! Declaration of payments to customs (contract part C): one state machine behind two protocols.

pub(crate) mod global;
pub(crate) mod xml;

use chrono::{DateTime, TimeDelta, Utc};

use crate::Error;
use crate::core::context::Context;
use crate::core::records::{CustomsState, Declaration, PaidOrder, Payment};

/// Contract C.3, old names included.
pub(crate) const CODES: [&str; 20] = [
    "ZONGSHU",
    "GUANGZHOU_ZS",
    "HANGZHOU_ZS",
    "SHANGHAI_ZS",
    "ZHENGZHOU_ZH_ZS",
    "ZHENGZHOU_BS",
    "NINGBO",
    "CHONGQING",
    "SHENZHEN",
    "TIANJIN",
    "NO",
    "GUANGZHOU_HP_GJ",
    "GUANGZHOU_NS_GJ",
    "XIAN",
    "BEIJING",
    "GUANGZHOU",
    "HANGZHOU",
    "SHANGHAI",
    "ZHENGZHOU_ZH",
    "ZHENGZHOU",
];

/// The most sub orders of one payment, a limit of the stand-in.
const MOST_SUB_ORDERS: usize = 100;

impl Declaration {
    pub(crate) fn state(&self, now: DateTime<Utc>) -> CustomsState {
        let step = i64::from(self.step_s);
        match (now - self.submitted_at).num_seconds() {
            early if early < step && self.again => CustomsState::Submitted,
            early if early < step => CustomsState::Undeclared,
            later if later < 2 * step => CustomsState::Processing,
            _ => self.outcome,
        }
    }

    pub(crate) fn explanation(&self, now: DateTime<Utc>) -> &str {
        let ended = self.state(now) == self.outcome;
        if ended { &self.explanation } else { "" }
    }

    /// When the state last changed.
    pub(crate) fn modified_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let step = TimeDelta::seconds(self.step_s.into());
        let passed = [step * 2, step].into_iter().find(|passed| self.submitted_at + *passed <= now);
        self.submitted_at + passed.unwrap_or_default()
    }
}

/// A refusal, told in v2 as `err_code` and in v3 as `code`.
#[derive(Debug)]
pub(crate) struct CustomsRefusal {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

pub(crate) fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, CustomsRefusal> {
    Err(CustomsRefusal { code, message: message.into() })
}

impl From<Error> for CustomsRefusal {
    fn from(error: Error) -> Self {
        log::error!("{error}");
        Self { code: "SYSTEMERROR", message: "系统错误".to_owned() }
    }
}

/// What both protocols ask to declare.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) out_trade_no: String,
    pub(crate) transaction_id: String,
    pub(crate) customs: String,
    pub(crate) mch_customs_no: String,
    pub(crate) modify: bool,
    pub(crate) sub_order_no: Option<String>,
    pub(crate) fee_type: Option<String>,
    pub(crate) order_fee: Option<i64>,
    pub(crate) transport_fee: Option<i64>,
    pub(crate) product_fee: Option<i64>,
    pub(crate) duty: Option<i64>,
    pub(crate) cert_id: Option<String>,
    pub(crate) name: Option<String>,
}

/// Takes a new declaration, or the change of one.
pub(crate) fn declare(context: &mut Context<'_>, asked: &Asked) -> Result<Declaration, CustomsRefusal> {
    check_filing(context, &asked.customs, &asked.mch_customs_no)?;
    let (payment, paid) = paid_order(context, &asked.transaction_id, &asked.out_trade_no)?;
    let key = format!("{}|{}|{}", paid.transaction_id, asked.customs, asked.sub_order_no.as_deref().unwrap_or(""));
    let known = context.state.declarations.get(&key).cloned();
    match &known {
        None if asked.modify => return refuse("ORDERNOTEXIST", "未找到报关记录，不能修改"),
        // Duplicate or unknown result: the merchant has to query (contract C.1, error codes).
        Some(_) if !asked.modify => return refuse("35311004", "您的操作已提交，请确认是否已生效"),
        _ => {}
    }
    let order_fee = fee(context, asked, &payment, &paid, &key)?;
    let settings = &context.state.settings;
    let (outcome, explanation, step_s) =
        (settings.customs_outcome, settings.customs_explanation.clone(), settings.customs_step_s);
    let sub_order_id = match &known {
        Some(known) => known.sub_order_id.clone(),
        None => asked.sub_order_no.as_ref().map(|_| format!("100{}", context.random.digits(25))),
    };
    let declared = Declaration {
        key,
        out_trade_no: payment.out_trade_no.clone(),
        transaction_id: paid.transaction_id,
        customs: asked.customs.clone(),
        mch_customs_no: asked.mch_customs_no.clone(),
        sub_order_no: asked.sub_order_no.clone(),
        sub_order_id,
        order_fee,
        transport_fee: asked.transport_fee,
        product_fee: asked.product_fee,
        duty: asked.duty,
        cert_check: cert_check(context, &payment.openid, asked.cert_id.as_deref(), asked.name.as_deref()).to_owned(),
        submitted_at: context.now,
        again: known.is_some(),
        outcome,
        explanation,
        step_s,
    };
    context.save(declared.clone());
    Ok(declared)
}

/// The filing that the merchant registered in the console; any number while the settings list none.
pub(crate) fn check_filing(context: &Context<'_>, customs: &str, number: &str) -> Result<(), CustomsRefusal> {
    if !CODES.contains(&customs) {
        return refuse("PARAM_ERROR", format!("customs取值错误: {customs}"));
    }
    let filings = &context.state.settings.customs_filings;
    let filed = filings.iter().any(|filing| filing.customs == customs && filing.mch_customs_no == number);
    if filed || filings.is_empty() || customs == "NO" {
        Ok(())
    } else {
        refuse("NOAUTH", "商户海关备案信息未登记")
    }
}

pub(crate) fn paid_order(
    context: &Context<'_>,
    transaction_id: &str,
    number: &str,
) -> Result<(Payment, PaidOrder), CustomsRefusal> {
    let Some(payment) = context.state.payments.get(number) else {
        return refuse("ORDERNOTEXIST", "订单不存在");
    };
    match &payment.paid {
        None => refuse("ORDERNOTPAID", "订单未支付"),
        Some(paid) if paid.transaction_id != transaction_id => {
            refuse("PARAM_ERROR", "transaction_id与out_trade_no不匹配")
        }
        Some(_) if payment.refunded_fen >= payment.total_fen => refuse("PARAM_ERROR", "订单已全额退款"),
        Some(paid) => Ok((payment.clone(), paid.clone())),
    }
}

/// The amount that is declared: what was paid less refunds, or what a split part says.
fn fee(
    context: &Context<'_>,
    asked: &Asked,
    payment: &Payment,
    paid: &PaidOrder,
    key: &str,
) -> Result<i64, CustomsRefusal> {
    let whole = payment.total_fen - payment.refunded_fen;
    let others = context
        .state
        .declarations
        .rows()
        .filter(|row| row.transaction_id == paid.transaction_id && row.customs == asked.customs && row.key != key);
    if asked.sub_order_no.is_none() {
        let split = others.into_iter().any(|row| row.sub_order_no.is_some());
        return if split { refuse("PARAM_ERROR", "该订单已拆单报关") } else { Ok(whole) };
    }
    let (Some(order), Some(transport), Some(product)) = (asked.order_fee, asked.transport_fee, asked.product_fee)
    else {
        return refuse("PARAM_ERROR", "拆单时order_fee、transport_fee、product_fee必填");
    };
    if asked.fee_type.as_deref() != Some("CNY") {
        return refuse("PARAM_ERROR", "拆单时fee_type应为CNY");
    }
    if transport.checked_add(product) != Some(order) {
        return refuse("PARAM_ERROR", "order_fee应等于transport_fee与product_fee之和");
    }
    let others: Vec<&Declaration> = others.collect();
    if others.iter().any(|row| row.sub_order_no.is_none()) {
        return refuse("PARAM_ERROR", "该订单已整单报关");
    }
    let declared: i64 = others.iter().map(|row| row.order_fee).sum();
    if others.len() >= MOST_SUB_ORDERS || declared.saturating_add(order) > whole {
        return refuse("PARAM_ERROR", "子订单金额之和大于支付金额");
    }
    Ok(order)
}

/// WeChat compares with the identity that it has on record for the payer.
pub(crate) fn cert_check(context: &Context<'_>, openid: &str, id: Option<&str>, name: Option<&str>) -> &'static str {
    let (Some(id), Some(name)) = (id, name) else {
        return "UNCHECKED";
    };
    let on_record = context.state.user_of(openid).and_then(|user| user.identity.as_ref());
    match on_record {
        Some(known) if known.id_number != id || known.name != name => "DIFFERENT",
        _ => "SAME",
    }
}

/// The numbers that name declarations, strongest first.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) sub_order_id: Option<String>,
    pub(crate) sub_order_no: Option<String>,
    pub(crate) transaction_id: Option<String>,
    pub(crate) out_trade_no: Option<String>,
}

/// The declarations that the strongest of the numbers names, at one customs.
pub(crate) fn find(context: &Context<'_>, names: &Names, customs: &str) -> Result<Vec<Declaration>, CustomsRefusal> {
    let meant: Box<dyn Fn(&Declaration) -> bool> = match names {
        Names { sub_order_id: Some(id), .. } => Box::new(move |row| row.sub_order_id.as_ref() == Some(id)),
        Names { sub_order_no: Some(number), .. } => Box::new(move |row| row.sub_order_no.as_ref() == Some(number)),
        Names { transaction_id: Some(id), .. } => Box::new(move |row| row.transaction_id == *id),
        Names { out_trade_no: Some(number), .. } => Box::new(move |row| row.out_trade_no == *number),
        _ => return refuse("PARAM_ERROR", "订单号至少填写一个"),
    };
    if !CODES.contains(&customs) {
        return refuse("PARAM_ERROR", format!("customs取值错误: {customs}"));
    }
    let rows = context.state.declarations.rows();
    Ok(rows.filter(|row| row.customs == customs && meant(row)).cloned().collect())
}

/// Pushes a document that the port has lost once more.
pub(crate) fn redeclare(
    context: &mut Context<'_>,
    names: &Names,
    customs: &str,
    number: &str,
) -> Result<Declaration, CustomsRefusal> {
    check_filing(context, customs, number)?;
    let found = find(context, names, customs)?;
    let Some(declared) = found.first() else {
        return refuse("ORDERNOTEXIST", "未找到报关记录");
    };
    if found.len() > 1 {
        return refuse("PARAM_ERROR", "拆单时需填写sub_order_no或sub_order_id");
    }
    let state = declared.state(context.now);
    if !matches!(state, CustomsState::Success | CustomsState::Except) {
        return refuse("INVALID_REQUEST", format!("当前状态{}不允许重推", state.name()));
    }
    let outcome = context.state.settings.customs_outcome;
    let again = Declaration {
        submitted_at: context.now - TimeDelta::seconds(declared.step_s.into()),
        again: true,
        outcome,
        explanation: context.state.settings.customs_explanation.clone(),
        ..declared.clone()
    };
    context.save(again.clone());
    Ok(again)
}

/// A control call decides what customs says about all declarations of an order.
pub(crate) fn decide(
    context: &mut Context<'_>,
    number: &str,
    state: CustomsState,
    explanation: String,
) -> Result<usize, Error> {
    let about: Vec<Declaration> =
        context.state.declarations.rows().filter(|row| row.out_trade_no == number).cloned().collect();
    if about.is_empty() {
        return Err(Error::Control("nothing was declared for this order".to_owned()));
    }
    let count = about.len();
    for row in about {
        let decided = Declaration { outcome: state, explanation: explanation.clone(), step_s: 0, ..row };
        context.save(decided);
    }
    Ok(count)
}

/// Where the payment was cleared, and its number there: the same for one transaction.
pub(crate) fn clearing(transaction_id: &str) -> (&'static str, String) {
    let digits: String = transaction_id.chars().rev().take(20).collect();
    ("NETSUNION", format!("{digits}9527"))
}
