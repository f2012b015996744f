//! The `Idempotency-Key` header.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::base::error::{FieldRule, Refusal, Result, Wrong};
use crate::web::Problem;

const HEADER: &str = "Idempotency-Key";
const LENGTH: std::ops::RangeInclusive<usize> = 8..=64;

const FORM: FieldRule = FieldRule::new(
    "invalid",
    [
        "须为 8 到 64 个可见 ASCII 字符，且只能出现一次。",
        "보이는 ASCII 문자 8~64자를 한 번만 보내 주세요.",
        "8 to 64 visible ASCII characters, exactly once.",
    ],
);

/// The key under which a client repeats a request: 8 to 64 visible ASCII characters, exactly once; else 400.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key.
    pub fn into_inner(self) -> String {
        self.0
    }

    fn read(request: &HttpRequest) -> Result<Self> {
        let mut values = request.headers().get_all(HEADER);
        let only = match (values.next(), values.next()) {
            (None, _) => return Err(Refusal::field(HEADER, Wrong::Missing).into()),
            (Some(only), None) => only.as_bytes(),
            (Some(_), Some(_)) => return Err(Refusal::field(HEADER, FORM).into()),
        };
        if only.len() > *LENGTH.end() {
            return Err(Refusal::field(HEADER, Wrong::TooLong(*LENGTH.end() as u64)).into());
        }
        match std::str::from_utf8(only) {
            Ok(key) if LENGTH.contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Ok(Self(key.to_owned()))
            }
            _ => Err(Refusal::field(HEADER, FORM).into()),
        }
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request).map_err(Problem::from))
    }
}
