//! Parcels: the list of carriers and the trace of a waybill (contract A.11).

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::context::Context;
use super::mini_call::{Args, MiniRefusal, MiniReply, done, refuse};
use super::records::Waybill;
use crate::Error;

/// Some of about 1400 carriers: those that a shop in China meets.
pub(crate) const COMPANIES: [(&str, &str); 12] = [
    ("SF", "顺丰速运"),
    ("YTO", "圆通速递"),
    ("STO", "申通快递"),
    ("ZTO", "中通快递"),
    ("YD", "韵达速递"),
    ("JTSD", "极兔速递"),
    ("EMS", "邮政EMS"),
    ("YZPY", "邮政快递包裹"),
    ("JD", "京东快递"),
    ("DBL", "德邦快递"),
    ("HTKY", "百世快递"),
    ("ZJS", "宅急送"),
];

const MOST_GOODS: usize = 100;
/// Until the next state, as long as nobody decides: picked up, in transit, out for delivery, signed.
const STEP: TimeDelta = TimeDelta::hours(12);

impl Waybill {
    fn status(&self, now: DateTime<Utc>) -> u8 {
        let steps = (now - self.created_at).num_seconds() / STEP.num_seconds();
        self.decided.unwrap_or_else(|| u8::try_from(steps.clamp(0, 4)).unwrap_or(4))
    }
}

/// The list has no `errmsg`, as in WeChat's sample.
pub(crate) fn companies() -> MiniReply {
    let list = COMPANIES.map(|(id, name)| json!({ "delivery_id": id, "delivery_name": name }));
    MiniReply::Json(json!({ "errcode": 0, "delivery_list": list, "count": list.len() }))
}

/// POST `.../trace_waybill`
pub(crate) fn trace(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let openid = body.text("openid")?;
    if context.state.user_of(openid).is_none() {
        return refuse(40003, "invalid openid");
    }
    for name in ["waybill_id", "receiver_phone", "trans_id"] {
        let text = body.text(name)?;
        if text.is_empty() || text.len() > 128 {
            return refuse(40097, format!("invalid args {name}"));
        }
    }
    check_goods(body)?;
    if !context.state.number_by_transaction.contains_key(body.text("trans_id")?) {
        return refuse(40097, "invalid args trans_id");
    }
    let token = context.random.alphanumeric(43);
    let owned = |name: &str| body.text(name).map(str::to_owned);
    context.save(Waybill {
        token: token.clone(),
        openid: openid.to_owned(),
        waybill_id: owned("waybill_id")?,
        delivery_id: owned("delivery_id")?,
        trans_id: owned("trans_id")?,
        created_at: context.now,
        decided: None,
    });
    Ok(done(json!({ "waybill_token": token })))
}

fn check_goods(body: &Args) -> Result<(), MiniRefusal> {
    let goods = body.object("goods_info")?.ok_or(MiniRefusal::new(40097, "invalid args goods_info"))?;
    let list = goods.list("detail_list")?;
    if list.is_empty() || list.len() > MOST_GOODS {
        return refuse(40097, "invalid args goods_info.detail_list");
    }
    for item in list {
        let item = Args::of(item)?;
        let (name, image, text) = (item.text("goods_name")?, item.text("goods_img_url")?, item.text("goods_desc")?);
        if name.is_empty() || name.chars().count() > 60 || image.is_empty() || text.chars().count() > 40 {
            return refuse(40097, "invalid args goods_info.detail_list");
        }
    }
    Ok(())
}

/// POST `.../query_trace`
pub(crate) fn query(context: &Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let Some(waybill) = context.state.waybills.get(body.text("waybill_token")?) else {
        return refuse(9_300_507, "invalid waybill_token");
    };
    let openid = body.text("openid")?;
    if !openid.is_empty() && openid != waybill.openid {
        return refuse(9_300_534, "waybill_token and openid do not match");
    }
    let carrier = COMPANIES.iter().find(|(id, _)| *id == waybill.delivery_id);
    Ok(done(json!({
        "waybill_info": { "waybill_id": waybill.waybill_id, "status": waybill.status(context.now) },
        "shop_info": { "goods_info": { "detail_list": [] } },
        "delivery_info": {
            "delivery_id": waybill.delivery_id,
            "delivery_name": carrier.map_or("", |(_, name)| name),
        },
    })))
}

/// A control call decides where a parcel is.
pub(crate) fn decide(context: &mut Context<'_>, waybill_id: &str, status: u8) -> Result<Value, Error> {
    let about = context.state.waybills.rows().filter(|row| row.waybill_id == waybill_id);
    let about: Vec<Waybill> = about.cloned().collect();
    if about.is_empty() || status > 6 {
        return Err(Error::Control("no such waybill, or no status from 0 to 6".to_owned()));
    }
    let count = about.len();
    for waybill in about {
        context.save(Waybill { decided: Some(status), ..waybill });
    }
    Ok(json!({ "waybills": count }))
}
