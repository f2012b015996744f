//! The columns whose words both databases check. A test reads their rules and compares. Words that only explain (why a session or an order
//! ended) are not checked: an unknown one must not stop a write.

use crate::domain::cases::CaseDecision;
use crate::domain::catalogue::{CustomsStatus, Supervision};
use crate::domain::content::{Document, Language};
use crate::domain::orders::{Actor, EventKind, Hold, OrderState};
use crate::domain::payments::PaymentState;
use crate::domain::refunds::RefundState;
use crate::domain::staff::Role;
use crate::domain::stock::MoveKind;
use crate::platform::jobs::JobState;

/// A column and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub table: &'static str,
    pub column: &'static str,
    /// What it may hold beside NULL.
    pub words: Vec<&'static str>,
}

macro_rules! words {
    ($($table:ident.$column:ident: $Enum:ident,)+) => {
        /// All of them.
        pub fn words() -> Vec<Words> {
            vec![$(Words {
                table: stringify!($table),
                column: stringify!($column),
                words: $Enum::ALL.iter().map(|word| word.as_str()).collect(),
            },)+]
        }
    };
}

words! {
    cases.decision: CaseDecision,
    consents.language: Language,
    customers.language: Language,
    jobs.state: JobState,
    legal_documents.document: Document,
    operators.role: Role,
    order_events.actor: Actor,
    order_events.kind: EventKind,
    orders.hold: Hold,
    orders.state: OrderState,
    payments.state: PaymentState,
    products.supervision: Supervision,
    orders.supervision: Supervision,
    refunds.state: RefundState,
    sku_customs.status: CustomsStatus,
    stock_moves.kind: MoveKind,
}
