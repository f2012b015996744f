//! `operator`: accounts of the people who run the shop, from the console. On SQLite a running server holds the file: stop
//! it, or let a manager do it through the API.

use clap::{Subcommand, ValueEnum};
use secrecy::ExposeSecret;

use super::{Fault, print, variables};
use crate::base::clock::{Clock, Timestamp};
use crate::base::config::DatabaseSettings;
use crate::base::db::{Db, Tx};
use crate::base::error::{Error, Result};
use crate::domain::staff::service::{self, FirstPassword};
use crate::domain::staff::{FIRST_PASSWORD_LIFE, Role};
use crate::platform::audit::{Entry, Peer};

#[derive(Subcommand)]
pub(super) enum OperatorCommand {
    /// Make an account; prints its one-time password, once.
    Add {
        /// 2 to 32 lower-case letters, digits, '.', '-', '_'.
        name: String,
        /// What the operator is there for.
        #[arg(long)]
        role: Role,
    },
    /// Show all accounts.
    List,
    /// End an account: nobody gets in by it any more.
    Disable {
        /// Name of the account.
        name: String,
    },
    /// Open a disabled account again.
    Enable {
        /// Name of the account.
        name: String,
    },
    /// Give an account another role.
    Role {
        /// Name of the account.
        name: String,
        /// The new one.
        role: Role,
    },
    /// A new one-time password and no second factor, for who has lost either.
    Reset {
        /// Name of the account.
        name: String,
    },
}

impl ValueEnum for Role {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.as_str()))
    }
}

/// Not set: nobody logged in, as for a service.
const NO_LOGIN: u32 = u32::MAX;

/// Who is at the console, by number: the user who logged in, also behind `sudo`, else the one whose process this is. Variables
/// like `SUDO_USER` can be anything.
fn real_user() -> String {
    let login = std::fs::read_to_string("/proc/self/loginuid").ok();
    let login = login.and_then(|text| text.trim().parse().ok()).filter(|uid| *uid != NO_LOGIN);
    format!("uid {}", login.unwrap_or_else(|| rustix::process::getuid().as_raw()))
}

pub(super) async fn run(command: OperatorCommand) -> std::result::Result<(), Fault> {
    let map = variables()?;
    let settings = DatabaseSettings::from_map(&map)?;
    let user = real_user();
    let console = Console { user: &user, now: Clock::system().timestamp() };
    let now = console.now;
    match command {
        OperatorCommand::List => list(&Db::open_reading(&settings)?).await,
        OperatorCommand::Add { name, role } => {
            let (db, by, first) = (Db::open(&settings)?, console.entry("operator.added"), FirstPassword::make().await?);
            let (row, hash) = (name.clone(), first.hash());
            write(&db, &name, move |tx| service::add(tx, &row, role, &hash, &by, now)).await?;
            print_once(&name, &first, now)
        }
        OperatorCommand::Reset { name } => {
            let (db, by, first) = (Db::open(&settings)?, console.entry("operator.reset"), FirstPassword::make().await?);
            let (row, hash) = (name.clone(), first.hash());
            write(&db, &name, move |tx| service::reset(tx, &row, &hash, &by, now)).await?;
            print_once(&name, &first, now)
        }
        OperatorCommand::Role { name, role } => {
            let (db, by, row) = (Db::open(&settings)?, console.entry("operator.role_changed"), name.clone());
            write(&db, &name, move |tx| service::set_role(tx, &row, role, &by, now)).await?;
            print(&format!("{name} is {} now", role.as_str()))
        }
        OperatorCommand::Disable { name } => switch(&Db::open(&settings)?, &console, name, true).await,
        OperatorCommand::Enable { name } => switch(&Db::open(&settings)?, &console, name, false).await,
    }
}

/// Who sits at the console, as the system says; the audit log names them so.
struct Console<'a> {
    user: &'a str,
    now: Timestamp,
}

impl Console<'_> {
    fn entry(&self, action: &'static str) -> Entry {
        Entry::new(format!("console:{}", self.user), action, Peer::Console)
    }
}

async fn switch(db: &Db, console: &Console<'_>, name: String, disabled: bool) -> std::result::Result<(), Fault> {
    let (action, word) = if disabled { ("operator.disabled", "disabled") } else { ("operator.enabled", "enabled") };
    let (by, now, row) = (console.entry(action), console.now, name.clone());
    write(db, &name, move |tx| service::set_disabled(tx, &row, disabled, &by, now)).await?;
    print(&format!("{name} is {word}"))
}

/// A write whose refusals are told in words of the console.
async fn write<T: Send + 'static>(
    db: &Db,
    name: &str,
    work: impl Fn(&mut Tx) -> Result<T> + Send + 'static,
) -> std::result::Result<T, Fault> {
    use crate::base::error::Code;
    db.write(work).await.map_err(|error| match error.code() {
        Some(Code::NotFound) => format!("there is no operator {name}").into(),
        Some(Code::WrongState) => {
            format!("{name} is taken (names are not given twice), or was changed just now").into()
        }
        Some(Code::InvalidRequest) => format!(
            "{name} can't be a name: 2 to 32 lower-case letters, digits, '.', '-', '_', beginning with a letter"
        )
        .into(),
        _ => Box::<Error>::new(error) as Fault,
    })
}

/// The only time that the password is seen.
fn print_once(name: &str, first: &FirstPassword, now: Timestamp) -> std::result::Result<(), Fault> {
    print(&format!(
        "{name}'s one-time password, shown this once, good until {}, to be changed at the first login:\n{}",
        now.plus(FIRST_PASSWORD_LIFE).rfc3339(),
        first.password.expose_secret()
    ))
}

async fn list(db: &Db) -> std::result::Result<(), Fault> {
    for account in db.read(|rx| service::list(rx)).await? {
        let state = match (account.disabled_at, account.first_password_until, account.has_totp) {
            (Some(since), _, _) => format!("disabled since {}", since.rfc3339()),
            (None, Some(until), _) => format!("one-time password, good until {}", until.rfc3339()),
            (None, None, false) => "no second factor yet".to_owned(),
            (None, None, true) => "active".to_owned(),
        };
        print(&format!("{:<32}  {:<8}  {state}", account.name, account.role.as_str()))?;
    }
    Ok(())
}
