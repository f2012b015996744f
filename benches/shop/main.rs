//! What the shop does in a second, and beside it what the same machine does without the shop. `cargo bench` measures and prints one
//! table; `docs/performance.md` says how it is measured and how the figures are to be read.
//!
//! Processes: this one is the load; the shop, the stand-in of WeChat and the bare server each run as their own, so that the CPU
//! of the shop is the shop's alone. The last two are this binary again, with an argument.

#![allow(
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "figures for people"
)]

mod bare;
mod buyers;
mod database;
mod legs;
mod load;
mod machine;
mod options;
mod order_sql;
mod postgres;
mod processes;
mod purchase;
mod report;
mod round;
mod stand_in;
mod table;
#[path = "../../tests/it/support/variables.rs"]
mod variables;
#[path = "../../tests/load/wire.rs"]
#[allow(dead_code, reason = "the flood test uses the rest of it")]
mod wire;
mod world;

use std::process::ExitCode;

use clap::Parser;

use crate::options::{Options, Own};
use crate::processes::StandIn;
use crate::report::Report;
use crate::world::World;

/// Any fault; the first one ends the run, for half a measurement is none.
type Fault = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let options = Options::parse();
    let ran = match &options.own {
        Some(Own::Bare { pages }) => actix_web::rt::System::new().block_on(bare::serve(pages)),
        Some(Own::StandIn { account }) => actix_web::rt::System::new().block_on(stand_in::serve(account)),
        None => actix_web::rt::System::new().block_on(measure(&options)),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("bench: {fault}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(options: &Options) -> Result<(), Fault> {
    let folder = options::folder()?;
    let work = tempfile::tempdir_in(&folder)?;
    let mut report = Report::new(options, machine::describe(work.path())?);
    println!("{}", report.head());
    let stand_in = StandIn::start(work.path())?;
    let mut worlds = Vec::new();
    for database in options.databases()? {
        let server = database.server(work.path())?;
        for orders in options.orders() {
            worlds.push(World::build(options, server.as_ref(), orders, work.path(), &stand_in).await?);
        }
    }
    for round in 0..options.rounds() {
        for world in &worlds {
            println!("round {} of {}: {}, {} orders", round + 1, options.rounds(), world.database.name(), world.orders);
            round::run(options, world, &stand_in, &mut report).await?;
        }
    }
    for world in &worlds {
        world.check_books(&stand_in)?;
    }
    report.write(&folder, &table::render(&report))?;
    println!("\n{}", table::render(&report));
    Ok(())
}
