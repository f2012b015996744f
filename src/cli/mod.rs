//! The command line: one file a subcommand.

mod backup;
mod database;
#[cfg(feature = "sandbox")]
mod demo;
mod doctor;
mod init;
mod jobs;
mod keys;
mod legal;
mod operator;
mod runbook;
mod runbook_signals;
mod seed;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::base::text::Lang;

pub use seed::{SeedReport, seed};

/// The back end of Gunpo Mall.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the shop. Configured by variables and `.env`; see `.env.example`.
    Serve {
        /// Run pending migrations first.
        #[arg(long)]
        migrate: bool,
    },
    /// Run the shop with a stand-in of WeChat, a catalogue and a buyer; nothing to configure.
    #[cfg(feature = "sandbox")]
    Demo(demo::DemoArgs),
    /// Write a `.env` for a new shop: makes the secrets, asks for the rest.
    Init(init::InitArgs),
    /// Run pending database migrations.
    Migrate,
    /// Write the demo catalogue into the configured database.
    Seed {
        /// Also add so many finished orders, to see how the shop behaves when it has many. Not while it runs.
        #[arg(long)]
        orders: Option<u64>,
    },
    /// Copy the database into a new file, while the shop serves. Keys are not in it.
    Backup {
        /// Where to; nothing is overwritten.
        file: PathBuf,
    },
    /// Write a backup into the configured database, which must be new.
    Restore {
        /// The backup.
        file: PathBuf,
        /// Only look whether it can be used: integrity, schema, stock and money.
        #[arg(long)]
        check: bool,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Check configuration, database and books; report every fault and what a person does.
    Doctor {
        /// Of what a person does: zh, ko or en.
        #[arg(long, default_value = "en", value_parser = lang)]
        lang: Lang,
    },
    /// Print the runbook: every kind of case and every job, and what a person does.
    Runbook,
    /// Print which data is kept, of whom, and until when.
    Data,
    /// Terms, privacy text, and the consent to keeping an ID number.
    #[command(subcommand)]
    Legal(legal::LegalCommand),
    /// Accounts of the people who run the shop.
    #[command(subcommand)]
    Operator(operator::OperatorCommand),
    /// Keys that seal personal data.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Look at the job table.
    #[command(subcommand)]
    Jobs(jobs::JobsCommand),
}

/// Parses the arguments and runs the command. Faults go to standard error, one a line.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    crate::base::observability::init_log();
    let ran = actix_web::rt::System::new().block_on(run(cli.command));
    crate::base::observability::flush_log();
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("gunpo-mall: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// Any fault, as text for the operator.
type Fault = Box<dyn std::error::Error>;

async fn run(command: Command) -> Result<(), Fault> {
    match command {
        Command::Serve { migrate } => serve::run(migrate).await,
        #[cfg(feature = "sandbox")]
        Command::Demo(args) => demo::run(args).await,
        Command::Init(args) => init::run(args).await,
        Command::Migrate => database::migrate(),
        Command::Seed { orders } => database::seed_configured(orders).await,
        Command::Backup { file } => backup::backup(&file),
        Command::Restore { file, check } => backup::restore(&file, check).await,
        Command::Openapi => print(&crate::http::openapi::document()),
        Command::Doctor { lang } => doctor::run(lang).await,
        Command::Runbook => print(runbook::render().trim_end()),
        Command::Data => print(crate::boot::data_map::page().trim_end()),
        Command::Legal(command) => legal::run(command).await,
        Command::Operator(command) => operator::run(command).await,
        Command::Keys(command) => keys::run(command).await,
        Command::Jobs(command) => jobs::run(command).await,
    }
}

fn lang(text: &str) -> Result<Lang, String> {
    Lang::ALL.into_iter().find(|lang| lang.code() == text).ok_or_else(|| "zh, ko or en".to_owned())
}

/// Who reads the output may have seen enough (`| head`): that is no fault.
fn print(text: &str) -> Result<(), Fault> {
    use std::io::{ErrorKind, Write};
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Variables of this process over `.env`.
fn variables() -> Result<std::collections::HashMap<String, String>, Fault> {
    Ok(crate::base::config::environment(&PathBuf::from(".env"))?)
}
