//! The table.

use serde_json::{Value, json};

use super::actors::Things;

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    /// Everybody; a token is not looked at.
    Public,
    /// Any buyer. It is about the caller: there is no object in it that could be another's.
    Buyer,
    /// A buyer, on an object of their own. Another's looks like one that does not exist.
    Owner,
    /// Any operator with a live session, about their own account.
    Operator,
    /// As `Operator`, once the one-time password has been replaced.
    SecondFactor,
    /// Operators whose role has this permission.
    Permission(&'static str),
    /// As `Permission`, with password or code given again within five minutes.
    SteppedUp(&'static str),
    /// WeChat, by its signature; no token helps.
    Wechat,
}

/// What each role may do: written down once more here, so that a permission that slips into a role's table is seen.
pub(super) fn has_permission(role: &str, permission: &str) -> bool {
    let permissions: &[&str] = match role {
        "picker" => &[],
        "service" => &["read_orders", "reveal_personal_data", "read_cases"],
        "finance" => &["read_orders", "read_cases", "decide_cases"],
        "manager" => &[
            "read_orders",
            "reveal_personal_data",
            "read_cases",
            "decide_cases",
            "run_jobs",
            "read_audit",
            "manage_operators",
        ],
        "auditor" => &["read_orders", "read_cases", "read_audit"],
        other => panic!("{other} is no role"),
    };
    permissions.contains(&permission)
}

/// An operation, who may call it, what they are answered, and a body that is good.
pub(super) struct Row {
    pub(super) operation: &'static str,
    pub(super) policy: Policy,
    pub(super) served: u16,
    pub(super) body: fn(&Things) -> Value,
}

/// Served, whatever comes of it: the good case needs more than a body.
pub(super) const ANYTHING: u16 = 0;

const fn row(operation: &'static str, policy: Policy, served: u16, body: fn(&Things) -> Value) -> Row {
    Row { operation, policy, served, body }
}

fn none(_: &Things) -> Value {
    Value::Null
}

fn reason(_: &Things) -> Value {
    json!({ "reason": "the matrix asks" })
}

/// Routes that the document leaves out: documents, and a second address of the same notify.
pub(super) const BESIDE_THE_DOCUMENT: [&str; 4] = ["GET /openapi.json", "GET /docs", "GET /docs/", "GET /docs/errors"];

use Policy::{Buyer, Operator, Owner, Permission, Public, SecondFactor, SteppedUp, Wechat};

#[rustfmt::skip]
pub(super) const POLICIES: &[Row] = &[
    row("POST /api/v1/auth/login", Public, 200, |t| json!({ "code": t.login_code })),
    row("POST /api/v1/auth/refresh", Public, 200, |t| json!({ "refresh_token": t.refresh_token })),
    row("POST /api/v1/auth/logout", Buyer, 204, none),
    row("GET /api/v1/categories", Public, 200, none),
    row("GET /api/v1/vendors", Public, 200, none),
    row("GET /api/v1/vendors/{slug}", Public, 200, none),
    row("GET /api/v1/products", Public, 200, none),
    row("GET /api/v1/products/{product}", Public, 200, none),
    row("GET /api/v1/search/suggest", Public, 200, none),
    row("GET /api/v1/cart", Buyer, 200, none),
    row("PUT /api/v1/cart/items/{sku_id}", Buyer, 200, |_| json!({ "quantity": 1 })),
    row("DELETE /api/v1/cart/items/{sku_id}", Buyer, 204, none),
    row("GET /api/v1/addresses", Buyer, 200, none),
    row("POST /api/v1/addresses", Buyer, 201, |_| crate::support::shanghai_address()),
    row("PUT /api/v1/addresses/{id}", Owner, 200, |_| crate::support::shanghai_address()),
    row("DELETE /api/v1/addresses/{id}", Owner, 204, none),
    row("GET /api/v1/identity", Buyer, 200, none),
    row("PUT /api/v1/identity", Buyer, 200, |_| super::actors::identity()),
    row("DELETE /api/v1/identity", Buyer, 204, none),
    row("GET /api/v1/legal/{document}", Public, 200, none),
    row("GET /api/v1/me", Buyer, 200, none),
    row("PATCH /api/v1/me", Buyer, 200, |_| json!({ "nickname": "小明" })),
    row("PUT /api/v1/me", Buyer, 200, |_| json!({ "nickname": "小明" })),
    row("POST /api/v1/me/phone", Buyer, ANYTHING, |_| json!({ "code": "0123456789abcdef0123456789abcdef" })),
    row("POST /api/v1/me/consents", Buyer, 200, |t| json!({ "document": "terms", "version": t.terms_version })),
    row("DELETE /api/v1/me/consents/{document}", Buyer, 204, none),
    // A token alone opens neither: `invalid_login_code`.
    row("GET /api/v1/me/sessions", Buyer, 200, none),
    row("POST /api/v1/me/sessions/end-others", Buyer, 204, none),
    row("POST /api/v1/me/export", Buyer, 401, |_| json!({ "code": "neverGivenByWechat" })),
    row("POST /api/v1/me/close", Buyer, 401, |_| json!({ "code": "neverGivenByWechat" })),
    row("POST /api/v1/me/keep", Buyer, 200, none),
    row("POST /api/v1/quotes", Owner, 200, |t| json!({ "items": t.items(), "address_id": t.address_id })),
    row("POST /api/v1/orders", Owner, 201, Things::order),
    row("GET /api/v1/orders", Buyer, 200, none),
    row("GET /api/v1/orders/{order_no}", Owner, 200, none),
    row("POST /api/v1/orders/{order_no}/pay", Owner, 200, none),
    row("POST /api/v1/orders/{order_no}/payment/sync", Owner, 200, none),
    row("POST /api/v1/orders/{order_no}/cancel", Owner, 200, none),

    row("POST /admin/v1/auth/login", Public, 200, |t| json!({ "name": t.newcomer, "password": t.password })),
    row("POST /admin/v1/auth/logout", Operator, 204, none),
    row("POST /admin/v1/auth/step-up", Operator, 204, |t| json!({ "password": t.password })),
    row("POST /admin/v1/auth/password", Operator, 200, |t| json!({
        "current_password": t.password, "new_password": "another one of 27 letters" })),
    row("POST /admin/v1/auth/totp", SecondFactor, 409, none),
    row("GET /admin/v1/auth/sessions", Operator, 200, none),
    row("POST /admin/v1/auth/sessions/end-others", Operator, 204, none),
    row("POST /admin/v1/auth/totp/confirm", Operator, 409, |_| json!({ "code": "123456" })),
    row("GET /admin/v1/me", Operator, 200, none),
    row("GET /admin/v1/audit", Permission("read_audit"), 200, none),
    row("GET /admin/v1/operators", Permission("manage_operators"), 200, none),
    row("POST /admin/v1/operators", SteppedUp("manage_operators"), 201, |t| json!({ "name": t.fresh_name, "role": "picker" })),
    row("PATCH /admin/v1/operators/{name}", SteppedUp("manage_operators"), 204,
        |_| json!({ "disabled": true, "reason": "the matrix asks" })),
    row("POST /admin/v1/operators/{name}/reset", SteppedUp("manage_operators"), 200, reason),
    row("GET /admin/v1/orders", Permission("read_orders"), 200, none),
    row("GET /admin/v1/orders/{order_no}", Permission("read_orders"), 200, none),
    row("POST /admin/v1/orders/{order_no}/reveal", SteppedUp("reveal_personal_data"), 200, reason),
    row("GET /admin/v1/today", Permission("read_orders"), 200, none),
    row("GET /admin/v1/cases", Permission("read_cases"), 200, none),
    row("GET /admin/v1/cases/{case_id}", Permission("read_cases"), 200, none),
    row("POST /admin/v1/cases/{case_id}/take", Permission("decide_cases"), 204, none),
    // Closed by the first who may.
    row("POST /admin/v1/cases/{case_id}/close", Permission("decide_cases"), ANYTHING, |_| {
        json!({ "decision": "nothing_wrong", "note": "the matrix asks" })
    }),
    row("GET /admin/v1/jobs", Permission("run_jobs"), 200, none),
    // It is not dead.
    row("POST /admin/v1/jobs/{job_id}/retry", Permission("run_jobs"), 409, none),

    row("POST /wechat/pay/notify", Wechat, 401, |_| json!({ "id": "a forgery" })),
    row("POST /wechat/pay/refund-notify", Wechat, 401, |_| json!({ "id": "a forgery" })),
    row("GET /wechat/message", Wechat, 401, none),
    row("POST /wechat/message", Wechat, 401, |_| json!({ "Event": "user_authorization_revoke" })),
    row("GET /healthz/live", Public, 200, none),
    row("GET /healthz/ready", Public, 200, none),
    row("GET /openapi.json", Public, 200, none),
    row("GET /docs", Public, 200, none),
    row("GET /docs/", Public, 200, none),
    row("GET /docs/errors", Public, 200, none),
];
