//! Everybody who calls, and what they call with.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use gunpo_mall::base::db::schema::{operator_sessions, operators};
use gunpo_mall::domain::cases::{self, CaseKind, NewCase};
use gunpo_mall::domain::staff::service::FirstPassword;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::OnceCell;

use crate::support::{Buyer, TestShop};

const PRODUCT: &str = "red-ginseng-stick";

/// What is wrong with a token that is good otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forgery {
    NoAudience,
    OtherAudience,
    OtherIssuer,
    Expired,
    NotYet,
    NoSession,
    Unsigned,
    OtherAlgorithm,
    OtherKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Nobody,
    BuyerA,
    BuyerB,
    /// Buyer A's token with one thing wrong.
    Buyer(Forgery),
    /// An operator whose role this is, set up and stepped up.
    Operator(&'static str),
    /// A manager who has not given the password again.
    NotSteppedUp,
    /// A manager whose password is a one-time one.
    NotSetUp,
    /// The manager's token with one thing wrong.
    Manager(Forgery),
}

/// Everybody. One more role is one more line.
pub(super) const ACTORS: &[(&str, Who)] = &[
    ("nobody", Who::Nobody),
    ("buyer A", Who::BuyerA),
    ("buyer B", Who::BuyerB),
    ("buyer, token without aud", Who::Buyer(Forgery::NoAudience)),
    ("buyer, token for operators", Who::Buyer(Forgery::OtherAudience)),
    ("buyer, token of another issuer", Who::Buyer(Forgery::OtherIssuer)),
    ("buyer, expired token", Who::Buyer(Forgery::Expired)),
    ("buyer, token of tomorrow", Who::Buyer(Forgery::NotYet)),
    ("buyer, token of no session", Who::Buyer(Forgery::NoSession)),
    ("buyer, unsigned token", Who::Buyer(Forgery::Unsigned)),
    ("buyer, token by HS512", Who::Buyer(Forgery::OtherAlgorithm)),
    ("buyer, token by another key", Who::Buyer(Forgery::OtherKey)),
    ("picker", Who::Operator("picker")),
    ("service", Who::Operator("service")),
    ("finance", Who::Operator("finance")),
    ("manager", Who::Operator("manager")),
    ("auditor", Who::Operator("auditor")),
    ("manager, not stepped up", Who::NotSteppedUp),
    ("manager, not set up", Who::NotSetUp),
    ("manager, token without aud", Who::Manager(Forgery::NoAudience)),
    ("manager, token for buyers", Who::Manager(Forgery::OtherAudience)),
    ("manager, expired token", Who::Manager(Forgery::Expired)),
    ("manager, token of no session", Who::Manager(Forgery::NoSession)),
    ("manager, unsigned token", Who::Manager(Forgery::Unsigned)),
    ("manager, token by the buyers' key", Who::Manager(Forgery::OtherKey)),
];

/// What stands in paths and bodies.
#[derive(Clone, Default)]
pub(super) struct Things {
    pub(super) name: String,
    pub(super) order_no: String,
    pub(super) address_id: String,
    pub(super) refresh_token: String,
    pub(super) newcomer: String,
    pub(super) password: String,
    pub(super) sku_id: String,
    pub(super) payable_fen: i64,
    pub(super) terms_version: String,
    pub(super) login_code: String,
    pub(super) fresh_name: String,
    pub(super) case_id: String,
}

impl Things {
    pub(super) fn fill(&self, path: &str) -> String {
        let parts = [
            ("{order_no}", self.order_no.as_str()),
            ("{id}", &self.address_id),
            ("{sku_id}", &self.sku_id),
            ("{product}", PRODUCT),
            ("{slug}", "hongsaemtteul"),
            ("{document}", "terms"),
            ("{name}", &self.newcomer),
            ("{case_id}", &self.case_id),
            ("{job_id}", "999999"),
        ];
        let filled = parts.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value));
        assert!(!filled.contains('{'), "{path}: what stands there?");
        filled
    }

    pub(super) fn items(&self) -> Value {
        json!([{ "sku_id": self.sku_id, "quantity": 1 }])
    }

    pub(super) fn order(&self) -> Value {
        json!({ "items": self.items(), "address_id": self.address_id,
            "expected_payable_fen": self.payable_fen, "notice_version": "2026-11-01" })
    }

    /// With codes that are good once.
    pub(super) fn with_codes(&self, shop: &TestShop) -> Self {
        let login_code = shop.wechat.login(&self.name);
        let letters = login_code.chars().filter(char::is_ascii_alphanumeric).take(20).collect::<String>();
        Self { login_code, fresh_name: format!("n{}", letters.to_ascii_lowercase()), ..self.clone() }
    }
}

