//! What was measured, round by round; and the medians.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use crate::Fault;
use crate::load::Sample;
use crate::options::Options;
use crate::world::World;

#[derive(Serialize)]
pub(crate) struct Measured {
    pub(crate) database: &'static str,
    pub(crate) orders: u64,
    pub(crate) leg: String,
    pub(crate) connections: usize,
    pub(crate) sample: Sample,
}

/// The shop's process in one round.
#[derive(Clone, Serialize)]
struct Process {
    database: &'static str,
    orders: u64,
    started_ms: f64,
    peak_rss_mb: f64,
}

pub(crate) struct Report {
    machine: Value,
    rounds: u32,
    seconds: u64,
    measured: Vec<Measured>,
    processes: Vec<Process>,
}

/// Of one leg in one world.
#[derive(Clone, Copy)]
pub(crate) struct Medians {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) cpu_us: f64,
    pub(crate) load_cores: f64,
    pub(crate) refused: u64,
}

impl Report {
    pub(crate) fn new(options: &Options, machine: Value) -> Self {
        let (measured, processes) = (Vec::new(), Vec::new());
        Self { machine, rounds: options.rounds(), seconds: options.lasting().as_secs(), measured, processes }
    }

    pub(crate) fn add(&mut self, measured: Measured) {
        self.measured.push(measured);
    }

    pub(crate) fn process(&mut self, world: &World, started_in: Duration, peak_rss_mb: f64) {
        let (database, orders) = (world.database.name(), world.orders);
        let started_ms = started_in.as_secs_f64() * 1e3;
        self.processes.push(Process { database, orders, started_ms, peak_rss_mb });
    }

    pub(crate) fn head(&self) -> String {
        let Self { machine, rounds, seconds, .. } = self;
        format!(
            "{}, {} cores, Linux {}; 4 KB are synced in {} us; load before {}. Legs of {seconds} s, median of {rounds}.",
            machine["cpu"].as_str().unwrap_or_default(),
            machine["cores"],
            machine["kernel"].as_str().unwrap_or_default(),
            machine["sync_us"],
            machine["load_before"].as_str().unwrap_or_default(),
        )
    }

    /// Database and orders of each world, in the order in which they were measured.
    pub(crate) fn worlds(&self) -> Vec<(&'static str, u64)> {
        let mut worlds: Vec<_> = self.processes.iter().map(|process| (process.database, process.orders)).collect();
        worlds.sort_unstable_by_key(|(database, orders)| (*database != "sqlite", *orders));
        worlds.dedup();
        worlds
    }

    /// Legs and connections of a world, in the order in which they were measured first.
    pub(crate) fn legs(&self, world: (&str, u64)) -> Vec<(&str, usize)> {
        let mut seen = BTreeMap::new();
        for (index, one) in self.of(world).enumerate() {
            seen.entry((one.connections, one.leg.as_str())).or_insert(index);
        }
        let mut legs: Vec<_> =
            seen.into_iter().map(|((connections, leg), index)| (index, (leg, connections))).collect();
        legs.sort_unstable();
        legs.into_iter().map(|(_, leg)| leg).collect()
    }

    fn of(&self, (database, orders): (&str, u64)) -> impl Iterator<Item = &Measured> {
        self.measured.iter().filter(move |one| one.database == database && one.orders == orders)
    }

    pub(crate) fn medians(&self, world: (&str, u64), leg: &str, connections: usize) -> Option<Medians> {
        let found = self.of(world).filter(|one| one.leg == leg && one.connections == connections);
        let samples: Vec<&Sample> = found.map(|one| &one.sample).collect();
        let of = |value: fn(&Sample) -> f64| median(samples.iter().map(|sample| value(sample)).collect());
        Some(Medians {
            per_second: of(|sample| sample.per_second)?,
            p50_ms: of(|sample| sample.p50_ms)?,
            p99_ms: of(|sample| sample.p99_ms)?,
            cpu_us: of(|sample| sample.cpu_us)?,
            load_cores: of(|sample| sample.load_cores)?,
            refused: samples.iter().map(|sample| sample.refused).sum(),
        })
    }

    /// Milliseconds to the first answer (median), and the most memory that was ever resident (MB).
    pub(crate) fn process_of(&self, world: (&str, u64)) -> (f64, f64) {
        let found = self.processes.iter().filter(|one| (one.database, one.orders) == world);
        let (started, memory): (Vec<f64>, Vec<f64>) = found.map(|one| (one.started_ms, one.peak_rss_mb)).unzip();
        (median(started).unwrap_or_default(), memory.into_iter().fold(0.0, f64::max))
    }

    /// `result.json` has every sample, `table.md` what is printed.
    pub(crate) fn write(&self, folder: &Path, table: &str) -> Result<(), Fault> {
        let Self { machine, rounds, seconds, measured, processes } = self;
        let all = json!({ "machine": machine, "rounds": rounds, "seconds": seconds, "measured": measured,
            "processes": processes });
        fs::write(folder.join("result.json"), serde_json::to_vec_pretty(&all)?)?;
        fs::write(folder.join("table.md"), table)?;
        println!("\n{}", folder.join("table.md").display());
        Ok(())
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}
