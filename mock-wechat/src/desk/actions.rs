//! What the forms of the page do.

use std::time::Duration;

use serde_json::{Value, json};

use crate::control::{Failure, bad_request, user_name};
use crate::core::records::{CustomsState, RefundStatus};
use crate::core::{complaints, customs, shipping};
use crate::{Fault, MockWechat, Request};

type Said = Result<String, Failure>;

/// Fields of a form by name.
struct Form(Request);

impl Form {
    fn get(&self, name: &str) -> Result<String, Failure> {
        self.optional(name).ok_or_else(|| bad_request(format!("{name} is missing")))
    }

    fn optional(&self, name: &str) -> Option<String> {
        self.0.query(name).filter(|value| !value.trim().is_empty())
    }

    fn parsed<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, Failure> {
        serde_json::from_value(json!(self.get(name)?)).map_err(bad_request)
    }
}

/// Says what was done.
pub(super) async fn act(mock: &MockWechat, request: &Request, action: &str) -> Said {
    // A form's body has the shape of a query.
    let body = String::from_utf8_lossy(&request.body);
    let form = Form(Request::new("POST", &format!("/?{body}")));
    match action {
        "pay" => pay(mock, &form),
        "refund" => refund(mock, &form),
        "receive" => {
            let number = form.get("out_trade_no")?;
            mock.world(|context| shipping::receive(context, &number))?;
            Ok(format!("the buyer confirmed receipt of {number}"))
        }
        "customs" => {
            let (number, state): (String, CustomsState) = (form.get("out_trade_no")?, form.parsed("state")?);
            let explanation = form.optional("explanation").unwrap_or_default();
            let count = mock.world(|context| customs::decide(context, &number, state, explanation))?;
            Ok(format!("customs answered {} for {count} declaration(s) of {number}", state.name()))
        }
        "complain" => {
            let (number, detail) = (form.get("out_trade_no")?, form.get("detail")?);
            let id = mock.world(|context| complaints::create(context, &number, detail, "OTHERS".to_owned()))?;
            Ok(format!("complaint {id} was made"))
        }
        "push" => push(mock, &form),
        "fault" => fault(mock, &form),
        "clear-faults" => {
            mock.clear_faults();
            Ok("all faults are disarmed".to_owned())
        }
        "clock" => {
            let seconds: u64 = form.get("advance_s")?.parse().map_err(bad_request)?;
            if seconds > crate::control::MOST_ADVANCE_S {
                return Err(bad_request("advance_s is more than ten years"));
            }
            mock.clock().advance(Duration::from_secs(seconds));
            drop(mock.core());
            Ok(format!("the clock moved by {seconds} s"))
        }
        "login" => {
            let name = form.get("user")?;
            Ok(format!("login code of {name}: {}", mock.login(user_name(&name)?)))
        }
        "deliver" => Ok(format!("{} attempt(s) were made", mock.deliver_due().await)),
        _ => Err(Failure(404, "no such action".to_owned())),
    }
}

fn pay(mock: &MockWechat, form: &Form) -> Said {
    let number = form.get("out_trade_no")?;
    let paid = mock.pay_direct(&number, false).map_err(|refused| Failure(409, refused.err_msg))?;
    Ok(format!("{number} is paid as {}", paid.transaction_id))
}

fn refund(mock: &MockWechat, form: &Form) -> Said {
    let (number, status): (String, RefundStatus) = (form.get("out_refund_no")?, form.parsed("status")?);
    mock.decide_refund(&number, status)?;
    Ok(format!("refund {number} is {}", status.name()))
}

fn push(mock: &MockWechat, form: &Form) -> Said {
    let mut event = json!({ "event": form.get("event")? });
    for name in ["out_trade_no", "out_refund_no", "complaint_id", "user", "tamper"] {
        if let Some(value) = form.optional(name) {
            event[name] = json!(value);
        }
    }
    if form.optional("resend").is_some() {
        event["resend"] = json!(true);
    }
    let id = mock.push(event)?;
    Ok(format!("notify {id} is queued"))
}

fn fault(mock: &MockWechat, form: &Form) -> Said {
    let mut asked: Value = json!({ "route": form.get("route")?, "kind": form.get("kind")? });
    let times: u32 = form.optional("times").unwrap_or_else(|| "1".to_owned()).parse().map_err(bad_request)?;
    asked["times"] = json!(times);
    // Each kind that needs a value gets the usual one; the control endpoint takes any.
    match asked["kind"].as_str() {
        Some("status") => asked["status"] = json!(500),
        Some("delay_ms") => asked["delay_ms"] = json!(3000),
        Some("delay") => asked["delay_s"] = json!(60),
        Some("content_type") => asked["value"] = json!("text/html"),
        _ => {}
    }
    if let Some(subject) = form.optional("subject") {
        asked["subject"] = json!(subject);
    }
    let fault: Fault = serde_json::from_value(asked).map_err(bad_request)?;
    if !fault.kind.fits(fault.route) {
        return Err(bad_request("this kind can't happen on this route"));
    }
    mock.add_fault(fault);
    Ok("the fault is armed".to_owned())
}
