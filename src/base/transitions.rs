//! States that guard. One table a domain says which moves there are; [`advance!`], which takes a move of such a table, is the only `UPDATE`
//! of a `state`. A test reads the sources for any other.

/// Declares the moves of a table's rows between their states.
///
/// ```text
/// transitions! {
///     /// What can happen to an order.
///     OrderMove of OrderState {
///         /// WeChat says paid.
///         Pay: PendingPayment => Paid,
///         /// Ended without delivery.
///         Cancel: PendingPayment | Paid => Cancelled,
///     }
/// }
/// ```
///
/// A move that nobody makes is dead code to the compiler, and fails the build.
macro_rules! transitions {
    (
        $(#[$meta:meta])*
        $Move:ident of $State:ident {
            $($(#[$doc:meta])* $name:ident: $($from:ident)|+ => $to:ident,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $Move { $($(#[$doc])* $name,)+ }

        impl $Move {
            /// The states that it leaves.
            pub(crate) const fn from(self) -> &'static [$State] {
                match self { $(Self::$name => &[$($State::$from,)+],)+ }
            }

            /// The state that it leads to.
            pub(crate) const fn to(self) -> $State {
                match self { $(Self::$name => $State::$to,)+ }
            }

            /// The whole table, one move a line.
            #[cfg(test)]
            pub(crate) fn table() -> Vec<String> {
                let row = |step: &Self| {
                    let from: Vec<_> = step.from().iter().map(|state| state.as_str()).collect();
                    format!("{step:?}: {} -> {}", from.join(" | "), step.to().as_str())
                };
                [$(Self::$name,)+].iter().map(row).collect()
            }
        }
    };
}

/// `advance!(tx, orders, id, step, guard, changes)`: moves one row of a table if its state is one that the step leaves and `guard` holds. The
/// row count decides: `Ok(false)` means that nothing was written. `changes` is what the move needs in the same `UPDATE` (sums, times, a
/// hold): CHECKs are not deferrable.
macro_rules! advance {
    ($tx:expr, $table:ident, $id:expr, $step:expr, $guard:expr, $changes:expr) => {{
        let step = $step;
        let row = $table::table.filter($table::id.eq($id)).filter($table::state.eq_any(step.from())).filter($guard);
        $tx.execute(diesel::update(row).set(($table::state.eq(step.to()), $changes))).map(|rows| rows == 1)
    }};
}

/// For a move that rests on nothing but the state.
pub(crate) fn always() -> diesel::expression::SqlLiteral<diesel::sql_types::Bool> {
    diesel::dsl::sql("1 = 1")
}

pub(crate) use {advance, transitions};
