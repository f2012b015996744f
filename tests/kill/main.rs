//! Deaths: `gunpo-mall serve` and `mock-wechat serve` as processes of their own, told to die at a named point or killed at random,
//! started again by a supervisor that does nothing else. Clients are honest ones: no answer, so they ask again with the same key.
//!
//! | variable | default | meaning |
//! | --- | --- | --- |
//! | `KILL_ROUNDS` | 1 | deaths at each point and database |
//! | `KILL_RANDOM` | 5 | random `kill -9` on each database |
//! | `KILL_CRASHES` | 20 | crashes of PostgreSQL |
//! | `KILL_LANES` | 3 | worlds side by side on each database |
//! | `KILL_POINTS` | all | only points whose name contains this |
//! | `KILL_SEED` | from the clock | of the random kills; printed |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

#[path = "../it/support/backend.rs"]
mod backend;
mod books;
mod buyer;
#[cfg(feature = "postgres")]
mod crash;
mod life;
mod load;
mod points;
#[cfg(feature = "postgres")]
#[path = "../it/support/server.rs"]
mod server;
mod setting_up;
#[path = "../it/support/variables.rs"]
mod variables;
mod world;

use std::time::Instant;

use backend::Backend;
use points::{OF_SETTING_UP, OF_THE_SHOP};

/// A whole number from the environment.
fn knob(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

fn seed() -> u64 {
    knob("KILL_SEED", std::time::UNIX_EPOCH.elapsed().unwrap().as_secs())
}

fn chosen(points: &[&'static str]) -> Vec<&'static str> {
    let wanted = std::env::var("KILL_POINTS").unwrap_or_default();
    points.iter().copied().filter(|point| point.contains(&wanted)).collect()
}

async fn at_every_point(backend: Backend) {
    let (started, rounds) = (Instant::now(), knob("KILL_ROUNDS", 1));
    let points = chosen(&OF_THE_SHOP);
    let total = life::die_everywhere(backend, &points, rounds, knob("KILL_LANES", 3)).await;
    let setting_up = chosen(&OF_SETTING_UP);
    let mut deaths = total.deaths;
    for point in &setting_up {
        deaths += setting_up::die_at(backend, point, rounds).await;
    }
    println!(
        "fail-points {backend:?}: {} points x {rounds}: {deaths} deaths, {} orders and {} notifies acknowledged, 0 lost, 0 doubled, \
         0 by hand, {} s",
        points.len() + setting_up.len(),
        total.orders,
        total.notifies,
        started.elapsed().as_secs()
    );
}

async fn at_random(backend: Backend) {
    let started = Instant::now();
    let seed = seed();
    println!("random-kills {backend:?}: seed {seed}");
    let total = load::kill_under_load(backend, knob("KILL_RANDOM", 5), seed).await;
    println!(
        "random-kills {backend:?}: {} kills under load, {} orders and {} notifies acknowledged, {} paid, 0 lost, 0 doubled, \
         0 by hand, {} s",
        total.deaths,
        total.orders,
        total.notifies,
        total.paid,
        started.elapsed().as_secs()
    );
}

mod no_death_at_any_point_loses_or_doubles_anything {
    use super::{Backend, at_every_point};

    #[actix_web::test]
    async fn sqlite() {
        at_every_point(Backend::Sqlite).await;
    }

    #[cfg(feature = "postgres")]
    #[actix_web::test]
    async fn postgres() {
        at_every_point(Backend::Postgres).await;
    }
}

mod no_kill_under_load_loses_or_doubles_anything {
    use super::{Backend, at_random};

    #[actix_web::test]
    async fn sqlite() {
        at_random(Backend::Sqlite).await;
    }

    #[cfg(feature = "postgres")]
    #[actix_web::test]
    async fn postgres() {
        at_random(Backend::Postgres).await;
    }
}

#[cfg(feature = "postgres")]
#[actix_web::test]
async fn no_crash_of_postgresql_loses_what_was_acknowledged() {
    let started = Instant::now();
    let (seed, crashes) = (seed(), knob("KILL_CRASHES", 20));
    println!("crashes: seed {seed}");
    let (total, unknown) = crash::crash_under_load(crashes, seed).await;
    println!(
        "crashes: {crashes} of PostgreSQL, half of them killed backends, {} orders and {} notifies acknowledged, {} paid, 0 lost, \
         0 doubled, {unknown} answered unknown, {} s",
        total.orders,
        total.notifies,
        total.paid,
        started.elapsed().as_secs()
    );
}

/// An optimised build refuses the feature (`compile_error!` in `src/base/failpoint.rs`); here: nobody gets it without asking.
#[test]
fn default_features_bring_no_fail_point() {
    let manifest = include_str!("../../Cargo.toml");
    let section = manifest.split("\n[features]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let mentions: Vec<_> =
        section.lines().filter(|line| !line.starts_with('#') && line.contains("failpoints")).collect();
    assert_eq!(mentions, ["failpoints = []"]);
    let source = include_str!("../../src/base/failpoint.rs");
    assert!(source.contains("#[cfg(all(feature = \"failpoints\", not(debug_assertions)))]\ncompile_error!"));
}
