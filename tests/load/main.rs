//! Floods against `gunpo-mall serve` as a process of its own, over loopback: bombs, dawdlers, and five times what it can do. Run by
//! `scripts/deep`; each proof ends by itself and prints what it saw.
//!
//! | variable | default | meaning |
//! | --- | --- | --- |
//! | `LOAD_ROUNDS` | 4 | overloads, one after the other |
//! | `LOAD_SECONDS` | 60, 120 | of each overload, of darkness |
//! | `LOAD_SHOP_CPUS` | all | processors of the shop |
//! | `LOAD_TIMES` | 5 | overload, as a multiple of the peak |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    missing_docs
)]

#[path = "../it/support/backend.rs"]
mod backend;
mod backlog;
mod black_hole;
mod bombs;
mod buyers;
mod crowds;
mod dawdlers;
mod keys;
mod overload;
mod shop;
#[cfg(feature = "sqlite")]
mod slow_disk;
#[path = "../it/support/variables.rs"]
mod variables;
mod way;
mod wire;

/// A whole number from the environment.
fn knob(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

macro_rules! proofs {
    ($($name:ident = $proof:path;)+) => {$(
        mod $name {
            #[actix_web::test]
            async fn sqlite() {
                $proof(crate::backend::Backend::Sqlite).await;
            }

            #[cfg(feature = "postgres")]
            #[actix_web::test]
            async fn postgres() {
                $proof(crate::backend::Backend::Postgres).await;
            }
        }
    )+};
}

proofs! {
    gzip_bombs_do_not_grow_the_memory = crate::bombs::prove;
    idle_and_deaf_connections_keep_no_newcomer_out = crate::crowds::idle_and_deaf;
    a_flood_of_logins_keeps_no_newcomer_out = crate::crowds::logins;
    a_backlog_of_jobs_slows_no_cart = crate::backlog::cart_writes;
    wrong_passwords_leave_no_memory_behind = crate::crowds::wrong_passwords;
    slow_bodies_are_cut_and_slow_nobody = crate::dawdlers::prove;
    a_black_hole_at_wechat_costs_browsing_nothing = crate::black_hole::prove;
    a_rotation_of_many_keys_keeps_no_order_waiting = crate::keys::rotate;
    overload_is_shed_and_soon_forgotten = crate::overload::prove;
}
