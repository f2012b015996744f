//! Actors and oracles.

mod actors;
pub(crate) mod backend;
pub(crate) mod clerks;
mod oracles;
pub(crate) mod race;
#[cfg(feature = "postgres")]
pub(crate) mod server;
pub(crate) mod shop;
mod variables;

pub(crate) use actors::{Answer, Buyer, faults, sample_identity, shanghai_address};
pub(crate) use backend::Backend;
pub(crate) use shop::{TestShop, stand_in};

/// Declares tests that run on every backend and end with all oracles: leftover jobs, books and ledgers. `with` gives variables other
/// than the usual ones.
macro_rules! on_both {
    ($($(with $variables:expr =>)? async fn $name:ident($shop:ident: &TestShop) $body:block)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "a story may need nothing but its shop")]
            use super::*;

            async fn story($shop: &$crate::support::TestShop) $body

            async fn run(backend: $crate::support::Backend) {
                let _variables: &[(&str, &str)] = &[];
                $(let _variables: &[(&str, &str)] = $variables;)?
                let shop = $crate::support::TestShop::start(backend, _variables).await;
                story(&shop).await;
                shop.end().await;
            }

            #[cfg(feature = "sqlite")]
            #[actix_web::test]
            async fn sqlite() {
                run($crate::support::Backend::Sqlite).await;
            }

            #[cfg(feature = "postgres")]
            #[actix_web::test]
            async fn postgres() {
                run($crate::support::Backend::Postgres).await;
            }
        }
    )+};
}
pub(crate) use on_both;