pub(super) fn identity() -> Value {
    json!({ "name": "王小明", "id_number": "11010519491231002X", "consent_version": "2026-11-01" })
}

/// Everybody, new for each operation: some operations end sessions and accounts.
pub(super) struct Cast {
    pub(super) a: Things,
    pub(super) b: Things,
    pub(super) missing: Things,
    tokens: [String; 2],
    claims: Value,
    operators: Vec<(Who, Value)>,
    secret: String,
}

impl Cast {
    pub(super) async fn gather(shop: &TestShop, number: usize, operation: &str) -> Self {
        let operators = hire(shop, number).await;
        let buyers = [shop.buyer(&format!("a{number}")).await, shop.buyer(&format!("b{number}")).await];
        let [mut a, mut b] = [things(&buyers[0], operation).await, things(&buyers[1], operation).await];
        for things in [&mut a, &mut b] {
            things.newcomer = format!("newcomer{number}");
        }
        let missing = Things {
            order_no: "20260101zzzzzzzzzzzzzz".into(),
            address_id: "zzzzzzzzzzzzzzzz".into(),
            newcomer: "nobody".into(),
            case_id: "999999".into(),
            ..a.clone()
        };
        let tokens = buyers.map(|buyer| buyer.token);
        let secret = shop.app.settings.jwt_secret.expose_secret().to_owned();
        let cast = Self { a, b, missing, claims: payload(&tokens[0]), tokens, operators, secret };
        // Signed anew without a change it is still good: what is refused below is refused for what is wrong with it.
        let again = sign(Algorithm::HS256, cast.secret.as_bytes(), &cast.claims);
        assert_eq!(shop.send(reqwest::Method::GET, "/api/v1/cart", &again, None, None).await.status, 200);
        cast
    }

    pub(super) fn token(&self, who: Who) -> String {
        let own_key = self.secret.as_bytes();
        let operators_key = operators_key(own_key);
        match who {
            Who::Nobody => String::new(),
            Who::BuyerA => self.tokens[0].clone(),
            Who::BuyerB => self.tokens[1].clone(),
            Who::Buyer(forgery) => {
                forge(forgery, own_key, &self.claims, "gunpo-mall/operator", b"a key of somebody else, quite long")
            }
            Who::Manager(forgery) => {
                let claims = self.claims_of(Who::Operator("manager"));
                forge(forgery, &operators_key, claims, "gunpo-mall/consumer", own_key)
            }
            operator => sign(Algorithm::HS256, &operators_key, self.claims_of(operator)),
        }
    }

    fn claims_of(&self, who: Who) -> &Value {
        &self.operators.iter().find(|(of, _)| *of == who).unwrap().1
    }
}

async fn things(buyer: &Buyer<'_>, operation: &str) -> Things {
    let (sku_id, _) = buyer.shop.sku(PRODUCT).await;
    buyer.put("/api/v1/identity", &identity()).await.expect(200);
    let quote = buyer.quote(&json!([{ "sku_id": sku_id, "quantity": 1 }])).await;
    let terms = buyer.get("/api/v1/legal/terms").await.body;
    Things {
        name: buyer.name.clone(),
        order_no: if operation.contains("{order_no}") { buyer.order(PRODUCT, 1).await } else { String::new() },
        address_id: buyer.address_id.clone(),
        refresh_token: buyer.refresh_token.clone(),
        password: password().await.password.expose_secret().to_owned(),
        sku_id,
        payable_fen: quote["payable_fen"].as_i64().unwrap(),
        terms_version: terms["version"].as_str().unwrap_or_default().to_owned(),
        case_id: if operation.contains("{case_id}") { open_case(buyer).await } else { String::new() },
        ..Things::default()
    }
}

/// A case of this buyer's, open.
async fn open_case(buyer: &Buyer<'_>) -> String {
    let app = &buyer.shop.app;
    let case = NewCase::once(CaseKind::NotifyMalformed, buyer.name.as_str(), json!({}));
    let (now, metrics) = (app.clock.timestamp(), app.metrics.clone());
    app.db.write(move |tx| cases::open(tx, &metrics, &case, now)).await.unwrap();
    app.db.read(|rx| cases::list_open(rx)).await.unwrap().last().unwrap().id.to_string()
}

/// Of every operator here: hashing takes long.
async fn password() -> &'static FirstPassword {
    static PASSWORD: OnceCell<FirstPassword> = OnceCell::const_new();
    PASSWORD.get_or_init(async || FirstPassword::make().await.unwrap()).await
}

