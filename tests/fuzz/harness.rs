//! Feeds one target until its time is over. proptest makes the inputs and the small form of a finding; the clock, not a number of cases,
//! ends the run.

use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::rand;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestCaseResult, TestError, TestRunner};

use crate::inputs::{Input, inputs};

/// No input may take longer.
const SLOW: Duration = Duration::from_secs(1);
/// A machine that was busy with something else is no finding: slow is what is slow each time.
const TRIES: usize = 3;
/// An input that takes so long will not come back: the process ends, or nobody would see which one it was.
const HANG: Duration = Duration::from_mins(1);
/// Most runs for making a finding small, and most milliseconds.
const SHRINK_RUNS_MAX: u32 = 20_000;
const SHRINK_MS_MAX: u32 = 60_000;

/// Something that reads bytes from outside.
pub(crate) trait Target {
    /// What it should understand: most inputs are these, spoiled.
    fn documents(&self) -> Vec<Vec<u8>>;

    /// Reads one input, and panics if what came of it must not be.
    fn check(&self, input: &Input);
}

/// Runs a target for `FUZZ_SECONDS`.
pub(crate) fn fuzz(name: &str, target: &impl Target) {
    hold_panics();
    let seconds = knob("FUZZ_SECONDS", 60);
    let seed = knob("FUZZ_SEED", fresh_seed());
    println!("fuzz {name}: FUZZ_SEED={seed}");
    let strategy = inputs(target.documents());
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        max_shrink_iters: SHRINK_RUNS_MAX,
        max_shrink_time: SHRINK_MS_MAX,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    });
    let watch = Watch::start(name);
    let (begun, mut count) = (Instant::now(), 0_u64);
    while begun.elapsed() < Duration::from_secs(seconds) {
        let tree = strategy.new_tree(&mut runner).unwrap();
        let end = runner.run_one(tree, |input| judged(target, &watch, &input));
        count += 1;
        match end {
            Ok(_) => {}
            Err(TestError::Fail(why, input)) => {
                panic!(
                    "fuzz {name}: a finding after {count} inputs (FUZZ_SEED={seed})\n{why}\nsmallest input: {input:?}"
                )
            }
            Err(TestError::Abort(why)) => panic!("fuzz {name}: no more inputs after {count}: {why}"),
        }
    }
    println!("fuzz {name}: {count} inputs in {seconds} s, 0 findings");
}

/// A whole number from the environment.
fn knob(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn fresh_seed() -> u64 {
    let mut bytes = [0; 8];
    rand::fill(&mut bytes).unwrap();
    u64::from_le_bytes(bytes)
}

fn judged(target: &impl Target, watch: &Watch, input: &Input) -> TestCaseResult {
    let mut took = Duration::ZERO;
    for _ in 0..TRIES {
        watch.note(Some(input));
        let begun = Instant::now();
        let end = caught(|| target.check(input));
        took = begun.elapsed();
        watch.note(None);
        end.map_err(TestCaseError::fail)?;
        if took <= SLOW {
            return Ok(());
        }
    }
    Err(TestCaseError::fail(format!("took {} ms, {TRIES} times in a row", took.as_millis())))
}

thread_local! {
    static HOLDING: Cell<bool> = const { Cell::new(false) };
    static HELD: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Making a finding small panics thousands of times: those are kept with their place instead of printed.
fn hold_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if HOLDING.get() {
                HELD.set(info.to_string());
            } else {
                loud(info);
            }
        }));
    });
}

/// What it panicked with, and where.
fn caught(check: impl FnOnce()) -> Result<(), String> {
    HOLDING.set(true);
    let end = panic::catch_unwind(AssertUnwindSafe(check));
    HOLDING.set(false);
    end.map_err(|_| HELD.take())
}

/// Ends the process when one input never comes back.
struct Watch(Arc<Mutex<Option<(Instant, Input)>>>);

impl Watch {
    fn start(name: &str) -> Self {
        let current: Arc<Mutex<Option<(Instant, Input)>>> = Arc::default();
        let (seen, name) = (Arc::downgrade(&current), name.to_owned());
        thread::spawn(move || {
            while let Some(current) = seen.upgrade() {
                if let Some((since, input)) = &*current.lock().unwrap_or_else(PoisonError::into_inner)
                    && since.elapsed() > HANG
                {
                    // Not by `println!`, which a test keeps to itself until it ends.
                    let _ = writeln!(io::stderr(), "fuzz {name}: a finding: this input does not come back: {input:?}");
                    std::process::abort();
                }
                drop(current);
                thread::sleep(SLOW);
            }
        });
        Self(current)
    }

    fn note(&self, input: Option<&Input>) {
        let now = input.map(|input| (Instant::now(), input.clone()));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}
