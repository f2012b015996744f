//! Accounts: made, changed and ended, from the console or by a manager. Each function is a step of a transaction; those that
//! end sessions give them, so that the node can forget them at once.

use secrecy::SecretString;

use super::store;
use crate::base::clock::Timestamp;
use crate::base::db::{DbConn, Tx};
use crate::base::error::{Code, FieldRule, Refusal, Result};
use crate::base::ids::OperatorId;
use crate::domain::staff::Staff;
use crate::domain::staff::password::{self, Hasher};
use crate::domain::staff::{Account, EndReason, FIRST_PASSWORD_LIFE, NAME_LENGTH, Role};
use crate::platform::audit::{self, Entry};

/// A one-time password, to be read out once, and its hash.
pub struct FirstPassword {
    /// What the operator types.
    pub password: SecretString,
    hash: String,
}

impl FirstPassword {
    /// Made before the transaction: hashing takes a while.
    pub async fn make() -> Result<Self> {
        Self::made_by(&Hasher::new()?).await
    }

    /// As [`make`](Self::make), among the hashes of a running server.
    pub(crate) async fn made_in(app: &Staff) -> Result<Self> {
        Self::made_by(&app.operators.hasher).await
    }

    async fn made_by(hasher: &Hasher) -> Result<Self> {
        let password = password::one_time()?;
        Ok(Self { hash: hasher.hash(password.clone()).await?, password })
    }

    /// What a transaction may keep.
    pub fn hash(&self) -> String {
        self.hash.clone()
    }
}

/// An account as managers see it.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = OperatorAccount)]
pub struct Listed {
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// The one-time password was not exchanged yet, and is good until then.
    pub first_password_until: Option<Timestamp>,
    /// Whether the second factor is enrolled.
    pub has_totp: bool,
    /// No login is taken until then.
    pub locked_until: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Since when it is disabled.
    pub disabled_at: Option<Timestamp>,
}

/// Every account, by name, at most 500.
pub fn list(conn: &mut DbConn) -> Result<Vec<Listed>> {
    let rows = store::list(conn)?;
    Ok(rows.into_iter().map(Listed::from).collect())
}

impl From<store::Listed> for Listed {
    fn from(row: store::Listed) -> Self {
        Self {
            name: row.name,
            role: row.role,
            first_password_until: row.password_expires_at,
            has_totp: row.totp_confirmed_at.is_some(),
            locked_until: row.locked_until,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        }
    }
}

const NAME_FORM: FieldRule = FieldRule::new(
    "invalid",
    [
        "账号名为 2 到 32 个小写字母、数字、.、-、_，并以字母开头。",
        "아이디는 소문자, 숫자, ., -, _ 2~32자이며 영문자로 시작합니다.",
        "2 to 32 lower-case letters, digits, '.', '-', '_', beginning with a letter.",
    ],
);
const NAME_TAKEN: FieldRule = FieldRule::new(
    "taken",
    [
        "该账号名已被使用（含已停用账号）。",
        "이미 사용된 아이디입니다(비활성 계정 포함).",
        "The name is taken, perhaps by a disabled account.",
    ],
);

/// Lower-case letters, digits, `.`, `-` and `_`, beginning with a letter: one spelling of each name.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
    let good = NAME_LENGTH.contains(&name.len())
        && name.bytes().all(known)
        && name.starts_with(|first: char| first.is_ascii_lowercase());
    if good { Ok(()) } else { Err(Refusal::field("name", NAME_FORM).into()) }
}

/// Makes an account. 409 if the name is taken, also by a disabled one: the audit log must not speak of two people.
pub fn add(tx: &mut Tx, name: &str, role: Role, password_hash: &str, by: &Entry, now: Timestamp) -> Result<()> {
    check_name(name)?;
    if !store::insert(tx, name, role, password_hash, now.plus(FIRST_PASSWORD_LIFE), now)? {
        return Err(Refusal::new(Code::WrongState).and_field("name", NAME_TAKEN).into());
    }
    audit::record(tx, &by.clone().on("operator", name).detail(role.as_str()), now)
}

/// Gives another role; gives the sessions that ended by it.
pub fn set_role(tx: &mut Tx, name: &str, role: Role, by: &Entry, now: Timestamp) -> Result<Vec<String>> {
    let account = find(tx, name)?;
    if account.role == role {
        return Ok(Vec::new());
    }
    if !store::set_role(tx, &account, role)? {
        return Err(Code::WrongState.into());
    }
    let change = format!("{} -> {}", account.role.as_str(), role.as_str());
    audit::record(tx, &by.clone().on("operator", name).detail(change), now)?;
    store::end_sessions(tx, account.id, None, EndReason::Role, now)
}

/// Disables or enables; gives the sessions that ended by it.
pub fn set_disabled(tx: &mut Tx, name: &str, disabled: bool, by: &Entry, now: Timestamp) -> Result<Vec<String>> {
    let account = find(tx, name)?;
    if account.disabled_at.is_some() == disabled {
        return Ok(Vec::new());
    }
    if !store::set_disabled(tx, account.id, disabled.then_some(now))? {
        return Err(Code::WrongState.into());
    }
    audit::record(tx, &by.clone().on("operator", name), now)?;
    if disabled { store::end_sessions(tx, account.id, None, EndReason::Disabled, now) } else { Ok(Vec::new()) }
}

/// A new one-time password, and no second factor: for who has lost either. Gives the sessions that ended by it.
pub fn reset(tx: &mut Tx, name: &str, password_hash: &str, by: &Entry, now: Timestamp) -> Result<Vec<String>> {
    let account = find(tx, name)?;
    if !store::reset(tx, &account, password_hash, now.plus(FIRST_PASSWORD_LIFE))? {
        return Err(Code::WrongState.into());
    }
    audit::record(tx, &by.clone().on("operator", name), now)?;
    store::end_sessions(tx, account.id, None, EndReason::Reset, now)
}

/// Makes sure that whoever acts on accounts still may, until the transaction ends: what is known of a session may be some seconds old,
/// and two managers who disable each other at once would leave nobody. To be called first.
pub(crate) fn lock_manager(tx: &mut Tx, operator: OperatorId, role: Role) -> Result<()> {
    if store::lock_with_role(tx, operator, role)? { Ok(()) } else { Err(Code::Unauthorized.into()) }
}

fn find(tx: &mut Tx, name: &str) -> Result<Account> {
    store::by_name(tx, name)?.ok_or_else(|| Code::NotFound.into())
}

/// The sessions have ended: nobody on this node is let in by them any more.
pub(crate) fn forget(app: &Staff, ended: &[String]) {
    app.operators.sessions.forget_all(ended);
}
