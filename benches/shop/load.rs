//! The load: a number of connections, each of which asks again as soon as it is answered.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde::Serialize;

use crate::Fault;
use crate::machine::cpu_seconds;

/// How one turn of a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// As it should.
    Done,
    /// With another answer.
    Refused,
    /// There is nothing left to ask.
    Over,
}

/// What was seen in one leg of one round.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sample {
    pub(crate) done: u64,
    pub(crate) refused: u64,
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// CPU of the measured process alone, for each that was done.
    pub(crate) cpu_us: f64,
    /// How much of one core the load itself took: near 1, the figure is the load's, not the shop's.
    pub(crate) load_cores: f64,
}

/// Lets every client take turns until the time is over; `pid` is the process whose CPU is counted.
pub(crate) async fn drive<C, F>(clients: &mut [C], pid: u32, lasting: Duration, turn: F) -> Result<Sample, Fault>
where
    F: AsyncFn(&mut C) -> Result<Turn, Fault>,
{
    let (times, refused, failed) = (RefCell::new(Vec::new()), Cell::new(0), RefCell::new(None));
    let (cpu, own_cpu) = (cpu_seconds(pid)?, cpu_seconds(std::process::id())?);
    let started = Instant::now();
    join_all(clients.iter_mut().map(async |client| {
        while started.elapsed() < lasting && failed.borrow().is_none() {
            let asked = Instant::now();
            match turn(client).await {
                Ok(Turn::Done) => times.borrow_mut().push(asked.elapsed()),
                Ok(Turn::Refused) => refused.set(refused.get() + 1),
                Ok(Turn::Over) => return,
                Err(fault) => *failed.borrow_mut() = Some(fault),
            }
        }
    }))
    .await;
    let took = started.elapsed().as_secs_f64();
    if let Some(fault) = failed.into_inner() {
        return Err(fault);
    }
    let (cpu, own_cpu) = (cpu_seconds(pid)? - cpu, cpu_seconds(std::process::id())? - own_cpu);
    Ok(sample(times.into_inner(), refused.get(), took, cpu, own_cpu))
}

/// From the time that each took, and what all took together.
pub(crate) fn sample(mut times: Vec<Duration>, refused: u64, took: f64, cpu: f64, load_cpu: f64) -> Sample {
    times.sort_unstable();
    let done = times.len() as f64;
    let ms = |per_cent: usize| {
        let index = times.len().saturating_sub(1) * per_cent / 100;
        times.get(index).copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    Sample {
        done: times.len() as u64,
        refused,
        per_second: done / took,
        p50_ms: ms(50),
        p99_ms: ms(99),
        cpu_us: cpu * 1e6 / done.max(1.0),
        load_cores: load_cpu / took,
    }
}
