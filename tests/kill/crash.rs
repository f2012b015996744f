//! PostgreSQL crashes while buyers order, pay and cancel: a backend is killed, which the server takes for a crash of its own, or the server
//! is stopped at once. Commits wait 20 ms for their flush, so that most crashes hit some.

use std::time::Duration;

use crate::books::Total;
use crate::load::{Dice, under_load};
use crate::server::Server;
use crate::world::World;

const BUYERS: u64 = 24;
const OPTIONS: [&str; 3] = ["commit_delay=20000", "commit_siblings=1", "restart_after_crash=on"];
/// The shop works this long between two crashes, at least and at most (milliseconds).
const CALM_MS: (u64, u64) = (300, 1_500);

/// For a backend, 50 ms apart.
const LOOKS_MAX: u32 = 200;

/// What was survived, and how many callers were told that the outcome is unknown.
pub(crate) async fn crash_under_load(crashes: u64, seed: u64) -> (Total, usize) {
    let server = Server::start(&OPTIONS);
    server.execute("CREATE DATABASE shop");
    let world = World::on_server(server.url("shop")).await;
    world.start(None).await;
    let dice = Dice::new(seed);
    let harm = async {
        for number in 0..crashes {
            world.ready().await;
            tokio::time::sleep(Duration::from_millis(CALM_MS.0 + dice.roll(CALM_MS.1 - CALM_MS.0))).await;
            if number % 2 == 0 {
                let backends = backends(&server).await;
                Server::kill(backends[usize::try_from(dice.roll(backends.len() as u64)).unwrap()]);
            } else {
                server.crash();
                server.up(&OPTIONS);
            }
        }
    };
    let total = under_load(&world, BUYERS, &dice, harm).await;
    assert_eq!(total.deaths, 0, "the shop itself goes on");
    let unknown = world.log().matches("the outcome of a write is unknown").count();
    world.end();
    (total, unknown)
}

/// The shop says that it is ready for a second after its last commit, so its connections may still be opened anew.
async fn backends(server: &Server) -> Vec<i32> {
    for _ in 0..LOOKS_MAX {
        let backends = server.backends();
        if !backends.is_empty() {
            return backends;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the shop opens no connection");
}
