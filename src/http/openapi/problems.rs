//! The error document as a type: the members that some codes add to it.

use utoipa::Modify;
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, OneOfBuilder, OpenApi, Ref, RefOr, Schema, Type};

use crate::base::error::Code;

/// A member of the error document that not every code has.
struct Member {
    name: &'static str,
    codes: &'static [Code],
    what: &'static str,
    schema: fn() -> RefOr<Schema>,
}

const MEMBERS: &[Member] = &[
    Member {
        name: "reason",
        codes: &[Code::Unauthorized, Code::LimitReached],
        what: "Which of the code's cases it is. `unauthorized`: `no_token`, `wrong_scheme`, `invalid_token`, `expired_token`, \
               `session_ended`. `limit_reached`: `per_order`, `cart_lines`, `unpaid_orders`, `unpaid_pieces`, `addresses`.",
        schema: text,
    },
    Member {
        name: "quote",
        codes: &[Code::PriceChanged],
        what: "The price now, as POST /api/v1/quotes gives it.",
        schema: || Ref::from_schema_name("QuoteView").into(),
    },
    Member {
        name: "problems",
        codes: &[
            Code::OutOfStock,
            Code::LimitReached,
            Code::SplitRequired,
            Code::PlaceNotServed,
            Code::ValueLimit,
            Code::IdentityRequired,
        ],
        what: "Everything that stands against the order.",
        schema: || list("QuoteProblem"),
    },
    Member {
        name: "lines",
        codes: &[Code::OutOfStock, Code::LimitReached],
        what: "The lines at fault.",
        schema: || list("QuoteProblem"),
    },
    Member {
        name: "groups",
        codes: &[Code::SplitRequired],
        what: "What can go into one order each.",
        schema: || list("OrderGroup"),
    },
    Member { name: "limit", codes: &[Code::LimitReached], what: "How many are allowed.", schema: number },
    Member {
        name: "limit_fen",
        codes: &[Code::ValueLimit],
        what: "Most that an order may be worth, fen.",
        schema: number,
    },
    Member {
        name: "hold",
        codes: &[Code::WrongState],
        what: "What holds the order, or null.",
        schema: || OneOfBuilder::new().item(text()).item(ObjectBuilder::new().schema_type(Type::Null)).into(),
    },
    Member { name: "state", codes: &[Code::WrongState], what: "The state that it is in now.", schema: text },
    Member {
        name: "notice_version",
        codes: &[Code::NoticeChanged],
        what: "The consumer notice that counts now.",
        schema: text,
    },
    Member {
        name: "document",
        codes: &[Code::ConsentRequired],
        what: "What must be agreed to: `/api/v1/legal/{document}`.",
        schema: text,
    },
    Member {
        name: "version",
        codes: &[Code::DocumentChanged, Code::ConsentRequired],
        what: "The version that counts now.",
        schema: text,
    },
    Member {
        name: "retry_after_s",
        codes: &[Code::TooManyRequests, Code::WechatUnavailable],
        what: "Seconds to wait; the header `Retry-After` says the same.",
        schema: number,
    },
];

fn text() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).into()
}

fn number() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Integer).into()
}

fn list(of: &str) -> RefOr<Schema> {
    ArrayBuilder::new().items(Ref::from_schema_name(of)).into()
}

/// Adds the members to the error document.
pub(super) struct ProblemMembers;

impl Modify for ProblemMembers {
    fn modify(&self, api: &mut OpenApi) {
        let components = api.components.get_or_insert_default();
        let Some(RefOr::T(Schema::Object(problem))) = components.schemas.get_mut("Problem") else { return };
        for member in MEMBERS {
            let codes: Vec<String> = member.codes.iter().map(|code| format!("`{}`", code.as_str())).collect();
            let said = Some(format!("With {}. {}", codes.join(", "), member.what));
            let mut schema = (member.schema)();
            match &mut schema {
                RefOr::T(Schema::Object(object)) => object.description = said,
                RefOr::T(Schema::Array(list)) => list.description = said,
                RefOr::T(Schema::OneOf(either)) => either.description = said,
                // A reference says what its type says.
                _ => {}
            }
            problem.properties.insert(member.name.to_owned(), schema);
        }
    }
}

/// Members that a code adds, with what they are.
pub(in crate::http) fn members_of(code: Code) -> impl Iterator<Item = (&'static str, &'static str)> {
    MEMBERS.iter().filter(move |member| member.codes.contains(&code)).map(|member| (member.name, member.what))
}