/// Accounts and sessions of operators, as if they had logged in, and what a token of each claims.
async fn hire(shop: &TestShop, number: usize) -> Vec<(Who, Value)> {
    let hash = password().await.hash();
    let now = shop.app.clock.now().naive_utc();
    let mut hired = Vec::new();
    let roles =
        ["picker", "service", "finance", "manager", "auditor"].map(|role| (role.to_owned(), role, Who::Operator(role)));
    let others =
        [("hasty".to_owned(), "manager", Who::NotSteppedUp), ("newcomer".to_owned(), "manager", Who::NotSetUp)];
    for (name, role, who) in roles.into_iter().chain(others) {
        let (name, sid) = (format!("{name}{number}"), format!("sid{number}x{name}"));
        let account =
            Account { name, role, hash: &hash, new: who == Who::NotSetUp, stepped_up: who != Who::NotSteppedUp };
        let id = account.store(shop, sid.clone(), now).await;
        let iat = now.and_utc().timestamp();
        let claims = json!({ "aud": "gunpo-mall/operator", "iss": "gunpo-mall", "sub": id.to_string(), "sid": sid,
            "exp": iat + 3600, "nbf": iat - 60, "iat": iat });
        hired.push((who, claims));
    }
    hired
}

struct Account<'a> {
    name: String,
    role: &'static str,
    hash: &'a str,
    new: bool,
    stepped_up: bool,
}

impl Account<'_> {
    async fn store(&self, shop: &TestShop, sid: String, now: NaiveDateTime) -> i64 {
        let (name, role, hash) = (self.name.clone(), self.role, self.hash.to_owned());
        let password_expires_at = self.new.then_some(now + Duration::hours(72));
        let totp_confirmed_at = (!self.new).then_some(now);
        let stepped_up_at = self.stepped_up.then_some(now);
        let stored = shop.app.db.write(move |tx| {
            let conn: &mut gunpo_mall::base::db::DbConn = tx;
            let id: i64 = diesel::insert_into(operators::table)
                .values((
                    operators::name.eq(&name),
                    operators::role.eq(role),
                    operators::password_hash.eq(&hash),
                    operators::password_expires_at.eq(password_expires_at),
                    operators::totp_confirmed_at.eq(totp_confirmed_at),
                    operators::totp_last_step.eq(0),
                    operators::failed_attempts.eq(0),
                    operators::created_at.eq(now),
                ))
                .returning(operators::id)
                .get_result(conn)?;
            diesel::insert_into(operator_sessions::table)
                .values((
                    operator_sessions::sid.eq(&sid),
                    operator_sessions::operator_id.eq(id),
                    operator_sessions::created_at.eq(now),
                    operator_sessions::last_seen_at.eq(now),
                    operator_sessions::expires_at.eq(now + Duration::hours(12)),
                    operator_sessions::stepped_up_at.eq(stepped_up_at),
                ))
                .execute(conn)?;
            Ok(id)
        });
        stored.await.unwrap()
    }
}

fn forge(forgery: Forgery, key: &[u8], good: &Value, other_audience: &str, other_key: &[u8]) -> String {
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        sign(Algorithm::HS256, key, &claims)
    };
    let seconds = |name: &str| good[name].as_i64().unwrap();
    match forgery {
        Forgery::NoAudience => {
            let mut claims = good.clone();
            claims.as_object_mut().unwrap().remove("aud");
            sign(Algorithm::HS256, key, &claims)
        }
        Forgery::OtherAudience => with("aud", json!(other_audience)),
        Forgery::OtherIssuer => with("iss", json!("another-mall")),
        Forgery::Expired => with("exp", json!(seconds("iat") - 1)),
        Forgery::NotYet => with("nbf", json!(seconds("iat") + 86_400)),
        Forgery::NoSession => with("sid", json!("no-such-session")),
        Forgery::OtherAlgorithm => sign(Algorithm::HS512, key, good),
        Forgery::OtherKey => sign(Algorithm::HS256, other_key, good),
        Forgery::Unsigned => {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            format!("{}.{}.", part(&json!({ "alg": "none", "typ": "JWT" })), part(good))
        }
    }
}

fn sign(algorithm: Algorithm, key: &[u8], claims: &Value) -> String {
    jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(key)).unwrap()
}

/// As `operators::tokens` derives it.
fn operators_key(secret: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.chain_update(b"gunpo-mall/operator-token/1").finalize().into_bytes().to_vec()
}

fn payload(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
