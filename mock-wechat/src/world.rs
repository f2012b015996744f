//! Control endpoints for what people and offices outside do: buyers, carriers, customs, WeChat itself.

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::{Done, Failure, bad_request, body, user_name};
use crate::core::context::Context;
use crate::core::customs;
use crate::core::records::{CustomsState, Identity, User};
use crate::core::{complaints, mini, session, shipping, subscribe, trade_complaints, waybill};
use crate::keys::PlatformKey;
use crate::message::decode;
use crate::{Error, MockWechat, Request};

/// The longest text of a person, in characters.
const MOST_TEXT: usize = 1000;
/// The longest unionid, in bytes.
const MOST_UNIONID: usize = 128;
/// The farthest that a rotation is put off: a year, in seconds.
const MOST_ROTATION_S: u32 = 366 * 86_400;
/// Certificates that the stand-in ever had.
const MOST_PLATFORM_KEYS: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    user: String,
    blocked: Option<bool>,
    /// Null forgets the identity.
    #[serde(default, deserialize_with = "given")]
    identity: Option<Option<Known>>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "given")]
    unionid: Option<Option<String>>,
}

fn given<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    id_number: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserData {
    user: String,
    data: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Panel {
    user: String,
    template_ids: Vec<String>,
    accept: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    out_trade_no: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parcel {
    waybill_id: String,
    status: u8,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Receipt {
    out_trade_no: String,
    state: CustomsState,
    #[serde(default)]
    explanation: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewComplaint {
    out_trade_no: String,
    detail: String,
    problem_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTradeComplaint {
    out_trade_no: String,
    detail: String,
}

/// WeChat's number of a state.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    status: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reply {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    #[serde(default)]
    signs_in_s: u32,
    overlap_s: Option<u32>,
}

impl MockWechat {
    /// `None` when the path is none of these.
    pub(crate) fn control_world(&self, request: &Request, path: &str) -> Option<Done> {
        if request.method != "POST" {
            return None;
        }
        Some(match path {
            "wx/user" => self.control_user(request),
            "wx/encrypted-data" => self.control_user_data(request),
            "wx/subscribe" => self.control_panel(request),
            "wx/confirm-receipt" => body(request).and_then(|Order { out_trade_no }| {
                self.world(|context| shipping::receive(context, &out_trade_no).map(|()| json!({})))
            }),
            "waybills" => body(request).and_then(|Parcel { waybill_id, status }| {
                self.world(|context| waybill::decide(context, &waybill_id, status))
            }),
            "customs" => body(request).and_then(|Receipt { out_trade_no, state, explanation }| {
                let explanation = short(explanation)?;
                self.world(|context| {
                    let count = customs::decide(context, &out_trade_no, state, explanation)?;
                    Ok(json!({ "declarations": count }))
                })
            }),
            "complaints" => self.control_complaint(request),
            "trade-complaints" => body(request).and_then(|NewTradeComplaint { out_trade_no, detail }| {
                let detail = short(detail)?;
                let id = self.world(|context| trade_complaints::create(context, &out_trade_no, detail))?;
                Ok(json!({ "complaint_order_id": id }))
            }),
            "certificates/rotate" => self.control_rotation(request),
            path if path.starts_with("trade-complaints/") => {
                let id = decode(path.strip_prefix("trade-complaints/")?);
                body(request).and_then(|Decision { status }| {
                    self.world(|context| trade_complaints::decide(context, &id, status).map(|()| json!({})))
                })
            }
            _ => {
                let id = path.strip_prefix("complaints/")?.strip_suffix("/reply")?;
                body(request).and_then(|Reply { text }| {
                    let (id, text) = (decode(id), short(text)?);
                    self.world(|context| complaints::reply(context, &id, &text).map(|()| json!({})))
                })
            }
        })
    }

    pub(crate) fn world<T>(&self, work: impl FnOnce(&mut Context<'_>) -> Result<T, Error>) -> Result<T, Failure> {
        self.act(work).map_err(Failure::from)
    }

    fn control_user(&self, request: &Request) -> Done {
        let asked: Person = body(request)?;
        let name = user_name(&asked.user)?;
        if asked.unionid.iter().flatten().any(|id| !(1..=MOST_UNIONID).contains(&id.len())) {
            return Err(bad_request("unionid has 1 to 128 bytes"));
        }
        self.world(|context| {
            let known = mini::user(context, name);
            let openid = known.openid.clone();
            let identity = match asked.identity {
                None => known.identity.clone(),
                Some(told) => told.map(|Known { id_number, name }| Identity { id_number, name }),
            };
            let blocked = asked.blocked.unwrap_or(known.blocked);
            let unionid = asked.unionid.unwrap_or_else(|| known.unionid.clone());
            context.save(User { unionid, blocked, identity, ..known });
            Ok(json!({ "openid": openid }))
        })
    }

    fn control_user_data(&self, request: &Request) -> Done {
        let UserData { user, data } = body(request)?;
        let name = user_name(&user)?;
        self.world(|context| session::encrypted_data(context, name, data))
    }

    fn control_panel(&self, request: &Request) -> Done {
        let Panel { user, template_ids, accept } = body(request)?;
        let name = user_name(&user)?;
        let fits = |id: &String| !id.is_empty() && id.len() <= 64;
        if template_ids.is_empty() || template_ids.len() > subscribe::MOST_TEMPLATES || !template_ids.iter().all(fits) {
            return Err(bad_request("template_ids has 1 to 5 ids of at most 64 bytes"));
        }
        self.world(|context| subscribe::answer_panel(context, name, &template_ids, accept.unwrap_or(true)))?;
        Ok(json!({}))
    }

    fn control_complaint(&self, request: &Request) -> Done {
        let NewComplaint { out_trade_no, detail, problem_type } = body(request)?;
        let kind = problem_type.unwrap_or_else(|| "OTHERS".to_owned());
        if !["REFUND", "SERVICE_NOT_WORK", "OTHERS"].contains(&kind.as_str()) {
            return Err(bad_request("problem_type is none of REFUND, SERVICE_NOT_WORK, OTHERS"));
        }
        let detail = short(detail)?;
        self.world(|context| {
            let id = complaints::create(context, &out_trade_no, detail, kind)?;
            Ok(json!({ "complaint_id": id }))
        })
    }

    /// A new platform certificate: listed now, signing later; the one before stays listed for the overlap.
    fn control_rotation(&self, request: &Request) -> Done {
        let Rotation { signs_in_s, overlap_s } = body(request)?;
        let overlap_s = overlap_s.unwrap_or(86_400);
        if signs_in_s > MOST_ROTATION_S || overlap_s > MOST_ROTATION_S {
            return Err(bad_request("signs_in_s and overlap_s are at most a year"));
        }
        let now = self.clock().now();
        let signs_from = now + TimeDelta::seconds(signs_in_s.into());
        // Made before any lock is taken: it takes long.
        let key = PlatformKey::generate(now, signs_from, signs_from + TimeDelta::seconds(overlap_s.into()))?;
        let told = json!({ "serial_no": key.serial, "signs_from": signs_from });
        self.world(|context| {
            if context.state.platform_keys.rows().count() >= MOST_PLATFORM_KEYS {
                return Err(Error::Control("there were 100 rotations already".to_owned()));
            }
            context.save(key.clone());
            Ok(())
        })?;
        self.inner.keys.learn(std::iter::once(key))?;
        Ok(told)
    }
}

fn short(text: String) -> Result<String, Failure> {
    if text.chars().count() > MOST_TEXT {
        return Err(bad_request("a text has at most 1000 characters"));
    }
    Ok(text)
}
