//! Which call a request is, and what answers it.

use super::context::{Context, Reply};
use super::customs::xml::Work;
use super::mini_call::{Args, MiniRefusal, MiniReply};
use super::refusal::Refusal;
use super::route::{Family, Route, calls};
use super::upload_form::Form;
use super::{
    bills, certificates, close, complaints, content_check, customs, link, mini, order_center, phone, picture, prepay,
    query, refund, service_card, session, shipping, subscribe, token, trade_complaints, waybill, wxacode,
};
use crate::message::{Answer, Request, decode};

/// A request to Pay v3 with what its path and its form say.
pub(crate) struct Received<'a> {
    pub(crate) request: &'a Request,
    /// The number in the path; empty where there is none.
    pub(crate) part: &'a str,
    /// Of an upload, once it is read.
    pub(crate) form: &'a Form,
}

/// What answers, by how the caller is known and how the answer looks.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    App(fn(&mut Context<'_>, &Request) -> Result<MiniReply, MiniRefusal>),
    Get(fn(&mut Context<'_>, &Request) -> Result<MiniReply, MiniRefusal>),
    Post(fn(&mut Context<'_>, &Args) -> Result<MiniReply, MiniRefusal>),
    Pay(fn(&mut Context<'_>, &Received<'_>) -> Result<Reply, Refusal>),
    File(fn(&Context<'_>, &Request) -> Result<Answer, Refusal>),
    Xml(Work),
}

struct Row {
    route: Route,
    method: &'static str,
    /// `{}` stands for one part that says a number.
    path: &'static str,
    handler: Handler,
}

macro_rules! rows {
    ($($(#[$meta:meta])* $route:ident: $family:ident { $($method:ident $path:literal => $handler:expr;)+ })*) => {{
        use Handler::{App, File, Get, Pay, Post, Xml};
        &[$($(Row { route: Route::$route, method: stringify!($method), path: $path, handler: $handler },)+)*]
    }};
}
static ROWS: &[Row] = calls!(rows);

/// The call that a request is.
pub(crate) struct Call {
    route: Route,
    family: Family,
    handler: Option<Handler>,
    part: String,
    pub(crate) form: Form,
}

impl Call {
    /// A path that nobody knows is still a call to a host, and is answered in the form of that host.
    pub(crate) fn of(request: &Request) -> Self {
        let path = as_today(request.path());
        let row = ROWS.iter().find_map(|row| {
            // The mini program's calls and Pay v2 answer another method in the body.
            let any_method = matches!(row.route.family(), Family::Mini | Family::Xml);
            let part = part_of(row.path, &path)?;
            (any_method || row.method == request.method).then_some((row, part))
        });
        match row {
            Some((row, part)) => Self {
                route: row.route,
                family: row.route.family(),
                handler: Some(row.handler),
                part: decode(part),
                form: Form::default(),
            },
            None => Self {
                route: Route::Any,
                family: family_of(request),
                handler: None,
                part: String::new(),
                form: Form::default(),
            },
        }
    }

    pub(crate) fn route(&self) -> Route {
        self.route
    }

    pub(crate) fn family(&self) -> Family {
        self.family
    }

    pub(crate) fn handler(&self) -> Option<Handler> {
        self.handler
    }

    pub(crate) fn is_upload(&self) -> bool {
        self.route == Route::ImageUpload
    }

    /// The merchant has to sign the request with `Authorization`. What is not known is not found, whoever asks.
    pub(crate) fn wants_authorization(&self) -> bool {
        self.handler.is_some() && matches!(self.family, Family::Pay | Family::PayFile)
    }

    pub(crate) fn received<'a>(&'a self, request: &'a Request) -> Received<'a> {
        Received { request, part: &self.part, form: &self.form }
    }
}

/// Older pages write `/global/v3/customs/...`.
fn as_today(path: &str) -> std::borrow::Cow<'_, str> {
    match path.strip_prefix("/global/v3/customs/") {
        Some(rest) => format!("/v3/global/customs/{rest}").into(),
        None => path.into(),
    }
}

/// What stands at `{}`, if the path is of this form; empty where the form has none.
fn part_of<'a>(form: &str, path: &'a str) -> Option<&'a str> {
    let Some((before, after)) = form.split_once("{}") else { return (form == path).then_some("") };
    let part = path.strip_prefix(before)?.strip_suffix(after)?;
    (!part.is_empty() && !part.contains('/')).then_some(part)
}

/// By the host that was asked; at the stand-in's own address by how the path begins.
fn family_of(request: &Request) -> Family {
    let host = request.get("Host").unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    let path = request.path();
    let begins = |parts: &[&str]| parts.iter().any(|part| path.starts_with(part));
    match host {
        _ if begins(&["/cgi-bin/mch/", "/secapi/", "/pay/", "/mmpaymkttransfers/"]) => Family::Xml,
        "api.weixin.qq.com" | "api2.weixin.qq.com" => Family::Mini,
        "api.mch.weixin.qq.com" | "api2.mch.weixin.qq.com" | "apihk.mch.weixin.qq.com" | "api.wechatpay.cn" => {
            Family::Pay
        }
        _ if begins(&["/wxa/", "/wxaapi/", "/cgi-bin/", "/sns/", "/product/", "/shop/", "/datacube/"]) => Family::Mini,
        _ => Family::Pay,
    }
}
