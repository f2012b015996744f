//! The control endpoints below `/_mock/`, as one table.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::core::cash_desk::{self, PayParams, Refused};
use crate::core::phone;
use crate::core::records::RefundStatus;
use crate::core::refund::{self, Undecidable};
use crate::json::merge;
use crate::message::decode;
use crate::{Answer, Error, Fault, MockWechat, Request};

/// The longest name of a user, in characters.
const MOST_NAME: usize = 64;

/// The farthest that one call moves the clock: ten years, in seconds.
pub(crate) const MOST_ADVANCE_S: u64 = 10 * 366 * 86_400;

/// The fields of a fault in JSON. Serde can't refuse others beside a flattened kind.
const FAULT_FIELDS: [&str; 19] = [
    "route", "kind", "times", "skip", "subject", "hold_ms", "status", "code", "message", "body", "signed", "effect",
    "delay_ms", "value", "copies", "exact", "delay_s", "bytes", "pause_ms",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    user: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_field_names, reason = "the names of the protocol")]
struct Phone {
    user: String,
    phone: Option<String>,
    country_code: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    /// The switches too.
    #[serde(default)]
    settings: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_s: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayDirect {
    out_trade_no: String,
    #[serde(default)]
    force: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decide {
    status: RefundStatus,
}

/// A control call that failed: its HTTP status and reason.
pub(crate) struct Failure(pub(crate) u16, pub(crate) String);

pub(crate) type Done = Result<Value, Failure>;

pub(crate) fn bad_request(reason: impl ToString) -> Failure {
    Failure(400, reason.to_string())
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Control(reason) => bad_request(reason),
            other => Self(500, other.to_string()),
        }
    }
}

pub(crate) fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Failure> {
    serde_json::from_slice(&request.body).map_err(bad_request)
}

pub(crate) fn user_name(name: &str) -> Result<&str, Failure> {
    if name.is_empty() || name.chars().count() > MOST_NAME {
        return Err(bad_request("user needs 1 to 64 characters"));
    }
    Ok(name)
}

impl MockWechat {
    pub(crate) async fn control(&self, request: &Request) -> Answer {
        match self.control_table(request).await {
            Ok(body) => Answer::json(200, &body),
            Err(Failure(status, reason)) => Answer::json(status, &json!({ "error": reason })),
        }
    }

    async fn control_table(&self, request: &Request) -> Done {
        let path = request.path().strip_prefix("/_mock/").unwrap_or_default();
        match (request.method.as_str(), path) {
            ("POST", "wx/login") => self.control_login(request),
            ("POST", "wx/phone") => self.control_phone(request),
            ("POST", "wx/request-payment") => self.control_request_payment(request),
            ("POST", "pay-direct") => self.control_pay_direct(request),
            ("GET", "faults") => Ok(json!({ "faults": self.core().faults.armed() })),
            ("POST", "faults") => self.control_add_fault(request),
            ("DELETE", "faults") => {
                self.clear_faults();
                Ok(json!({}))
            }
            ("POST", "reset") => self.control_reset(request),
            ("GET", "inspector") => Ok(self.inspected()),
            ("GET", "ledger") => Ok(json!(self.ledger())),
            ("GET", "clock") => Ok(self.control_clock()),
            ("POST", "clock") => self.control_advance(request),
            ("GET", "settings") => Ok(json!(self.settings())),
            ("POST", "settings") => self.control_settings(request),
            ("POST", "push") => self.push(body(request)?).map(|id| json!({ "id": id })).map_err(Failure::from),
            ("POST", "message-check") => Ok(json!({ "accepted": self.check_message_url().await? })),
            ("POST", "deliver") => Ok(json!({ "attempts": self.deliver_due().await })),
            ("POST", path) if path.starts_with("refunds/") => self.control_refund(request, path),
            (_, path) => self
                .control_world(request, path)
                .unwrap_or_else(|| Err(Failure(404, "no such control endpoint".to_owned()))),
        }
    }

