//! Roles and what they may do. A permission that is not in the table is not had.

use crate::base::sql_types::sql_text_enum;

sql_text_enum! {
    /// What a person who runs the shop is there for.
    pub enum Role {
        /// Picks and packs in Linyi. Has routes of its own once there are parcels; none of those here.
        Picker = "picker",
        /// Talks with buyers.
        Service = "service",
        /// Looks after the money.
        Finance = "finance",
        /// Runs the shop, and makes and ends accounts.
        Manager = "manager",
        /// Reads everything that was done, and changes nothing.
        Auditor = "auditor",
    }
}

sql_text_enum! {
    /// A thing that one may be allowed to do.
    pub enum Permission {
        /// Lists and details of orders, masked.
        ReadOrders = "read_orders",
        /// Name, phone and street of one order's consignee, with a reason.
        RevealPersonalData = "reveal_personal_data",
        /// Cases: what a person has to look at.
        ReadCases = "read_cases",
        /// Taking cases and ending them.
        DecideCases = "decide_cases",
        /// Jobs: seeing them, and giving dead ones a new life.
        RunJobs = "run_jobs",
        /// The audit log.
        ReadAudit = "read_audit",
        /// Accounts of operators.
        ManageOperators = "manage_operators",
    }
}

impl Role {
    /// The table of permissions.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::{DecideCases, ManageOperators, ReadAudit, ReadCases, ReadOrders, RevealPersonalData, RunJobs};
        match self {
            Self::Picker => &[],
            Self::Service => &[ReadOrders, RevealPersonalData, ReadCases],
            Self::Finance => &[ReadOrders, ReadCases, DecideCases],
            Self::Manager => {
                &[ReadOrders, RevealPersonalData, ReadCases, DecideCases, RunJobs, ReadAudit, ManageOperators]
            }
            Self::Auditor => &[ReadOrders, ReadCases, ReadAudit],
        }
    }

    /// Whether this role has a permission.
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

/// A permission as a type, for the signatures of handlers.
pub(crate) trait Grants: 'static {
    /// Which one.
    const PERMISSION: Permission;
}

macro_rules! permission_types {
    ($($name:ident),+ $(,)?) => {
        /// Each permission as a type: `May<ReadOrders>`.
        pub(crate) mod types {
            use super::{Grants, Permission};

            $(
                #[doc = concat!("[`Permission::", stringify!($name), "`] as a type.")]
                pub(crate) enum $name {}

                impl Grants for $name {
                    const PERMISSION: Permission = Permission::$name;
                }
            )+
        }
    };
}

permission_types!(ReadOrders, RevealPersonalData, ReadCases, DecideCases, RunJobs, ReadAudit, ManageOperators);