    fn control_reset(&self, request: &Request) -> Done {
        let Reset { settings } = if request.body.is_empty() { Reset::default() } else { body(request)? };
        self.reset(settings)?;
        Ok(json!({}))
    }

    fn control_login(&self, request: &Request) -> Done {
        let login: Login = body(request)?;
        let code = self.login(user_name(&login.user)?);
        Ok(json!({ "code": code }))
    }

    fn control_phone(&self, request: &Request) -> Done {
        let Phone { user, phone, country_code } = body(request)?;
        let digits = |text: &str| (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if [&phone, &country_code].into_iter().flatten().any(|text| !digits(text)) {
            return Err(bad_request("phone and country_code are digits"));
        }
        let (name, country_code) = (user_name(&user)?, country_code.as_deref().unwrap_or(phone::MAINLAND));
        Ok(json!({ "code": self.act(|context| Ok::<_, Error>(phone::code(context, name, phone, country_code)))? }))
    }

    /// Refusals are answers of the client app, so the HTTP status stays 200.
    fn control_request_payment(&self, request: &Request) -> Done {
        let asked: Value = body(request)?;
        let user = user_name(asked["user"].as_str().unwrap_or_default())?;
        let outcome = PayParams::read(&asked).and_then(|params| {
            self.act(|context| {
                if asked["cancel"] == true {
                    return Err(cash_desk::look_and_cancel(context, user, &params));
                }
                cash_desk::request_payment(context, user, &params)
            })
        });
        let err_msg = outcome.map_or_else(|Refused { err_msg }| err_msg, |_| "requestPayment:ok".to_owned());
        Ok(json!({ "errMsg": err_msg }))
    }

    fn control_pay_direct(&self, request: &Request) -> Done {
        let asked: PayDirect = body(request)?;
        let paid = self.pay_direct(&asked.out_trade_no, asked.force);
        paid.map(|paid| json!(paid)).map_err(|refused| Failure(409, refused.err_msg))
    }

    fn control_add_fault(&self, request: &Request) -> Done {
        let asked: Value = body(request)?;
        let fields = asked.as_object().ok_or_else(|| bad_request("a fault is an object"))?;
        if let Some(extra) = fields.keys().find(|name| !FAULT_FIELDS.contains(&name.as_str())) {
            return Err(bad_request(format!("unknown field {extra}")));
        }
        let fault: Fault = serde_json::from_value(asked).map_err(bad_request)?;
        if !fault.kind.fits(fault.route) {
            return Err(bad_request("this kind can't happen on this route"));
        }
        self.add_fault(fault);
        Ok(json!({}))
    }

    fn control_clock(&self) -> Value {
        let clock = self.clock();
        json!({ "now": clock.now(), "offset_ms": clock.current_offset_ms() })
    }

    fn control_advance(&self, request: &Request) -> Done {
        let Advance { advance_s } = body(request)?;
        if advance_s > MOST_ADVANCE_S {
            return Err(bad_request("advance_s is more than ten years"));
        }
        self.clock().advance(Duration::from_secs(advance_s));
        // Looking at the state writes the new offset down.
        drop(self.core());
        Ok(self.control_clock())
    }

    fn control_settings(&self, request: &Request) -> Done {
        let mut settings = json!(self.settings());
        merge(&mut settings, Some(body(request)?));
        self.set_settings(serde_json::from_value(settings).map_err(bad_request)?)?;
        Ok(json!(self.settings()))
    }

    fn control_refund(&self, request: &Request, path: &str) -> Done {
        let number = decode(path.trim_start_matches("refunds/"));
        let Decide { status } = body(request)?;
        self.act(|context| refund::decide(context, &number, status)).map_err(|undecidable| {
            let reason = undecidable.to_string();
            match undecidable {
                Undecidable::Unknown => Failure(404, reason),
                Undecidable::Ended => Failure(409, reason),
                Undecidable::Broken(_) => Failure(500, reason),
            }
        })?;
        Ok(json!({}))
    }
}
